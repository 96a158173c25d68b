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
  /** Yields messages after the last committed one until the consumer is stopped. Fetches the next one when it is read. */
  messages(): AsyncIterable<Message>;
  /**
   * Stores up to which offset messages were handled, by partition.
   *
   * @throws Error if the consumer was closed and the group has another one
   */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
  /** Returns the number of messages that the group has not committed, by partition. */
  lag(): Promise<ReadonlyMap<number, number>>;
  /** Ends {@link messages}. Offsets can be committed until the consumer is closed. */
  stop(): Promise<void>;
  /** Leaves the group. */
  close(): Promise<void>;
}

/** A log of messages in topics and partitions: Kafka, or an embedded one on disk. */
export interface PartitionedLog {
  /**
   * Appends a message to the partition of its key.
   *
   * @returns the partition
   * @throws LogFull if consumers are too far behind
   */
  produce(topic: string, key: string, value: string): Promise<number>;
  consume(topic: string, group: string): Promise<Consumer>;
  close(): Promise<void>;
}

/** The maximum number of messages that are not consumed is reached. */
export class LogFull extends Error {
  constructor(topic: string) {
    super(`${topic} is full: consumers are too far behind`);
  }
}
