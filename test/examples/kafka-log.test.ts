import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KafkaLog } from '../../examples/stream-processor/kafka-log';
import type { Consumer, Message } from '../../examples/stream-processor/partitioned-log';
import { KafkaBroker } from '../servers/kafka/broker';
import { until } from '../servers/processes';
import { runExample, samples } from './programs';

let broker: KafkaBroker;
beforeEach(async () => {
  broker = await KafkaBroker.start({ readings: 2, 'window-results': 1 });
});
afterEach(() => broker.stop());

async function take(consumer: Consumer, count: number): Promise<Message[]> {
  const messages: Message[] = [];
  const iterator = consumer.messages()[Symbol.asyncIterator]();
  while (messages.length < count) messages.push((await iterator.next()).value as Message);
  return messages;
}

describe('the Kafka client of the stream processor', () => {
  it('a consumer gets the messages after those that its group has committed', async () => {
    const log = await KafkaLog.connect([broker.address]);
    const partition = await log.produce('readings', 'temp-1', 'one');
    await log.produce('readings', 'temp-1', 'two');

    const first = await log.consume('readings', 'group');
    const received = await take(first, 2);
    expect(received.map(({ topic, partition: from, offset, value }) => [topic, from, offset, value])).toEqual([
      ['readings', partition, 0, 'one'],
      ['readings', partition, 1, 'two'],
    ]);
    expect(received.every(({ producedAt }) => Math.abs(Date.now() - producedAt) < 60_000)).toBe(true);
    expect((await first.lag()).get(partition)).toBe(2);
    await first.commit(new Map([[partition, 1]]));
    expect(broker.groups.committed('group', 'readings', partition)).toBe(1n);
    expect(await first.lag()).toEqual(
      new Map([
        [partition, 1],
        [1 - partition, 0],
      ]),
    );
    await first.close();

    const second = await log.consume('readings', 'group');
    expect((await take(second, 1)).map(({ value }) => value)).toEqual(['two']);
    await second.close();
    await log.close();
  });

  it('a consumer can commit after it was stopped, and cannot after it was closed', async () => {
    const log = await KafkaLog.connect([broker.address]);
    const partition = await log.produce('readings', 'temp-1', 'one');
    const consumer = await log.consume('readings', 'group');
    await take(consumer, 1);
    await consumer.stop();
    expect((await consumer.messages()[Symbol.asyncIterator]().next()).done).toBe(true);
    await consumer.commit(new Map([[partition, 1]]));
    expect(broker.groups.committed('group', 'readings', partition)).toBe(1n);
    await consumer.close();
    await expect(consumer.commit(new Map([[partition, 2]]))).rejects.toThrow();
    expect(broker.groups.committed('group', 'readings', partition)).toBe(1n);
    await log.close();
  });
});

describe('the stream-processor example with Kafka', () => {
  it('the stream-processor example consumes readings from Kafka, produces results to it, and continues after a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stream-processor-kafka-'));
    const start = () =>
      runExample('stream-processor', {
        API_PORT: '0',
        DATA_DIR: folder,
        CHECKPOINT_MILLIS: '100',
        KAFKA_BROKERS: broker.address,
      });
    let example = await start();
    const sumOf = async (name: string) =>
      [...samples(await example.page())]
        .filter(([series]) => series.startsWith(name))
        .reduce((sum, [, value]) => sum + value, 0);
    const send = async (from: number, count: number) => {
      const lines = Array.from({ length: count }, (_, i) =>
        JSON.stringify({
          id: `r${from + i}`,
          sensor: `temp-${i % 4}`,
          time: 1_700_000_000_000 + (from + i) * 1000,
          value: i,
        }),
      );
      const response = await fetch(`${example.api}/events`, { method: 'POST', body: lines.join('\n') });
      expect(await response.json()).toEqual({ accepted: count });
    };
    try {
      await send(0, 60);
      await until(async () => ((await sumOf('processor_events_processed{')) === 60 ? true : undefined));
      await until(async () =>
        (await sumOf('processor_kafka_consumer_lag{topic="readings"')) === 0 ? true : undefined,
      );
      await until(async () =>
        (await sumOf('processor_kafka_messages_produced{topic="window-results"')) > 0 ? true : undefined,
      );
      expect(await sumOf('processor_kafka_messages_consumed{topic="readings"')).toBe(60);
      expect(await sumOf('processor_kafka_messages_produced{topic="readings"')).toBe(60);
      expect(await sumOf('processor_kafka_offset_commit_errors')).toBe(0);
      expect((await example.stop()).code).toBe(0);
      expect(example.stderr()).toBe('');

      example = await start();
      await send(60, 5);
      await until(async () => ((await sumOf('processor_events_processed{')) === 5 ? true : undefined));
      expect(await sumOf('processor_kafka_messages_consumed{topic="readings"')).toBe(5);
      expect(await sumOf('processor_dedup_duplicates_found')).toBe(0);
    } finally {
      await example.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
