import { type Reader, Writer } from '@platformatic/kafka';

const UNKNOWN_TOPIC = 3;
const EARLIEST = -2n;

/** Batches of records as they were sent, each with the offset of its first record. */
interface Partition {
  readonly batches: { readonly first: bigint; readonly next: bigint; readonly bytes: Buffer }[];
  end: bigint;
}

interface Topic {
  readonly id: string;
  readonly partitions: readonly Partition[];
}

/** The topics of a broker, and its answers to the requests about them. */
export class Topics {
  private readonly byName = new Map<string, Topic>();
  private readonly waiting = new Set<() => void>();

  /** @param partitions the number of partitions of each topic */
  constructor(partitions: Readonly<Record<string, number>>) {
    for (const [name, count] of Object.entries(partitions)) {
      const id = `00000000-0000-0000-0000-${String(this.byName.size + 1).padStart(12, '0')}`;
      this.byName.set(name, { id, partitions: Array.from({ length: count }, () => ({ batches: [], end: 0n })) });
    }
  }

  describe(reader: Reader, port: number): Writer {
    const names = reader.readNullableArray((r) => {
      r.readUUID();
      return r.readNullableString();
    });
    const found = (names ?? [...this.byName.keys()]).map((name) => [name, this.byName.get(name ?? '')] as const);
    return Writer.create()
      .appendInt32(0)
      .appendArray([1], (w, id) => w.appendInt32(id).appendString('127.0.0.1').appendInt32(port).appendString(null))
      .appendString('cluster')
      .appendInt32(1)
      .appendArray(found, (w, [name, topic]) =>
        w
          .appendInt16(topic === undefined ? UNKNOWN_TOPIC : 0)
          .appendString(name)
          .appendUUID(topic?.id ?? null)
          .appendBoolean(false)
          .appendArray([...(topic?.partitions.keys() ?? [])], (p, index) =>
            p
              .appendInt16(0)
              .appendInt32(index)
              .appendInt32(1)
              .appendInt32(0)
              .appendArray([1], (each, id) => each.appendInt32(id), true, false)
              .appendArray([1], (each, id) => each.appendInt32(id), true, false)
              .appendArray([], () => {}, true, false),
          )
          .appendInt32(0),
      );
  }

  produce(reader: Reader): Writer {
    reader.readNullableString();
    reader.readInt16();
    reader.readInt32();
    const topics = reader.readArray((r) => {
      const name = r.readString();
      const partitions = r.readArray((p) => ({ index: p.readInt32(), bytes: p.readBytes() }));
      return {
        name,
        partitions: partitions.map(({ index, bytes }) => ({ index, base: this.append(name, index, bytes) })),
      };
    });
    for (const wake of this.waiting) wake();
    return Writer.create()
      .appendArray(topics, (w, { name, partitions }) =>
        w.appendString(name).appendArray(partitions, (p, { index, base }) =>
          p
            .appendInt32(index)
            .appendInt16(base === undefined ? UNKNOWN_TOPIC : 0)
            .appendInt64(base ?? -1n)
            .appendInt64(-1n)
            .appendInt64(0n)
            .appendArray([], () => {})
            .appendString(null),
        ),
      )
      .appendInt32(0);
  }

  /** Appends a batch of records (Kafka protocol guide, Record Batch). Returns its first offset. */
  private append(topic: string, index: number, bytes: Buffer): bigint | undefined {
    const partition = this.byName.get(topic)?.partitions[index];
    if (partition === undefined) return undefined;
    const first = partition.end;
    const batch = Buffer.from(bytes);
    batch.writeBigInt64BE(first, 0);
    partition.end += BigInt(batch.readInt32BE(23)) + 1n;
    partition.batches.push({ first, next: partition.end, bytes: batch });
    return first;
  }

  async fetch(reader: Reader): Promise<Writer> {
    const maxWait = reader.readInt32();
    reader.readInt32();
    reader.readInt32();
    reader.readInt8();
    reader.readInt32();
    reader.readInt32();
    const wanted = reader.readArray((r) => ({
      id: r.readUUID(),
      partitions: r.readArray((p) => {
        const index = p.readInt32();
        p.readInt32();
        const offset = p.readInt64();
        p.readInt32();
        p.readInt64();
        p.readInt32();
        return { index, offset };
      }),
    }));
    const find = (id: string, index: number) =>
      [...this.byName.values()].find((topic) => topic.id === id)?.partitions[index];
    const hasData = () =>
      wanted.some(({ id, partitions }) =>
        partitions.some(({ index, offset }) => (find(id, index)?.end ?? 0n) > offset),
      );
    if (!hasData()) await this.untilProduced(maxWait);
    return Writer.create()
      .appendInt32(0)
      .appendInt16(0)
      .appendInt32(0)
      .appendArray(wanted, (w, { id, partitions }) =>
        w.appendUUID(id).appendArray(partitions, (p, { index, offset }) => {
          const partition = find(id, index);
          const batches = partition?.batches.filter(({ next }) => next > offset) ?? [];
          p.appendInt32(index)
            .appendInt16(partition === undefined ? UNKNOWN_TOPIC : 0)
            .appendInt64(partition?.end ?? -1n)
            .appendInt64(partition?.end ?? -1n)
            .appendInt64(0n)
            .appendArray([], () => {})
            .appendInt32(-1)
            .appendBytes(Buffer.concat(batches.map(({ bytes }) => bytes)));
        }),
      );
  }

  private untilProduced(millis: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, millis);
      this.waiting.add(wake);
    });
  }

  listOffsets(reader: Reader): Writer {
    reader.readInt32();
    reader.readInt8();
    const topics = reader.readArray((r) => ({
      name: r.readString(),
      partitions: r.readArray((p) => {
        const index = p.readInt32();
        p.readInt32();
        return { index, time: p.readInt64() };
      }),
    }));
    return Writer.create()
      .appendInt32(0)
      .appendArray(topics, (w, { name, partitions }) =>
        w.appendString(name).appendArray(partitions, (p, { index, time }) =>
          p
            .appendInt32(index)
            .appendInt16(0)
            .appendInt64(-1n)
            .appendInt64(time === EARLIEST ? 0n : (this.byName.get(name)?.partitions[index]?.end ?? 0n))
            .appendInt32(0),
        ),
      );
  }
}
