import { join } from 'node:path';
import { type AllSource, allsource } from 'meterbridge/systems/allsource';
import { type Condition, matches } from './condition';
import type { NewEvent, StoredEvent } from './event';
import { Pipelines } from './pipelines';
import { Projections } from './projections';
import { Schemas } from './schemas';
import { Snapshots } from './snapshots';
import { Storage } from './storage';

/** A query. An event must match every given field. */
export interface Query extends Condition {
  readonly limit?: number;
}

export interface EventStoreOptions {
  /** The number of events after which a segment of the log is complete; 500 by default. */
  readonly eventsInSegment?: number;
  /** Records what happens in the store; by default the metrics of the process. Two stores in one process need one each. */
  readonly metrics?: AllSource;
}

/** A stored event, and why a projection could not use it. */
export type Ingested = StoredEvent & { readonly projection_error?: string };

/** The payload of an event does not match its schema. */
export class InvalidEvent extends Error {}

const MAX_RESULTS = 10_000;

/** The event store: validates, stores, projects and publishes events. */
export class EventStore {
  readonly projections: Projections;
  private readonly subscribers: ((event: StoredEvent) => void)[] = [];

  private constructor(
    readonly metrics: AllSource,
    readonly schemas: Schemas,
    readonly pipelines: Pipelines,
    private readonly storage: Storage,
    private readonly snapshots: Snapshots,
  ) {
    this.projections = new Projections(metrics);
  }

  static async open(
    folder: string,
    { eventsInSegment = 500, metrics = allsource }: EventStoreOptions = {},
  ): Promise<EventStore> {
    const storage = await Storage.open(join(folder, 'events'), eventsInSegment, metrics);
    const store = new EventStore(
      metrics,
      await Schemas.open(join(folder, 'schemas.json'), metrics),
      await Pipelines.open(join(folder, 'pipelines.json'), metrics),
      storage,
      await Snapshots.open(join(folder, 'snapshots'), metrics),
    );
    // The views are restored without metrics: these events were counted when they were ingested.
    for await (const events of storage.scan()) for (const event of events) store.projections.restore(event);
    return store;
  }

  /**
   * Stores an event. Resolves when it is on disk.
   *
   * @throws InvalidEvent if the payload does not match the schema
   */
  async ingest(newEvent: NewEvent): Promise<Ingested> {
    let stored: StoredEvent | undefined;
    await this.metrics.timeIngestion(
      newEvent.event_type,
      async () => {
        const fault = this.schemas.fault(newEvent.event_type, newEvent.payload);
        if (fault !== undefined) throw new InvalidEvent(fault);
        stored = await this.storage.append(newEvent);
      },
      () => this.storage.events,
    );
    const event = stored as StoredEvent;
    this.pipelines.feed(event);
    for (const subscriber of this.subscribers) subscriber(event);
    // The event is stored, so a projection that cannot use it is no error of the ingestion.
    const error = this.projections.process(event);
    return error === undefined ? event : { ...event, projection_error: error.message };
  }

  /** Returns the first events that match. */
  query(query: Query): Promise<readonly StoredEvent[]> {
    const limit = Math.min(query.limit ?? MAX_RESULTS, MAX_RESULTS);
    return this.metrics.timeQuery(kindOf(query), async () => {
      const found: StoredEvent[] = [];
      for await (const events of this.storage.scan(query)) {
        for (const event of events) {
          if (found.length >= limit) return found;
          if (matches(event, query)) found.push(event);
        }
      }
      return found;
    });
  }

  /** Returns the entities with the most events. */
  topEntities(limit: number): readonly { entity_id: string; event_count: number }[] {
    using timer = this.metrics.startQuery('top_entities');
    const top = this.storage.topEntities(limit);
    timer.stop(top.length);
    return top;
  }

  stats(): { total_events: number; total_entities: number } {
    return { total_events: this.storage.events, total_entities: this.storage.entityCount };
  }

  replay(projection: string): Promise<number | undefined> {
    return this.projections.replay(projection, this.storage.scan());
  }

  snapshot(entityId: string): Promise<object | undefined> {
    return this.snapshots.create(entityId, this.storage.scan({ entity_id: entityId }));
  }

  compact(): Promise<number> {
    return this.storage.compact();
  }

  subscribe(subscriber: (event: StoredEvent) => void): void {
    this.subscribers.push(subscriber);
  }

  close(): Promise<void> {
    return this.storage.close();
  }
}

function kindOf({ event_type, entity_id, since }: Query): string {
  if (entity_id !== undefined) return 'by_entity';
  if (event_type !== undefined) return 'by_type';
  return since === undefined ? 'full_scan' : 'by_time';
}
