import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stopwatch } from 'meterbridge/instruments';
import type { AllSource } from 'meterbridge/systems/allsource';
import { type ColumnFile, listColumnFiles, readColumnFile, writeColumnFile } from './columns';
import type { Condition } from './condition';
import type { NewEvent, StoredEvent } from './event';
import { removeSegment, type Segment, Wal } from './wal';

/** The delay before a failed write of a column file is tried again. Its events stay in the log until then. */
const RETRY_MILLIS = 500;
/** How often the size of the folder is measured. */
const MEASURE_MILLIS = 1000;
/** More column files than this are merged. */
const MAX_FILES = 6;
/** The maximum number of entities that are counted. */
const MAX_ENTITIES = 100_000;

/** Events on disk: the latest in a write-ahead log, older ones in column files. */
export class Storage {
  private sequence = 0;
  private stored = 0;
  /** The number of events by entity. */
  private readonly entities = new Map<string, number>();
  private files: ColumnFile[] = [];
  private segments: Segment[] = [];
  /** Operations on files run one after the other. */
  private upkeep: Promise<unknown> = Promise.resolve();
  private readonly retries = new Set<NodeJS.Timeout>();
  /** The size of the files in the folder that are not the store's: they use its disk too. */
  private otherBytes = 0;
  private readonly measuring: NodeJS.Timeout;

  private constructor(
    private readonly folder: string,
    private readonly wal: Wal,
    private readonly metrics: AllSource,
  ) {
    this.measuring = setInterval(() => void this.measure(), MEASURE_MILLIS).unref();
  }

  static async open(folder: string, eventsInSegment: number, metrics: AllSource): Promise<Storage> {
    await mkdir(folder, { recursive: true });
    let storage: Storage | undefined;
    const { wal, left } = await Wal.open(folder, eventsInSegment, (segment) => storage?.keep(segment));
    storage = new Storage(folder, wal, metrics);
    await storage.recover(left);
    return storage;
  }

  /** The number of stored events. An event whose write is in progress or has failed is not stored. */
  get events(): number {
    return this.stored;
  }

  get entityCount(): number {
    return this.entities.size;
  }

  /** Returns the entities with the most events. */
  topEntities(limit: number): { entity_id: string; event_count: number }[] {
    const top = [...this.entities].sort(([, a], [, b]) => b - a).slice(0, Math.max(0, limit));
    return top.map(([entity_id, event_count]) => ({ entity_id, event_count }));
  }

  /** Resolves to the stored event when it is on disk. */
  async append(event: NewEvent): Promise<StoredEvent> {
    const stored = { ...event, sequence: ++this.sequence, time: Date.now() };
    await this.wal.append(stored);
    this.note(stored);
    this.updateGauges();
    return stored;
  }

  /**
   * Yields events in order, in batches. Events of column files match the condition; those of the log are all yielded.
   */
  async *scan(condition: Condition = {}): AsyncGenerator<readonly StoredEvent[]> {
    // Files that are written meanwhile are not read; those that existed at the start are read once.
    const [files, segments, current] = [this.files, this.segments, this.wal.current.slice()];
    for (const file of files) {
      yield await this.exclusively(() =>
        this.files.includes(file) ? readColumnFile(file, condition) : this.moved(file, condition),
      );
    }
    for (const { events } of segments) yield events;
    yield current;
  }

  /** Merges all column files into one. @returns the number of merged files */
  compact(): Promise<number> {
    return this.exclusively(async () => {
      const { files } = this;
      if (files.length < 2) return 0;
      const seconds = stopwatch();
      const events = (await Promise.all(files.map((file) => readColumnFile(file)))).flat();
      const merged = await writeColumnFile(this.folder, events);
      this.files = [merged];
      await Promise.all(files.map(({ path }) => rm(path)));
      const before = files.reduce((sum, { bytes }) => sum + bytes, 0);
      this.metrics.recordCompaction(seconds(), files.length, Math.max(0, before - merged.bytes));
      this.updateGauges();
      return files.length;
    });
  }

  async close(): Promise<void> {
    clearInterval(this.measuring);
    for (const retry of this.retries) clearTimeout(retry);
    await this.wal.close();
    await this.upkeep;
  }

  private async recover(left: readonly Segment[]): Promise<void> {
    this.files = await listColumnFiles(this.folder);
    for (const file of this.files) for (const event of await readColumnFile(file)) this.note(event);
    const kept = this.files.at(-1)?.last ?? 0;
    this.sequence = kept;
    for (const segment of left) {
      // A crash may have occurred after the column file was written and before the segment was removed.
      const events = segment.events.filter(({ sequence }) => sequence > kept);
      for (const event of events) {
        this.note(event);
        this.sequence = Math.max(this.sequence, event.sequence);
      }
      if (events.length === 0) await removeSegment(segment);
      else this.keep({ ...segment, events });
    }
    await this.upkeep;
    this.updateGauges();
  }

  private keep(segment: Segment): void {
    this.segments = [...this.segments, segment];
    void this.convert(segment);
  }

  /** Converts a finished segment into a column file, and tries again later if that fails. */
  private async convert(segment: Segment): Promise<void> {
    try {
      await this.exclusively(async () => {
        const file = await writeColumnFile(this.folder, segment.events);
        this.files = [...this.files, file].sort((a, b) => a.first - b.first);
        this.segments = this.segments.filter((each) => each !== segment);
        await removeSegment(segment);
        this.updateGauges();
      });
      if (this.files.length > MAX_FILES) await this.compact();
    } catch (error) {
      console.error(`storage maintenance failed: ${error}`);
      if (!this.segments.includes(segment)) return;
      const retry = setTimeout(() => {
        this.retries.delete(retry);
        void this.convert(segment);
      }, RETRY_MILLIS);
      this.retries.add(retry);
    }
  }

  /** Finds the file into which a file was merged while a scan ran. */
  private async moved({ first, last }: ColumnFile, condition: Condition): Promise<StoredEvent[]> {
    const holder = this.files.find((file) => file.first <= first && file.last >= last);
    if (holder === undefined) return [];
    return (await readColumnFile(holder, condition)).filter(({ sequence }) => sequence >= first && sequence <= last);
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.upkeep.then(work);
    this.upkeep = done.catch(() => {});
    return done;
  }

  private note({ entity_id }: NewEvent): void {
    this.stored++;
    const count = this.entities.get(entity_id);
    if (count !== undefined || this.entities.size < MAX_ENTITIES) this.entities.set(entity_id, (count ?? 0) + 1);
  }

  private async measure(): Promise<void> {
    try {
      const own = new Set([...this.files, ...this.segments].map(({ path }) => basename(path)));
      const others = (await readdir(this.folder)).filter((name) => !own.has(name) && !name.startsWith('wal-'));
      const sizes = await Promise.all(others.map(async (name) => (await stat(join(this.folder, name))).size));
      this.otherBytes = sizes.reduce((sum, size) => sum + size, 0);
      this.updateGauges();
    } catch {
      // A file was removed meanwhile; the next measurement is soon.
    }
  }

  private updateGauges(): void {
    const waiting = this.segments.reduce((sum, { bytes }) => sum + bytes, 0);
    this.metrics.setStorage({
      events: this.events,
      entities: this.entities.size,
      sizeBytes: this.files.reduce((sum, { bytes }) => sum + bytes, this.otherBytes + waiting + this.wal.currentBytes),
      parquetFiles: this.files.length,
      walSegments: this.segments.length + (this.wal.hasSegment ? 1 : 0),
    });
  }
}
