import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { Reader, Writer } from '@platformatic/kafka';
import { Groups } from './groups';
import { Topics } from './topics';

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

/**
 * A Kafka broker on the loopback, in memory: it speaks the wire protocol, in one version of each request, and keeps topics,
 * offsets and consumer groups of one member. It stands in for Kafka, which neither npm nor Debian has.
 */
export class KafkaBroker {
  /** The consumer groups. */
  readonly groups = new Groups();
  private readonly topics: Topics;
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => this.accept(socket));

  private constructor(topics: Readonly<Record<string, number>>) {
    this.topics = new Topics(topics);
  }

  /** @param topics the number of partitions of each topic */
  static async start(topics: Readonly<Record<string, number>>): Promise<KafkaBroker> {
    const broker = new KafkaBroker(topics);
    await new Promise<void>((resolve) => broker.server.listen(0, '127.0.0.1', resolve));
    return broker;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
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
        return this.topics.produce(reader);
      case 1:
        return await this.topics.fetch(reader);
      case 2:
        return this.topics.listOffsets(reader);
      case 3:
        return this.topics.describe(reader, this.port);
      case 8:
        return this.groups.commitOffsets(reader);
      case 9:
        return this.groups.fetchOffsets(reader);
      case 10:
        return this.groups.findCoordinator(reader, this.port);
      case 11:
        return this.groups.join(reader);
      case 12:
        return this.groups.heartbeat(reader);
      case 13:
        return this.groups.leave(reader);
      case 14:
        return this.groups.sync(reader);
      case 18:
        return Writer.create()
          .appendInt16(0)
          .appendArray(Object.entries(APIS), (w, [id, version]) =>
            w.appendInt16(Number(id)).appendInt16(version).appendInt16(version),
          )
          .appendInt32(0);
      case 22:
        return Writer.create().appendInt32(0).appendInt16(0).appendInt64(1n).appendInt16(0);
      default:
        throw new Error(`unknown request ${key}`);
    }
  }
}
