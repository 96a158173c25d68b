import type { Attributes, MetricOptions } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { DEFINITION, type GaugeMerge, type MetricDefinition } from '../../src/catalog/definition';
import { OVERFLOW_ATTRIBUTE } from '../../src/catalog/overflow';
import { AGGREGATION_TYPE } from '../../src/collection/enums';
import type { CollectedPoint } from '../../src/collection/points';
import type { SliceProducer } from '../../src/collection/slices';
import { MeterProvider } from '../../src/engine/meter-provider';
import { FrameError, FrameReader } from '../../src/processes/frame-reader';
import { MergedStore } from '../../src/processes/merged-store';
import { StateDecoder } from '../../src/processes/state-decoder';
import { StateEncoder } from '../../src/processes/state-encoder';
import { WorkerReader } from '../../src/processes/worker-reader';

const READER = {};

/** A process: what it records is sent to a store, frame by frame. */
class Sender {
  readonly provider: MeterProvider;
  private producer: SliceProducer | undefined;
  private readonly encoder = new StateEncoder(0);
  private readonly decoder: StateDecoder;

  constructor(store: MergedStore, label = '1') {
    const hooks = {
      start: (producer: SliceProducer) => {
        this.producer = producer;
      },
      flush: async () => {},
      shutdown: async () => {},
    };
    const reader = new WorkerReader(() => ({ type: AGGREGATION_TYPE.DEFAULT }), hooks);
    this.provider = new MeterProvider({
      readers: [reader],
      exemplarFilter: 'always_on',
      views: [{ instrumentName: 'exponential', aggregation: { type: AGGREGATION_TYPE.EXPONENTIAL_HISTOGRAM } }],
    });
    this.decoder = new StateDecoder(store, label);
  }

  get meter() {
    return this.provider.getMeter('app');
  }

  /** Returns the frames of what has changed. */
  async frames(): Promise<Buffer[]> {
    const { streams, errors } = await (this.producer as SliceProducer).collectSlices();
    return [...this.encoder.encode(streams, errors.length === 0, 1)].filter((frame) => frame !== undefined);
  }

  receive(frames: readonly Buffer[]): void {
    for (const frame of frames) {
      const reader = new FrameReader(frame.subarray(4));
      reader.byte();
      reader.integer();
      this.decoder.apply(reader);
    }
  }

  async sync(): Promise<void> {
    this.receive(await this.frames());
  }

  end(): void {
    this.decoder.end();
  }
}

function read(store: MergedStore, name: string): readonly CollectedPoint[] {
  const streams = store.merge({ streams: [] }, '0', READER).filter(({ descriptor }) => descriptor.name === name);
  return streams.flatMap((stream) => {
    const points = [...stream.slices()].flat();
    const reused = stream.reused?.slices();
    if (reused !== undefined) expect(Array.from(reused, (slice) => structuredClone(slice)).flat()).toEqual(points);
    return points;
  });
}

function values(store: MergedStore, name: string): unknown[] {
  return read(store, name).map(({ value }) => value);
}

/** Returns the options of a gauge that a catalog defines. */
function documented(merge: GaugeMerge | undefined): MetricOptions {
  const definition: MetricDefinition = {
    name: 'level',
    instrument: 'gauge',
    description: '',
    ...(merge === undefined ? {} : { merge }),
  };
  return { [DEFINITION]: definition } as MetricOptions;
}

