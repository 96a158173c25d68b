import { type ResultLabel, streamProcessor } from 'meterbridge/systems/stream-processor';
import { Deduplication } from './deduplication';
import { parseEvent, type SensorEvent } from './event';
import { Normalisation } from './normalisation';
import { Operators } from './operators';
import { Outbox } from './outbox';
import type { Consumer, Message, PartitionedLog } from './partitioned-log';
import type { State } from './state';
import { Watermark } from './watermark';
import { Windows } from './windows';

export const INPUT = 'readings';
export const OUTPUT = 'window-results';
const GROUP = 'stream-processor';
const OFFSET = 'offset ';

export interface PipelineOptions {
  readonly dedupCapacity: number;
  readonly checkpointMillis: number;
}

/**
 * Reads events from the log, filters, deduplicates, normalises and windows them, and appends the results to the log.
 *
 * A checkpoint writes the state and up to which offset it has the events, in one batch. An event is therefore part of the
 * state exactly once, whenever the process is killed: what a checkpoint has is skipped, and the rest is read again.
 */
export class Pipeline {
  private readonly deduplication: Deduplication;
  private readonly normalisation: Normalisation;
  private readonly operators = new Operators();
  private readonly outbox: Outbox;
  private readonly watermark: Watermark;
  private readonly windows: Windows;
  private consumer: Consumer | undefined;
  /** Up to which offset the state has the events, by partition. */
  private readonly offsets = new Map<number, number>();
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  /** Events and checkpoints alternate: a checkpoint has the state between two events. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly log: PartitionedLog,
    private readonly state: State,
    private readonly options: PipelineOptions,
  ) {
    this.deduplication = new Deduplication(state, options.dedupCapacity);
    this.normalisation = new Normalisation(state);
    this.outbox = new Outbox(state, log, OUTPUT);
    this.watermark = new Watermark(state);
    this.windows = new Windows(state);
  }

  async start(): Promise<void> {
    await this.deduplication.recover();
    await this.normalisation.recover();
    await this.outbox.recover();
    await this.watermark.recover();
    await this.windows.recover();
    for (const [key, { offset }] of await this.state.entries<{ offset: number }>(OFFSET)) {
      this.offsets.set(Number(key.slice(OFFSET.length)), offset);
    }
    await this.join();
    this.timer = setInterval(() => void this.checkpoint(), this.options.checkpointMillis);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.stopReading();
    await this.checkpoint();
    await this.consumer?.close();
    streamProcessor.setPipelineOperatorsActive(0);
  }

  /** Joins the group again as another member, as after a rebalance: the commit of the old member fails. */
  async rejoin(): Promise<void> {
    const old = this.consumer;
    await this.stopReading();
    await old?.close();
    await this.join();
    if (old !== undefined) await this.commit(old);
  }

  /** Writes the state with its offsets, appends the results, and then commits the offsets to the log. */
  checkpoint(): Promise<void> {
    return this.exclusively(async () => {
      await this.state.checkpoint();
      const isFlushed = await this.outbox.flush((partition) =>
        streamProcessor.recordKafkaMessageProduced(OUTPUT, partition),
      );
      if (!isFlushed) streamProcessor.recordPipelineError('output_full');
      if (this.consumer !== undefined) {
        await this.commit(this.consumer);
        await this.updateLag(this.consumer);
      }
      this.operators.updateActive();
      this.watermark.updateLag();
    }).catch((error) => {
      // What it did not write is a part of the next one.
      console.error(`checkpoint failed: ${error}`);
      streamProcessor.recordPipelineError('checkpoint');
    });
  }

  private async commit(consumer: Consumer): Promise<void> {
    try {
      await consumer.commit(this.offsets);
    } catch {
      for (const partition of this.offsets.keys()) streamProcessor.recordKafkaOffsetCommitError(INPUT, partition);
    }
  }

  private async updateLag(consumer: Consumer): Promise<void> {
    let waiting = 0;
    for (const [partition, lag] of await consumer.lag()) {
      streamProcessor.setKafkaConsumerLag(INPUT, partition, lag);
      waiting += lag;
    }
    if (waiting === 0) streamProcessor.setPipelineLag(0);
  }

  private async join(): Promise<void> {
    this.consumer = await this.log.consume(INPUT, GROUP);
    this.running = this.run(this.consumer);
  }

  private async stopReading(): Promise<void> {
    await this.consumer?.stop();
    await this.running;
  }

  /** Processes one event after the other. The next one is fetched afterwards, so that a slow pipeline slows the log down. */
  private async run(consumer: Consumer): Promise<void> {
    for await (const message of consumer.messages()) {
      streamProcessor.recordKafkaMessageConsumed(message.topic, message.partition);
      if (message.offset < (this.offsets.get(message.partition) ?? 0)) continue;
      await this.exclusively(() => this.process(message));
      if (this.state.isFull) await this.checkpoint();
    }
  }

  private exclusively(work: () => Promise<void>): Promise<void> {
    const done = this.turn.then(work);
    this.turn = done.catch(() => {});
    return done;
  }

  private async process({ value, partition, offset, producedAt }: Message): Promise<void> {
    streamProcessor.recordEventReceived();
    streamProcessor.setPipelineLag((Date.now() - producedAt) / 1000);
    const timer = streamProcessor.startEventProcessing();
    try {
      timer.stop(await this.runOperators(value));
    } catch (error) {
      timer.stop('error');
      streamProcessor.recordPipelineError(error instanceof SyntaxError ? 'syntax' : 'processing');
    }
    this.offsets.set(partition, offset + 1);
    this.state.store(`${OFFSET}${partition}`, { offset: offset + 1 });
  }

  private async runOperators(line: string): Promise<ResultLabel> {
    const { operators } = this;
    const event = await operators.run('parse', () => parseEvent(line));
    if (!(await operators.run('filter', () => isWanted(event)))) return 'filtered';
    if (await operators.run('deduplicate', () => this.deduplication.isDuplicate(event.id))) return 'dropped';
    const isLate = this.watermark.observe(event.time);
    if (isLate) return 'dropped';
    const readings = await operators.run('normalise', () => this.normalisation.apply(event));
    await operators.run('window', async () => {
      for (const reading of readings) await this.windows.add(reading);
    });
    for (const result of await operators.run('aggregate', () => this.windows.trigger(this.watermark.time))) {
      this.outbox.add(result);
    }
    return readings.length > 0 || event.value === null ? 'success' : 'dropped';
  }
}

/** Sensors under test are filtered out. */
function isWanted({ sensor }: SensorEvent): boolean {
  return !sensor.startsWith('test-');
}
