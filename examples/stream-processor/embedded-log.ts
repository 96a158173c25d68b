import { EventEmitter, once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Consumer, LogFull, type Message, type PartitionedLog } from './partitioned-log';

const PARTITIONS = 3;
/** A file of this size is truncated when all of its messages are committed. */
const MAX_FILE_BYTES = 20_000_000;

interface Partition {
  readonly path: string;
  readonly file: WriteStream;
  bytes: number;
  /** The offset of the next message. Messages up to it are written, or are being written. */
  nextOffset: number;
  /** Messages that are written and not committed; the first has the offset {@link base}. */
  messages: Message[];
  base: number;
}

interface Topic {
  readonly name: string;
  readonly partitions: readonly Partition[];
  /** Emits `message` for each new message. */
  readonly news: EventEmitter;
  /** Increases with each consumer; only the last one may commit. */
  generation: number;
}

/** A log on disk for one consumer group: a file of lines for each partition, and one of committed offsets for each topic. */
export class EmbeddedLog implements PartitionedLog {
  private readonly topics = new Map<string, Promise<Topic>>();

  /** @param capacity the maximum number of messages of a topic that are not committed */
  constructor(
    private readonly folder: string,
    private readonly capacity: number,
  ) {}

  async produce(topic: string, key: string, value: string): Promise<number> {
    const { name, partitions, news } = await this.topic(topic);
    if (partitions.reduce((sum, { nextOffset, base }) => sum + nextOffset - base, 0) >= this.capacity)
      throw new LogFull(name);
    const partition = partitionOf(key);
    const log = partitions[partition] as Partition;
    const message: Message = { topic, partition, offset: log.nextOffset++, value, producedAt: Date.now() };
    const line = `${JSON.stringify([message.offset, message.producedAt, value])}\n`;
    log.bytes += Buffer.byteLength(line);
    // Consumers get it when it is in the file, so that they know no message that a killed process has not written.
    await write(log.file, line);
    log.messages.push(message);
    news.emit('message');
    return partition;
  }

  async consume(name: string, group: string): Promise<Consumer> {
    const topic = await this.topic(name);
    const generation = ++topic.generation;
    const positions = topic.partitions.map(({ base }) => base);
    let isOpen = true;
    const stop = async () => {
      isOpen = false;
      topic.news.emit('message');
    };
    return {
      messages: async function* () {
        while (isOpen) {
          const next = topic.partitions
            .map(({ messages, base }, partition) => messages[(positions[partition] ?? base) - base])
            .filter((message) => message !== undefined)
            .sort((a, b) => a.producedAt - b.producedAt)[0];
          if (next === undefined) {
            await once(topic.news, 'message');
            continue;
          }
          positions[next.partition] = next.offset + 1;
          yield next;
        }
      },
      commit: async (offsets) => {
        if (generation !== topic.generation) throw new Error(`${group} has another consumer now`);
        await this.commit(topic, offsets);
      },
      lag: async () => new Map(topic.partitions.map(({ messages }, partition) => [partition, messages.length])),
      stop,
      close: stop,
    };
  }

  async close(): Promise<void> {
    for (const topic of this.topics.values()) {
      for (const { file } of (await topic).partitions) await new Promise((resolve) => file.end(resolve));
    }
  }

  private async commit(topic: Topic, offsets: ReadonlyMap<number, number>): Promise<void> {
    for (const [partition, offset] of offsets) {
      const log = topic.partitions[partition];
      if (log === undefined || offset <= log.base) continue;
      log.messages = log.messages.slice(offset - log.base);
      log.base = offset;
    }
    const path = this.offsetsPath(topic.name);
    await writeFile(`${path}.new`, JSON.stringify(topic.partitions.map(({ base }) => base)));
    await rename(`${path}.new`, path);
    for (const log of topic.partitions) {
      if (log.bytes < MAX_FILE_BYTES || log.nextOffset > log.base) continue;
      log.bytes = 0;
      await truncate(log.path);
    }
  }

  private topic(name: string): Promise<Topic> {
    let topic = this.topics.get(name);
    if (topic === undefined) {
      topic = this.open(name);
      this.topics.set(name, topic);
    }
    return topic;
  }

  private async open(name: string): Promise<Topic> {
    await mkdir(this.folder, { recursive: true });
    const committed = JSON.parse(await textOf(this.offsetsPath(name), '[]')) as number[];
    const partitions = await Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) =>
        this.openPartition(name, partition, committed[partition] ?? 0),
      ),
    );
    const news = new EventEmitter();
    news.setMaxListeners(0);
    return { name, partitions, news, generation: 0 };
  }

  private async openPartition(topic: string, partition: number, base: number): Promise<Partition> {
    const path = join(this.folder, `${topic}-${partition}.ndjson`);
    const text = await textOf(path, '');
    // An incomplete last line was left by a crash.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) await truncate(path, Buffer.byteLength(whole));
    const messages = whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as [number, number, string])
      .filter(([offset]) => offset >= base)
      .map(([offset, producedAt, value]) => ({ topic, partition, offset, value, producedAt }));
    const file = createWriteStream(path, { flags: 'a' });
    return { path, file, bytes: Buffer.byteLength(whole), messages, base, nextOffset: base + messages.length };
  }

  private offsetsPath(topic: string): string {
    return join(this.folder, `${topic}-offsets.json`);
  }
}

/** Writes a line. Lines are written, and the promises resolve, in the order of the calls. */
function write(file: WriteStream, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    file.write(line, (error) => (error ? reject(error) : resolve()));
  });
}

function partitionOf(key: string): number {
  let hash = 0;
  for (const character of key) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % PARTITIONS;
}

/** Returns a file's text, or a default only if the file does not exist: any other error must not lose data. */
function textOf(path: string, otherwise: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return otherwise;
    throw error;
  });
}