describe('merging the metrics of several processes', () => {
  it('adds up counters and both kinds of histograms, with their exemplars and the earliest start time', async () => {
    const store = new MergedStore();
    const senders = [new Sender(store), new Sender(store)];
    for (const [index, { meter }] of senders.entries()) {
      meter.createCounter('jobs').add(1.5, { kind: 'a' });
      meter.createHistogram('sizes', { advice: { explicitBucketBoundaries: [1, 10] } }).record(5 + index);
      const exponential = meter.createHistogram('exponential');
      for (const value of [0, 1 + index, 1000]) exponential.record(value);
    }
    for (const sender of senders) await sender.sync();
    const [jobs] = read(store, 'jobs');
    expect(jobs).toMatchObject({ value: 3, attributes: { kind: 'a' } });
    expect(jobs?.exemplars).toHaveLength(2);
    expect(values(store, 'sizes')).toEqual([
      { buckets: { boundaries: [1, 10], counts: [0, 2, 0] }, count: 2, sum: 11, min: 5, max: 6 },
    ]);
    expect(values(store, 'exponential')).toMatchObject([{ count: 6, zeroCount: 2, sum: 2003, min: 0, max: 1000 }]);
  });

  it('keeps what an ended process has counted, ends its gauges, and adds what its successor counts', async () => {
    const store = new MergedStore();
    const first = new Sender(store);
    first.meter.createCounter('jobs').add(5);
    first.meter.createUpDownCounter('connections').add(2);
    first.meter.createHistogram('sizes').record(1);
    await first.sync();
    const [before] = read(store, 'jobs');
    first.end();
    expect(values(store, 'connections')).toEqual([]);
    const second = new Sender(store);
    second.meter.createCounter('jobs').add(1);
    second.meter.createUpDownCounter('connections').add(1);
    await second.sync();
    expect(values(store, 'jobs')).toEqual([6]);
    expect(values(store, 'sizes')).toMatchObject([{ count: 1 }]);
    expect(values(store, 'connections')).toEqual([1]);
    expect(read(store, 'jobs')[0]?.startTime).toEqual(before?.startTime);
  });

  it('counts nothing twice if frames are delivered twice, and refuses frames after one that is missing', async () => {
    const store = new MergedStore();
    const sender = new Sender(store);
    const jobs = sender.meter.createCounter('jobs');
    jobs.add(5);
    const first = await sender.frames();
    sender.receive(first);
    jobs.add(2);
    const second = await sender.frames();
    sender.receive(second);
    sender.receive(first);
    sender.receive(second);
    expect(values(store, 'jobs')).toEqual([7]);
    jobs.add(1);
    await sender.frames();
    jobs.add(1);
    const fourth = await sender.frames();
    expect(() => sender.receive(fourth)).toThrow(FrameError);
    expect(values(store, 'jobs')).toEqual([7]);
  });

  it('refuses a frame that is cut at any byte, and keeps the values from before', async () => {
    const store = new MergedStore();
    const sender = new Sender(store);
    sender.meter.createHistogram('sizes').record(3, { kind: 'a' });
    const [frame = Buffer.alloc(0)] = await sender.frames();
    for (let length = 7; length < frame.length; length++) {
      const decoder = new StateDecoder(new MergedStore(), '1');
      const reader = new FrameReader(frame.subarray(6, length));
      // A frame that ends between two records is shorter, and complete in itself.
      try {
        decoder.apply(reader);
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
      }
    }
    sender.receive([frame]);
    expect(values(store, 'sizes')).toMatchObject([{ count: 1 }]);
  });

  it('sends nothing but the series that have changed', async () => {
    const sender = new Sender(new MergedStore());
    const jobs = sender.meter.createCounter('jobs');
    for (let i = 0; i < 1000; i++) jobs.add(1, { i });
    const all = (await sender.frames()).reduce((sum, { length }) => sum + length, 0);
    jobs.add(1, { i: 7 });
    const changed = (await sender.frames()).reduce((sum, { length }) => sum + length, 0);
    expect(all).toBeGreaterThan(10_000);
    expect(changed).toBeLessThan(250);
  });

  it('keeps the count of a series that one process removes while another one has it, and drops it with the last', async () => {
    const store = new MergedStore();
    const senders = [new Sender(store), new Sender(store)];
    const counters = senders.map(({ meter }) => meter.createCounter('jobs'));
    for (const counter of counters) counter.add(5, { kind: 'a' });
    for (const sender of senders) await sender.sync();
    (counters[0] as unknown as { remove(attributes: Attributes): void }).remove({ kind: 'a' });
    await senders[0]?.sync();
    expect(values(store, 'jobs')).toEqual([10]);
    (counters[1] as unknown as { remove(attributes: Attributes): void }).remove({ kind: 'a' });
    await senders[1]?.sync();
    expect(values(store, 'jobs')).toEqual([]);
  });

  it('never lowers a sum of fractions because the order of processes changes', async () => {
    const store = new MergedStore();
    const senders = Array.from({ length: 6 }, () => new Sender(store));
    for (const [index, { meter }] of senders.entries()) meter.createCounter('seconds').add(0.1 * (index + 1) ** 3);
    for (const sender of senders) await sender.sync();
    let last = values(store, 'seconds')[0] as number;
    for (const sender of senders.reverse()) {
      sender.end();
      const [value] = values(store, 'seconds') as number[];
      expect(value).toBeGreaterThanOrEqual(last);
      last = value ?? Number.NaN;
    }
    expect(last).toBeCloseTo(44.1);
  });

  it('holds the cardinality limit of the metric over all processes, and aggregates the rest into the overflow series', async () => {
    const store = new MergedStore(10);
    const senders = [new Sender(store), new Sender(store)];
    for (const [index, { meter }] of senders.entries()) {
      const jobs = meter.createCounter('jobs');
      for (let i = 0; i < 8; i++) jobs.add(1, { process: `${index}`, i });
    }
    for (const sender of senders) await sender.sync();
    const points = read(store, 'jobs');
    expect(points).toHaveLength(11);
    expect(points.find(({ attributes }) => attributes[OVERFLOW_ATTRIBUTE] === true)?.value).toBe(6);
    expect(points.reduce((sum, { value }) => sum + (value as number), 0)).toBe(16);
  });

  it('leaves out the histogram of a process whose boundaries differ', async () => {
    const store = new MergedStore();
    const senders = [new Sender(store), new Sender(store)];
    for (const [index, { meter }] of senders.entries()) {
      meter.createHistogram('sizes', { advice: { explicitBucketBoundaries: [1, 2 + index] } }).record(1);
    }
    for (const sender of senders) await sender.sync();
    expect(values(store, 'sizes')).toMatchObject([{ count: 1, buckets: { boundaries: [1, 2] } }]);
  });

  it.each<[GaugeMerge | undefined, unknown[]]>([
    ['sum', [9]],
    ['min', [2]],
    ['max', [4]],
    ['mean', [3]],
    ['last', [3]],
    ['process', [2, 4, 3]],
    [undefined, [9]],
  ])('merges documented gauges by the rule %s', async (merge, expected) => {
    const store = new MergedStore();
    for (const [index, value] of [2, 4, 3].entries()) {
      const sender = new Sender(store, String(index + 1));
      sender.meter.createGauge('level', documented(merge)).record(value);
      await sender.sync();
    }
    expect(values(store, 'level')).toEqual(expected);
    const labels = read(store, 'level').map(({ attributes }) => attributes.process);
    expect(labels).toEqual(merge === 'process' ? ['1', '2', '3'] : [undefined]);
  });

  it('does not take the zero that a process starts with for the last value of a gauge', async () => {
    const store = new MergedStore();
    for (const value of [7, undefined]) {
      const sender = new Sender(store);
      const level = sender.meter.createGauge('level', documented('last'));
      if (value !== undefined) level.record(value);
      await sender.sync();
    }
    expect(values(store, 'level')).toEqual([7]);
  });

  it('serves undocumented gauges as one series for each process', async () => {
    const store = new MergedStore();
    for (const label of ['1', '2']) {
      const sender = new Sender(store, label);
      sender.meter.createGauge('temperature').record(Number(label));
      await sender.sync();
    }
    expect(read(store, 'temperature').map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ process: '1' }, 1],
      [{ process: '2' }, 2],
    ]);
  });

  it('adds the series of the process that collects, for each of its readers once', async () => {
    const store = new MergedStore();
    const worker = new Sender(store);
    worker.meter.createCounter('jobs').add(3, { kind: 'a' });
    await worker.sync();
    const own = new Sender(new MergedStore());
    own.meter.createCounter('jobs').add(4, { kind: 'a' });
    const collect = async (reader: object) => {
      const collected = await (own as unknown as { producer: SliceProducer }).producer.collectSlices();
      return store.merge(collected, '0', reader).flatMap((stream) => [...stream.slices()].flat());
    };
    const other = {};
    for (const reader of [READER, other, READER, other]) {
      expect((await collect(reader)).map(({ value }) => value)).toEqual([7]);
    }
  });
});

