import { stopwatch } from 'meterbridge/instruments';
import type { AllSource } from 'meterbridge/systems/allsource';
import type { StoredEvent } from './event';
import { SavedMap } from './saved-map';

/** Passes events of one type whose field has at least a given value. */
export interface Pipeline {
  readonly name: string;
  readonly event_type: string;
  readonly field: string;
  readonly at_least: number;
}

const MAX_PIPELINES = 50;
const MAX_KEPT = 100;

/** The pipelines that every ingested event runs through. Each keeps the last events that it passed. */
export class Pipelines {
  private readonly pipelines = new Map<string, { readonly pipeline: Pipeline; readonly passed: StoredEvent[] }>();

  private constructor(
    private readonly saved: SavedMap<Pipeline>,
    private readonly metrics: AllSource,
  ) {}

  /** Opens the pipelines that were registered before. */
  static async open(path: string, metrics: AllSource): Promise<Pipelines> {
    const pipelines = new Pipelines(await SavedMap.open<Pipeline>(path), metrics);
    for (const [, pipeline] of pipelines.saved.entries()) pipelines.add(pipeline);
    metrics.setPipelinesRegistered(pipelines.pipelines.size);
    return pipelines;
  }

  /** @returns `false` if the maximum number of pipelines is reached */
  async register(pipeline: Pipeline): Promise<boolean> {
    if (this.pipelines.size >= MAX_PIPELINES && !this.pipelines.has(pipeline.name)) return false;
    this.add(pipeline);
    await this.saved.set(pipeline.name, pipeline);
    this.metrics.setPipelinesRegistered(this.pipelines.size);
    return true;
  }

  feed(event: StoredEvent): void {
    for (const { pipeline, passed } of this.pipelines.values()) {
      const seconds = stopwatch();
      const passes = accepts(pipeline, event);
      if (passes && passed.push(event) > MAX_KEPT) passed.shift();
      this.metrics.recordPipelineEvent(pipeline.name, passes, seconds());
    }
  }

  private add(pipeline: Pipeline): void {
    this.pipelines.set(pipeline.name, { pipeline, passed: [] });
  }

  passed(name: string): readonly StoredEvent[] | undefined {
    return this.pipelines.get(name)?.passed;
  }
}

function accepts({ event_type, field, at_least }: Pipeline, event: StoredEvent): boolean {
  const value = ((event.payload ?? {}) as Record<string, unknown>)[field];
  return event.event_type === event_type && typeof value === 'number' && value >= at_least;
}
