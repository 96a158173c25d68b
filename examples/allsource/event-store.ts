import { join } from 'node:path';
import { allsource } from 'meterbridge/systems/allsource';
import type { NewEvent, StoredEvent } from './event';
import { Pipelines } from './pipelines';
import { Projections } from './projections';
import { Schemas } from './schemas';
import { Snapshots } from './snapshots';
import { Storage } from './storage';

/** A query. An event must match every given field. */
export interface Query {
  readonly event_type?: string;
  readonly entity_id?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
  readonly limit?: number;
}

/** A stored event, and why a projection could not use it. */
export type Ingested = StoredEvent & { readonly projection_error?: string };

/** The payload of an event does not match its schema. */
export class InvalidEvent extends Error {}

const MAX_RESULTS = 10_000;

/** The event store: validates, stores, projects and publishes events. */
export class EventStore {
  readonly projections = new Projections();
  private readonly subscribers: ((event: StoredEvent) => void)[] = [];

  private constructor(
    readonly schemas: Schemas,
    readonly pipelines: Pipelines,
    private readonly storage: Storage,
    private readonly snapshots: Snapshots,
  ) {}

  static async open(folder: string, eventsInSegment: number): Promise<EventStore> {
    const storage = await Storage.open(join(folder, 'events'), eventsInSegment);
    const store = new EventStore(
      await Schemas.open(join(folder, 'schemas.json')),
      await Pipelines.open(join(folder, 'pipelines.json')),
      storage,
      await Snapshots.open(join(folder, 'snapshots')),
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
    await allsource.timeIngestion(
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
    return allsource.timeQuery(kindOf(query), async () => {
      const found: StoredEvent[] = [];
      for await (const events of this.storage.scan()) {
        for (const event of events) {
          if (found.length >= limit) return found;
          if (fits(query, event)) found.push(event);
        }
      }
      return found;
    });
  }

  /** Returns the entities with the most events. */
  topEntities(limit: number): readonly { entity_id: string; event_count: number }[] {
    using timer = allsource.startQuery('top_entities');
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
    return this.snapshots.create(entityId, this.storage.scan());
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

function fits({ event_type, entity_id, since }: Query, event: StoredEvent): boolean {
  return (
    (event_type === undefined || event.event_type === event_type) &&
    (entity_id === undefined || event.entity_id === entity_id) &&
    (since === undefined || event.time >= since)
  );
}
