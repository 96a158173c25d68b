import type { Consumer as KafkaConsumer, Producer as KafkaProducer } from '@platformatic/kafka';
import type { Consumer, PartitionedLog } from './partitioned-log';

/** Timestamps of ListOffsets with a meaning (Kafka protocol guide, ListOffsets). */
const LATEST = -1n;
const EARLIEST = -2n;

/** The log in a Kafka cluster. Its topics must exist. */
export class KafkaLog implements PartitionedLog {
  private constructor(
    private readonly kafka: typeof import('@platformatic/kafka'),
    private readonly bootstrapBrokers: string[],
    private readonly producer: KafkaProducer<string, string, string, string>,
  ) {}

  /** @param brokers `host:port` of some of the cluster's brokers */
  static async connect(brokers: readonly string[]): Promise<KafkaLog> {
    const kafka = await import('@platformatic/kafka');
    const bootstrapBrokers = [...brokers];
    const { stringSerializers: serializers } = kafka;
    const producer = new kafka.Producer({ clientId: 'stream-processor', bootstrapBrokers, serializers });
    return new KafkaLog(kafka, bootstrapBrokers, producer);
  }

  async produce(topic: string, key: string, value: string): Promise<number> {
    const { offsets } = await this.producer.send({
      messages: [{ topic, key, value }],
      acks: this.kafka.ProduceAcks.ALL,
    });
    return offsets?.[0]?.partition ?? 0;
  }

  async consume(topic: string, groupId: string): Promise<Consumer> {
    const { bootstrapBrokers, kafka } = this;
    const consumer = new kafka.Consumer({
      clientId: 'stream-processor',
      groupId,
      bootstrapBrokers,
      deserializers: kafka.stringDeserializers,
    });
    const stream = await consumer.consume({
      topics: [topic],
      autocommit: false,
      mode: kafka.MessagesStreamModes.COMMITTED,
      fallbackMode: kafka.MessagesStreamFallbackModes.EARLIEST,
    });
    return {
      messages: async function* () {
        for await (const { partition, offset, value, timestamp } of stream) {
          yield { topic, partition, offset: Number(offset), value, producedAt: Number(timestamp) };
        }
      },
      commit: async (offsets) => {
        const all = [...offsets].map(([partition, offset]) => ({
          topic,
          partition,
          offset: BigInt(offset),
          leaderEpoch: -1,
        }));
        if (all.length > 0) await consumer.commit({ offsets: all });
      },
      lag: () => findLag(consumer, topic),
      stop: async () => {
        await stream.close();
      },
      close: async () => {
        await stream.close();
        await consumer.close();
      },
    };
  }

  async close(): Promise<void> {
    await this.producer.close();
  }
}

/** Returns the messages after the committed ones, of the partitions that the consumer has. */
async function findLag(
  consumer: KafkaConsumer<string, string, string, string>,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const own = consumer.assignments?.filter((assignment) => assignment.topic === topic) ?? [];
  const partitions = own.flatMap((assignment) => assignment.partitions);
  if (partitions.length === 0) return new Map();
  // Not with `getLag`, which does not see the offsets that `commit` has committed.
  const [ends, starts, committed] = await Promise.all([
    consumer.listOffsets({ topics: [topic], timestamp: LATEST }),
    consumer.listOffsets({ topics: [topic], timestamp: EARLIEST }),
    consumer.listCommittedOffsets({ topics: [{ topic, partitions }] }),
  ]);
  return new Map(
    partitions.map((partition) => {
      const next = committed.get(topic)?.[partition] ?? -1n;
      const from = next >= 0n ? next : (starts.get(topic)?.[partition] ?? 0n);
      return [partition, Number((ends.get(topic)?.[partition] ?? 0n) - from)] as const;
    }),
  );
}
