import Database from 'libsql';
import type { Change } from './projections';

/** All events of a stream belong to one slot, whose events one worker at a time handles in their order. */
export const SLOTS = 16;

export interface StoredEvent {
  readonly position: number;
  readonly stream: string;
  readonly type: string;
  readonly data: string;
}

/** An assignment of the slots to the workers that were alive. */
export interface Generation {
  readonly id: number;
  readonly workers: readonly string[];
}

/** A worker without a heartbeat for this long counts as dead. Workers inherit the variable. */
export const STALE_MILLIS = Number(process.env.STALE_MILLIS ?? 1500);

/** The result of observing the replica set. */
export interface Observation {
  readonly generation: Generation;
  /** Whether the generation is new; `first` if there was none before. */
  readonly made: 'no' | 'first' | 'again';
  /** Workers that were removed because their heartbeat was too old. */
  readonly stale: readonly string[];
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS events (
    position INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT, slot INTEGER, type TEXT, data TEXT);
  CREATE INDEX IF NOT EXISTS events_by_slot ON events (slot, position);
  CREATE TABLE IF NOT EXISTS workers (
    replica_set TEXT, id TEXT, joined INTEGER, seen INTEGER, generation INTEGER DEFAULT 0, PRIMARY KEY (replica_set, id));
  CREATE TABLE IF NOT EXISTS generations (replica_set TEXT, id INTEGER, workers TEXT, PRIMARY KEY (replica_set, id));
  CREATE TABLE IF NOT EXISTS checkpoints (
    projection TEXT, slot INTEGER, position INTEGER, PRIMARY KEY (projection, slot));
  CREATE TABLE IF NOT EXISTS views (projection TEXT, key TEXT, value INTEGER, PRIMARY KEY (projection, key));
`;

/** The shared database of the workers of a replica set. Every method is one transaction. */
export class Store {
  private readonly db: Database.Database;

  constructor(file: string) {
    this.db = new Database(file);
    this.db.exec('PRAGMA journal_mode = WAL');
    this.db.exec('PRAGMA busy_timeout = 5000');
    this.db.exec('PRAGMA synchronous = NORMAL');
    this.db.exec(SCHEMA);
  }

  append(stream: string, type: string, data: unknown): void {
    this.db
      .prepare('INSERT INTO events (stream, slot, type, data) VALUES (?, ?, ?, ?)')
      .run(stream, slotOf(stream), type, JSON.stringify(data));
  }

  register(replicaSet: string, worker: string): void {
    const now = Date.now();
    this.db
      .prepare('INSERT INTO workers (replica_set, id, joined, seen) VALUES (?, ?, ?, ?)')
      .run(replicaSet, worker, now, now);
  }

  leave(replicaSet: string, worker: string): void {
    this.db.prepare('DELETE FROM workers WHERE replica_set = ? AND id = ?').run(replicaSet, worker);
  }

  /** Records a heartbeat. Returns whether the worker still belongs to the replica set. */
  heartbeat(replicaSet: string, worker: string): boolean {
    const { changes } = this.db
      .prepare('UPDATE workers SET seen = ? WHERE replica_set = ? AND id = ?')
      .run(Date.now(), replicaSet, worker);
    return changes === 1;
  }

  /** Removes stale workers, and creates a new generation if the workers have changed. */
  observe(replicaSet: string, staleMillis: number): Observation {
    const known = this.unchanged(replicaSet, staleMillis);
    if (known !== undefined) return { generation: known, made: 'no', stale: [] };
    return this.immediately(() => {
      const stale = this.ids(
        'DELETE FROM workers WHERE replica_set = ? AND seen < ? RETURNING id',
        replicaSet,
        Date.now() - staleMillis,
      );
      const workers = this.ids('SELECT id FROM workers WHERE replica_set = ? ORDER BY joined, id', replicaSet);
      const last = this.generation(replicaSet);
      if (last !== undefined && last.workers.join() === workers.join()) return { generation: last, made: 'no', stale };
      const generation = { id: (last?.id ?? 0) + 1, workers };
      this.db
        .prepare('INSERT INTO generations (replica_set, id, workers) VALUES (?, ?, ?)')
        .run(replicaSet, generation.id, JSON.stringify(workers));
      return { generation, made: last === undefined ? 'first' : 'again', stale };
    });
  }

  /** Records that a worker has stopped the work of the previous generation. Returns whether all have. */
  acknowledge(replicaSet: string, worker: string, generation: Generation): boolean {
    const acknowledged = () =>
      this.ids('SELECT id FROM workers WHERE replica_set = ? AND generation = ?', replicaSet, generation.id);
    if (!acknowledged().includes(worker)) {
      this.db
        .prepare('UPDATE workers SET generation = ? WHERE replica_set = ? AND id = ?')
        .run(generation.id, replicaSet, worker);
    }
    const ready = acknowledged();
    return generation.workers.every((each) => ready.includes(each));
  }

  /** Returns the next events of a slot for a projection. */
  next(projection: string, slot: number, most: number): StoredEvent[] {
    const position = this.position(projection, slot);
    return this.db
      .prepare(
        'SELECT position, stream, type, data FROM events WHERE slot = ? AND position > ? ORDER BY position LIMIT ?',
      )
      .all(slot, position, most) as unknown as StoredEvent[];
  }

  /**
   * Applies the changes of an event to a projection's view, and moves its checkpoint past the event, in one transaction. An
   * event that failed has no changes.
   *
   * @returns `false`, without an effect, if the worker's generation has ended: another worker handles the event
   */
  project(
    replicaSet: string,
    generation: number,
    projection: string,
    { stream, position }: StoredEvent,
    changes: readonly Change[],
  ): boolean {
    return this.immediately(() => {
      if (this.generation(replicaSet)?.id !== generation) return false;
      for (const { key, amount } of changes) {
        this.db
          .prepare('INSERT INTO views VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value')
          .run(projection, key, amount);
      }
      this.db
        .prepare('INSERT INTO checkpoints VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET position = excluded.position')
        .run(projection, slotOf(stream), position);
      return true;
    });
  }

  /** Returns the number of workers that sent a heartbeat recently, and of partitions in the last generation. */
  census(replicaSet: string, staleMillis: number): { workers: number; partitions: number } {
    const { workers } = this.db
      .prepare('SELECT count(*) AS workers FROM workers WHERE replica_set = ? AND seen >= ?')
      .get(replicaSet, Date.now() - staleMillis) as { workers: number };
    return { workers, partitions: this.generation(replicaSet)?.workers.length ?? 0 };
  }

  view(projection: string): Record<string, number> {
    const rows = this.db.prepare('SELECT key, value FROM views WHERE projection = ? LIMIT 1000').all(projection);
    return Object.fromEntries((rows as { key: string; value: number }[]).map(({ key, value }) => [key, value]));
  }

  close(): void {
    this.db.close();
  }

  /** Returns the last generation if its workers are those of the replica set and none is stale. Needs no lock. */
  private unchanged(replicaSet: string, staleMillis: number): Generation | undefined {
    const fresh = this.ids(
      'SELECT id FROM workers WHERE replica_set = ? AND seen >= ? ORDER BY joined, id',
      replicaSet,
      Date.now() - staleMillis,
    );
    const all = this.ids('SELECT id FROM workers WHERE replica_set = ?', replicaSet);
    const last = this.generation(replicaSet);
    return fresh.length === all.length && last?.workers.join() === fresh.join() ? last : undefined;
  }

  private generation(replicaSet: string): Generation | undefined {
    const row = this.db
      .prepare('SELECT id, workers FROM generations WHERE replica_set = ? ORDER BY id DESC LIMIT 1')
      .get(replicaSet) as { id: number; workers: string } | undefined;
    return row === undefined ? undefined : { id: row.id, workers: JSON.parse(row.workers) };
  }

  private position(projection: string, slot: number): number {
    const row = this.db
      .prepare('SELECT position FROM checkpoints WHERE projection = ? AND slot = ?')
      .get(projection, slot) as { position: number } | undefined;
    return row?.position ?? 0;
  }

  private ids(sql: string, ...values: unknown[]): string[] {
    return (this.db.prepare(sql).all(...values) as { id: string }[]).map(({ id }) => id);
  }

  /** Acquires the write lock first, so that nothing changes between reading and writing. */
  private immediately<T>(work: () => T): T {
    this.db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.db.exec('COMMIT');
      return result;
    } catch (error) {
      this.db.exec('ROLLBACK');
      throw error;
    }
  }
}

function slotOf(stream: string): number {
  let hash = 0;
  for (const character of stream) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % SLOTS;
}
