import type { AllSource } from 'meterbridge/systems/allsource';
import type { StoredEvent } from './event';

const MAX_KEYS = 10_000;

/** A view that is computed from events. Throws for an event that it cannot use. */
abstract class Projection {
  abstract readonly name: string;
  readonly view = new Map<string, number>();

  abstract handle(event: StoredEvent): void;

  protected add(key: string, amount: number): void {
    if (this.view.size < MAX_KEYS || this.view.has(key)) this.view.set(key, (this.view.get(key) ?? 0) + amount);
  }
}

class EventsByType extends Projection {
  readonly name = 'events_by_type';

  handle({ event_type }: StoredEvent): void {
    this.add(event_type, 1);
  }
}

class Balances extends Projection {
  readonly name = 'balances';

  handle({ event_type, entity_id, payload }: StoredEvent): void {
    if (event_type !== 'account.credited' && event_type !== 'account.debited') return;
    const { amount } = (payload ?? {}) as { amount?: unknown };
    if (typeof amount !== 'number') throw new Error(`invalid amount of ${event_type}: expected a number`);
    this.add(entity_id, event_type === 'account.credited' ? amount : -amount);
  }
}

/** The projections. Each gets every ingested event, and all stored ones again by a replay. */
export class Projections {
  private readonly all: readonly Projection[] = [new EventsByType(), new Balances()];

  constructor(private readonly metrics: AllSource) {}

  /**
   * Runs every projection for an event. One that fails must not keep the event from the next ones.
   *
   * @returns the error of the first projection that failed
   */
  process(event: StoredEvent): Error | undefined {
    const errors = this.all.map((projection) => this.apply(projection, event));
    return errors.find((error) => error !== undefined);
  }

  /** Adds a stored event to the views after a start, without metrics. */
  restore(event: StoredEvent): void {
    for (const projection of this.all) {
      try {
        projection.handle(event);
      } catch {
        // It failed when it was ingested too.
      }
    }
  }

  view(name: string): Record<string, number> | undefined {
    const projection = this.find(name);
    return projection === undefined ? undefined : Object.fromEntries(projection.view);
  }

  /** Computes a projection's view again. @returns the number of replayed events, or `undefined` for an unknown projection */
  async replay(name: string, parts: AsyncIterable<readonly StoredEvent[]>): Promise<number | undefined> {
    const projection = this.find(name);
    if (projection === undefined) return undefined;
    return this.metrics.timeReplay(async () => {
      projection.view.clear();
      let count = 0;
      for await (const events of parts) {
        for (const event of events) this.apply(projection, event);
        count += events.length;
        this.metrics.recordReplayEvents(events.length);
      }
      return count;
    });
  }

  private find(name: string): Projection | undefined {
    return this.all.find((projection) => projection.name === name);
  }

  private apply(projection: Projection, event: StoredEvent): Error | undefined {
    using timer = this.metrics.startProjection(projection.name);
    try {
      projection.handle(event);
      timer.stop('success');
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }
}
