import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { Reader, Writer } from '@platformatic/kafka';

/** The version of each request that the broker answers (Kafka protocol guide, Api Keys). */
const APIS: Readonly<Record<number, number>> = {
  0: 9, // Produce
  1: 15, // Fetch
  2: 8, // ListOffsets
  3: 12, // Metadata
  8: 8, // OffsetCommit
  9: 8, // OffsetFetch
  10: 4, // FindCoordinator
  11: 9, // JoinGroup
  12: 4, // Heartbeat
  13: 5, // LeaveGroup
  14: 5, // SyncGroup
  18: 3, // ApiVersions
  22: 4, // InitProducerId
};
const UNKNOWN_TOPIC = 3;
const UNKNOWN_MEMBER = 25;
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

/** A consumer group. A member that joins replaces the one before, as after a session that has expired. */
interface Group {
  generation: number;
  member: string | undefined;
  readonly committed: Map<string, bigint>;
}

/**
 * A Kafka broker on the loopback, in memory: it speaks the wire protocol, in one version of each request, and keeps topics,
 * offsets and consumer groups of one member. It stands in for Kafka, which neither npm nor Debian has.
 */
export class KafkaBroker {
  private readonly topics = new Map<string, Topic>();
  private readonly groups = new Map<string, Group>();
  private readonly sockets = new Set<Socket>();
  private readonly waiting = new Set<() => void>();
  private readonly server: Server = createServer((socket) => this.accept(socket));
  /** The requests that were received, by API key. */
  readonly requests = new Map<number, number>();