describe('an asynchronous counter of several processes', () => {
  it('counts each process once if a callback fails and recovers', async () => {
    const store = new MergedStore();
    const failing = new Sender(store, '1');
    const other = new Sender(store, '2');
    let fails = false;
    failing.meter.createObservableCounter('observed').addCallback((result) => {
      if (fails) throw new Error('no value');
      result.observe(2);
    });
    other.meter.createObservableCounter('observed').addCallback((result) => result.observe(3));
    await failing.sync();
    await other.sync();
    fails = true;
    await failing.sync();
    expect(values(store, 'observed')).toEqual([5]);
    fails = false;
    await failing.sync();
    expect(values(store, 'observed')).toEqual([5]);
  });

  it('loses a series that one of them no longer observes, and has it once when it is observed again', async () => {
    const store = new MergedStore();
    const first = new Sender(store, '1');
    const other = new Sender(store, '2');
    let isObserved = true;
    first.meter.createObservableCounter('observed').addCallback((result) => {
      if (isObserved) result.observe(2);
    });
    other.meter.createObservableCounter('observed').addCallback((result) => result.observe(3));
    await first.sync();
    await other.sync();
    isObserved = false;
    await first.sync();
    expect(values(store, 'observed')).toEqual([3]);
    isObserved = true;
    await first.sync();
    expect(values(store, 'observed')).toEqual([5]);
  });
});
