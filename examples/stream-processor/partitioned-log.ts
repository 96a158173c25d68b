/** A message as a consumer gets it. */
export interface Message {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly value: string;
  /** When it was produced, in milliseconds since 1970. */
  readonly producedAt: number;
}

/** One member of a consumer group. */
export interface Consumer {
  /** Messages from where the group left off, for as long as the consumer is open. The next is fetched when it is asked for. */
  messages(): AsyncIterable<Message>;
  /**
   * Writes down up to where messages were handled, offsets by partition.
   *
   * @throws Error when the group has gone on without this consumer
   */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
  /** How many messages there are that the group has not committed, by partition. */
  lag(): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}

/** A log of messages in topics, each in partitions: Kafka, or one of its own on disk. */
export interface PartitionedLog {
  /**
   * Appends a message to the partition of its key.
   *
   * @returns the partition
   * @throws LogFull when consumers are too far behind
   */
  produce(topic: string, key: string, value: string): Promise<number>;
  consume(topic: string, group: string): Promise<Consumer>;
  close(): Promise<void>;
}

/** There are too many messages that nobody has consumed. */
export class LogFull extends Error {
  constructor(topic: string) {
    super(`${topic} is full: consumers are too far behind`);
  }
}