  /** @param topics the number of partitions of each topic */
  static async start(topics: Readonly<Record<string, number>>): Promise<KafkaBroker> {
    const broker = new KafkaBroker();
    for (const [name, count] of Object.entries(topics)) {
      const id = `00000000-0000-0000-0000-${String(broker.topics.size + 1).padStart(12, '0')}`;
      broker.topics.set(name, { id, partitions: Array.from({ length: count }, () => ({ batches: [], end: 0n })) });
    }
    await new Promise<void>((resolve) => broker.server.listen(0, '127.0.0.1', resolve));
    return broker;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Returns the offset that a group has committed, or `undefined`. */
  committed(group: string, topic: string, partition: number): bigint | undefined {
    return this.groups.get(group)?.committed.get(`${topic} ${partition}`);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(socket: Socket): void {
    let received = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => {});
    // A broker answers the requests of a connection in their order.
    let last: Promise<void> = Promise.resolve();
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const length = received.readInt32BE(0);
        const request = Buffer.from(received.subarray(4, 4 + length));
        received = received.subarray(4 + length);
        last = last.then(() => this.respond(socket, request));
      }
    });
  }

  private async respond(socket: Socket, request: Buffer): Promise<void> {
    const reader = Reader.from(request);
    const key = reader.readInt16();
    const version = reader.readInt16();
    const correlation = reader.readInt32();
    reader.readNullableString(false);
    reader.readTaggedFields();
    this.requests.set(key, (this.requests.get(key) ?? 0) + 1);
    if (APIS[key] !== version) throw new Error(`request ${key} has version ${version}: expected ${APIS[key]}`);
    const body = await this.answer(key, reader);
    const response = Writer.create().appendInt32(correlation);
    // The header of this response has no tagged fields, so that clients of every version can read it.
    if (key !== 18) response.appendTaggedFields();
    response.appendFrom(body.appendTaggedFields()).prependLength();
    socket.write(response.buffer);
  }

  private async answer(key: number, reader: Reader): Promise<Writer> {
    switch (key) {
      case 0:
        return this.produce(reader);
      case 1:
        return await this.fetch(reader);
      case 2:
        return this.listOffsets(reader);
      case 3:
        return this.describe(reader);
      case 8:
        return this.commitOffsets(reader);
      case 9:
        return this.fetchOffsets(reader);
      case 10:
        return this.findCoordinator(reader);
      case 11:
        return this.join(reader);
      case 12:
        return this.heartbeat(reader);
      case 13:
        return this.leave(reader);
      case 14:
        return this.sync(reader);
      case 18:
        return Writer.create()
          .appendInt16(0)
          .appendArray(Object.entries(APIS), (w, [id, version]) =>
            w.appendInt16(Number(id)).appendInt16(version).appendInt16(version),
          )
          .appendInt32(0);
      default:
        return Writer.create().appendInt32(0).appendInt16(0).appendInt64(1n).appendInt16(0);
    }
  }

  private describe(reader: Reader): Writer {
    const names = reader.readNullableArray((r) => {
      r.readUUID();
      return r.readNullableString();
    });
    const found = (names ?? [...this.topics.keys()]).map((name) => [name, this.topics.get(name ?? '')] as const);
    return Writer.create()
      .appendInt32(0)
      .appendArray([1], (w, id) =>
        w.appendInt32(id).appendString('127.0.0.1').appendInt32(this.port).appendString(null),
      )
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

  private produce(reader: Reader): Writer {
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
    const partition = this.topics.get(topic)?.partitions[index];
    if (partition === undefined) return undefined;
    const first = partition.end;
    const batch = Buffer.from(bytes);
    batch.writeBigInt64BE(first, 0);
    partition.end += BigInt(batch.readInt32BE(23)) + 1n;
    partition.batches.push({ first, next: partition.end, bytes: batch });
    return first;
  }

  private async fetch(reader: Reader): Promise<Writer> {
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
      [...this.topics.values()].find((topic) => topic.id === id)?.partitions[index];
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

  private listOffsets(reader: Reader): Writer {
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
            .appendInt64(time === EARLIEST ? 0n : (this.topics.get(name)?.partitions[index]?.end ?? 0n))
            .appendInt32(0),
        ),
      );
  }

  private findCoordinator(reader: Reader): Writer {
    reader.readInt8();
    const keys = reader.readArray((r) => r.readString(), true, false);
    return Writer.create()
      .appendInt32(0)
      .appendArray(keys, (w, key) =>
        w
          .appendString(key)
          .appendInt32(1)
          .appendString('127.0.0.1')
          .appendInt32(this.port)
          .appendInt16(0)
          .appendString(null),
      );
  }

  private group(name: string): Group {
    const group = this.groups.get(name) ?? { generation: 0, member: undefined, committed: new Map() };
    this.groups.set(name, group);
    return group;
  }

  private join(reader: Reader): Writer {
    const group = this.group(reader.readString());
    reader.readInt32();
    reader.readInt32();
    const id = reader.readString();
    reader.readNullableString();
    const type = reader.readString();
    const [protocol] = reader.readArray((r) => ({ name: r.readString(), metadata: r.readBytes() }));
    const member = id === '' ? `member-${group.generation + 1}` : id;
    group.generation++;
    group.member = member;
    return Writer.create()
      .appendInt32(0)
      .appendInt16(0)
      .appendInt32(group.generation)
      .appendString(type)
      .appendString(protocol?.name ?? null)
      .appendString(member)
      .appendBoolean(false)
      .appendString(member)
      .appendArray([member], (w, each) =>
        w
          .appendString(each)
          .appendString(null)
          .appendBytes(protocol?.metadata ?? Buffer.alloc(0)),
      );
  }

  private sync(reader: Reader): Writer {
    reader.readString();
    reader.readInt32();
    const member = reader.readString();
    reader.readNullableString();
    const type = reader.readNullableString();
    const protocol = reader.readNullableString();
    const assignments = reader.readArray((r) => ({ member: r.readString(), assignment: r.readBytes() }));
    const own = assignments.find((each) => each.member === member)?.assignment ?? Buffer.alloc(0);
    return Writer.create().appendInt32(0).appendInt16(0).appendString(type).appendString(protocol).appendBytes(own);
  }

  private heartbeat(reader: Reader): Writer {
    const group = this.group(reader.readString());
    reader.readInt32();
    return Writer.create()
      .appendInt32(0)
      .appendInt16(reader.readString() === group.member ? 0 : UNKNOWN_MEMBER);
  }

  private leave(reader: Reader): Writer {
    const group = this.group(reader.readString());
    const members = reader.readArray((r) => {
      const member = r.readString();
      r.readNullableString();
      r.readNullableString();
      return member;
    });
    if (members.some((member) => member === group.member)) group.member = undefined;
    return Writer.create()
      .appendInt32(0)
      .appendInt16(0)
      .appendArray(members, (w, member) => w.appendString(member).appendString(null).appendInt16(0));
  }

  private commitOffsets(reader: Reader): Writer {
    const group = this.group(reader.readString());
    const generation = reader.readInt32();
    const isMember = reader.readString() === group.member && generation === group.generation;
    reader.readNullableString();
    const topics = reader.readArray((r) => ({
      name: r.readString(),
      partitions: r.readArray((p) => {
        const index = p.readInt32();
        const offset = p.readInt64();
        p.readInt32();
        p.readNullableString();
        return { index, offset };
      }),
    }));
    for (const { name, partitions } of isMember ? topics : []) {
      for (const { index, offset } of partitions) group.committed.set(`${name} ${index}`, offset);
    }
    return Writer.create()
      .appendInt32(0)
      .appendArray(topics, (w, { name, partitions }) =>
        w
          .appendString(name)
          .appendArray(partitions, (p, { index }) => p.appendInt32(index).appendInt16(isMember ? 0 : UNKNOWN_MEMBER)),
      );
  }

  private fetchOffsets(reader: Reader): Writer {
    const groups = reader.readArray((r) => ({
      id: r.readString(),
      topics: r.readArray((t) => ({
        name: t.readString(),
        indexes: t.readArray((p) => p.readInt32(), true, false),
      })),
    }));
    return Writer.create()
      .appendInt32(0)
      .appendArray(groups, (w, { id, topics }) =>
        w
          .appendString(id)
          .appendArray(topics, (t, { name, indexes }) =>
            t.appendString(name).appendArray(indexes, (p, index) =>
              p
                .appendInt32(index)
                .appendInt64(this.committed(id, name, index) ?? -1n)
                .appendInt32(-1)
                .appendString(null)
                .appendInt16(0),
            ),
          )
          .appendInt16(0),
      );
  }
}
