import type { Consumer as KafkaConsumer, Producer as KafkaProducer } from '@platformatic/kafka';
import type { Consumer, PartitionedLog } from './partitioned-log';

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
      lag: () => lagOf(consumer, topic),
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

async function lagOf(
  consumer: KafkaConsumer<string, string, string, string>,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const lags = (await consumer.getLag({ topics: [topic] })).get(topic) ?? [];
  // Partitions of other consumers are reported as negative.
  return new Map(lags.map((lag, partition) => [partition, Number(lag)] as const).filter(([, lag]) => lag >= 0));
}
