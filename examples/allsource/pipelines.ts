import { stopwatch } from 'meterbridge/instruments';
import { allsource } from 'meterbridge/systems/allsource';
import type { StoredEvent } from './event';

/** Lets through events of a type whose payload has a field of at least some value. */
export interface Pipeline {
  readonly name: string;
  readonly event_type: string;
  readonly field: string;
  readonly at_least: number;
}

const MOST_PIPELINES = 50;
const MOST_KEPT = 100;

/** The pipelines that events run through as they come in; each keeps the last that it let through. */
export class Pipelines {
  private readonly pipelines = new Map<string, { readonly pipeline: Pipeline; readonly passed: StoredEvent[] }>();

  constructor() {
    allsource.setPipelinesRegistered(0);
  }

  /** @returns whether there is room for it */
  register(pipeline: Pipeline): boolean {
    if (this.pipelines.size >= MOST_PIPELINES && !this.pipelines.has(pipeline.name)) return false;
    this.pipelines.set(pipeline.name, { pipeline, passed: [] });
    allsource.setPipelinesRegistered(this.pipelines.size);
    return true;
  }

  feed(event: StoredEvent): void {
    for (const { pipeline, passed } of this.pipelines.values()) {
      const seconds = stopwatch();
      const passes = accepts(pipeline, event);
      if (passes && passed.push(event) > MOST_KEPT) passed.shift();
      allsource.recordPipelineEvent(pipeline.name, passes, seconds());
    }
  }

  passed(name: string): readonly StoredEvent[] | undefined {
    return this.pipelines.get(name)?.passed;
  }
}

function accepts({ event_type, field, at_least }: Pipeline, event: StoredEvent): boolean {
  const value = ((event.payload ?? {}) as Record<string, unknown>)[field];
  return event.event_type === event_type && typeof value === 'number' && value >= at_least;
}
