import { ClassicLevel } from 'classic-level';
import { streamProcessor } from 'meterbridge/systems/stream-processor';

/** A value of the state, such as a window's sums; anything that JSON can represent. */
export type Value = object;

/** The maximum number of changes that wait for a checkpoint. */
const MAX_CHANGES = 10_000;

/**
 * State in three layers: the values last used as objects (L1), more values as text in memory (L2), and all values in LevelDB
 * (L3). Changes reach the disk only by a checkpoint, all of them in one atomic batch, so that the disk always has the state
 * of one moment. Until then they belong to L3, from which an evicted value is read again.
 */
export class State {
  private readonly objects = new Map<string, Value>();
  private readonly texts = new Map<string, string>();
  private textBytes = 0;
  /** What has changed since the last checkpoint; `undefined` for a deleted value. */
  private changes = new Map<string, string | undefined>();

  private constructor(
    private readonly level: ClassicLevel,
    private readonly maxObjects: number,
    private readonly maxTexts: number,
  ) {}

  static async open(folder: string, maxObjects: number, maxTexts: number): Promise<State> {
    const level = new ClassicLevel(folder);
    await level.open();
    return new State(level, maxObjects, maxTexts);
  }

  /** Whether so much has changed that a checkpoint is due. */
  get isFull(): boolean {
    return this.changes.size >= MAX_CHANGES;
  }

  async get<V extends Value>(key: string): Promise<V | undefined> {
    const object = this.objects.get(key);
    if (object !== undefined) {
      streamProcessor.recordStateCacheHit('L1');
      return object as V;
    }
    streamProcessor.recordStateCacheMiss('L1');
    const text = streamProcessor.timeStateOperation('get', 'memory', () => this.texts.get(key));
    if (text !== undefined) streamProcessor.recordStateCacheHit('L2');
    else streamProcessor.recordStateCacheMiss('L2');
    const stored = text ?? (await this.read(key));
    if (stored === undefined) return undefined;
    const value = JSON.parse(stored) as V;
    this.keepObject(key, value);
    return value;
  }

  put(key: string, value: Value): void {
    using _timer = streamProcessor.startStateOperation('put', 'memory');
    const text = JSON.stringify(value);
    this.changes.set(key, text);
    this.keepText(key, text);
    this.keepObject(key, value);
    if (this.texts.size > this.maxTexts) this.evictText();
  }

  delete(key: string): void {
    using _timer = streamProcessor.startStateOperation('delete', 'memory');
    this.changes.set(key, undefined);
    this.objects.delete(key);
    this.dropText(key);
  }

  /** Adds a value to the next checkpoint without keeping it in memory: one that is only read after a start. */
  store(key: string, value: Value | undefined): void {
    this.changes.set(key, value === undefined ? undefined : JSON.stringify(value));
  }

  /** Returns the entries whose keys begin with a prefix, as the last checkpoint has them. */
  async entries<V extends Value>(prefix: string): Promise<[key: string, value: V][]> {
    const found = await streamProcessor.timeStateOperation('scan', 'level', () =>
      this.level.iterator({ gte: prefix, lt: `${prefix}\uffff` }).all(),
    );
    return found.map(([key, text]) => [key, JSON.parse(text) as V]);
  }

  /** Writes what has changed to disk, completely or not at all. Must not run while values change. */
  async checkpoint(): Promise<void> {
    const batch = [...this.changes].map(([key, value]) =>
      value === undefined ? { type: 'del' as const, key } : { type: 'put' as const, key, value },
    );
    if (batch.length > 0) {
      await streamProcessor.timeStateOperation('put', 'level', () => this.level.batch(batch));
      this.changes = new Map();
    }
    streamProcessor.setStateSizeBytes('memory', this.textBytes);
    streamProcessor.setStateSizeBytes('level', await this.level.approximateSize('', '\uffff'));
  }

  close(): Promise<void> {
    return this.level.close();
  }

  private async read(key: string): Promise<string | undefined> {
    const text = await streamProcessor.timeStateOperation('get', 'level', () =>
      this.changes.has(key) ? this.changes.get(key) : this.level.get(key),
    );
    if (text === undefined) streamProcessor.recordStateCacheMiss('L3');
    else {
      streamProcessor.recordStateCacheHit('L3');
      this.keepText(key, text);
    }
    return text;
  }

  private keepObject(key: string, value: Value): void {
    this.objects.delete(key);
    this.objects.set(key, value);
    if (this.objects.size > this.maxObjects) this.objects.delete(this.objects.keys().next().value as string);
  }

  private keepText(key: string, text: string): void {
    this.dropText(key);
    this.texts.set(key, text);
    this.textBytes += text.length;
  }

  private dropText(key: string): void {
    this.textBytes -= this.texts.get(key)?.length ?? 0;
    this.texts.delete(key);
  }

  private evictText(): void {
    const key = this.texts.keys().next().value as string;
    this.dropText(key);
    this.objects.delete(key);
    streamProcessor.recordStateEviction('memory');
  }
}
