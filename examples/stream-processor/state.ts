import { ClassicLevel } from 'classic-level';
import { streamProcessor } from 'meterbridge/systems/stream-processor';

/** A value of the state, such as a window's sums; anything that JSON can represent. */
export type Value = object;

/**
 * State in three layers: the values last used as objects (L1), more values as text in memory (L2), and all values on disk in
 * LevelDB (L3). A value that is evicted from a layer is in the next one.
 */
export class State {
  private readonly objects = new Map<string, Value>();
  private readonly texts = new Map<string, string>();
  private textBytes = 0;
  /** The keys that have changed since the last checkpoint. */
  private readonly dirty = new Set<string>();
  /** The last write to disk. The next one waits for it, so that a value that is deleted does not return. */
  private written: Promise<void> = Promise.resolve();

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

  async get<V extends Value>(key: string): Promise<V | undefined> {
    const object = this.objects.get(key);
    if (object !== undefined) {
      streamProcessor.recordStateCacheHit('L1');
      return object as V;
    }
    streamProcessor.recordStateCacheMiss('L1');
    const text = await streamProcessor.timeStateOperation('get', 'memory', () => this.texts.get(key));
    if (text !== undefined) streamProcessor.recordStateCacheHit('L2');
    else streamProcessor.recordStateCacheMiss('L2');
    const stored = text ?? (await this.read(key));
    if (stored === undefined) return undefined;
    const value = JSON.parse(stored) as V;
    this.keepObject(key, value);
    return value;
  }

  async put(key: string, value: Value): Promise<void> {
    const text = JSON.stringify(value);
    await streamProcessor.timeStateOperation('put', 'memory', () => this.keepText(key, text));
    this.keepObject(key, value);
    this.dirty.add(key);
    if (this.texts.size > this.maxTexts) await this.evictText();
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
    await streamProcessor.timeStateOperation('delete', 'memory', () => this.dropText(key));
    this.dirty.delete(key);
    await this.write('delete', () => this.level.del(key));
  }

  /** Returns every key on disk; after a checkpoint these are all keys. */
  async keys(): Promise<string[]> {
    return streamProcessor.timeStateOperation('scan', 'level', () => this.level.keys().all());
  }

  /** Writes changed values to disk. */
  async checkpoint(): Promise<void> {
    const changes = [...this.dirty].map((key) => ({ type: 'put' as const, key, value: this.texts.get(key) ?? '' }));
    // Values that change while these are written are for the next checkpoint.
    this.dirty.clear();
    if (changes.length > 0) await this.write('put', () => this.level.batch(changes));
    streamProcessor.setStateSizeBytes('memory', this.textBytes);
    streamProcessor.setStateSizeBytes('level', await this.level.approximateSize('', '\uffff'));
  }

  close(): Promise<void> {
    return this.level.close();
  }

  private async read(key: string): Promise<string | undefined> {
    const text = await streamProcessor.timeStateOperation('get', 'level', () => this.level.get(key));
    if (text === undefined) streamProcessor.recordStateCacheMiss('L3');
    else {
      streamProcessor.recordStateCacheHit('L3');
      this.keepText(key, text);
    }
    return text;
  }

  private write(operation: 'put' | 'delete', write: () => Promise<void>): Promise<void> {
    const result = this.written.then(() => streamProcessor.timeStateOperation(operation, 'level', write));
    this.written = result.catch(() => {});
    return result;
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

  private async evictText(): Promise<void> {
    const [key, text] = this.texts.entries().next().value as [string, string];
    if (this.dirty.delete(key)) await this.write('put', () => this.level.put(key, text));
    this.dropText(key);
    this.objects.delete(key);
    streamProcessor.recordStateEviction('memory');
  }
}
