import { randomUUID } from 'node:crypto';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AGGREGATION_TYPE } from '../../src/collection/enums';
import type { SliceProducer } from '../../src/collection/slices';
import { MeterProvider } from '../../src/engine/meter-provider';
import { Aggregator } from '../../src/processes/aggregator';
import { FinalStates } from '../../src/processes/final-states';
import { FrameReader } from '../../src/processes/frame-reader';
import { MergedStore } from '../../src/processes/merged-store';
import { Replica, ReplicaSender } from '../../src/processes/replica';
import { FINAL_STATE_SUFFIX, groupSocketPath, socketFolder } from '../../src/processes/socket-paths';
import { WorkerReader } from '../../src/processes/worker-reader';

const READER = {};
const NONE: readonly never[] = [];

/** A process that counts. */
class Counting {
  readonly instance = randomUUID();
  private producer: SliceProducer | undefined;
  private readonly provider: MeterProvider;

  constructor() {
    const reader = new WorkerReader(() => ({ type: AGGREGATION_TYPE.DEFAULT }), {
      start: (producer) => {
        this.producer = producer;
      },
      flush: async () => {},
      shutdown: async () => {},
    });
    this.provider = new MeterProvider({ readers: [reader] });
    this.provider
      .getMeter('app')
      .createObservableCounter('observed')
      .addCallback((result) => result.observe(7));
  }

  count(value: number): this {
    this.provider.getMeter('app').createCounter('jobs').add(value, { queue: 'mail' });
    return this;
  }

  recorded() {
    return (this.producer as SliceProducer).collectRecorded().streams;
  }

  async collected() {
    return (await (this.producer as SliceProducer).collectSlices()).streams;
  }
}

/** Returns what a process has received about the one that serves. */
async function replicate(serving: Counting, ended: MergedStore): Promise<Replica> {
  const replica = new Replica(new MergedStore());
  const sender = new ReplicaSender({ instance: serving.instance, predecessors: [] }, (bytes) => {
    const frame = new FrameReader(bytes.subarray(4));
    replica.receive(frame.byte(), frame);
  });
  sender.update(await serving.collected(), true, ended.folded());
  return replica;
}

function values(store: MergedStore, name: string): unknown[] {
  const streams = store.merge({ streams: [] }, '0', READER).filter(({ descriptor }) => descriptor.name === name);
  return streams.flatMap((stream) => [...stream.slices()].flat()).map(({ value }) => value);
}

const path = groupSocketPath([randomUUID()]);
const states = new FinalStates(path);

/** Has a process take over with what others have left. Returns what it serves. */
function takeOver(replica = new Replica(new MergedStore())): Aggregator {
  const aggregator = new Aggregator(replica.store, states, async () => {
    throw new Error('no page is asked for');
  });
  aggregator.open(replica);
  return aggregator;
}

/** Returns the files that were left. */
function files(): string[] {
  return readdirSync(socketFolder()).filter((file) => file.startsWith(basename(path)));
}

describe('a process that takes over', () => {
  afterEach(() => {
    for (const instance of states.instances()) states.remove(instance);
  });

  it('keeps what processes have left that ended while nobody served, and removes their files', () => {
    const [first, second] = [new Counting().count(3), new Counting().count(4)];
    for (const each of [first, second])
      states.write({ instance: each.instance, predecessors: [] }, each.recorded(), NONE);
    expect(values(takeOver().store, 'jobs')).toEqual([7]);
    expect(files()).toEqual([]);
  });

  it('keeps the last counts of the process that served, and its observed values, once', async () => {
    const serving = new Counting().count(3);
    const ended = takeOver();
    const early = new Counting().count(10);
    states.write({ instance: early.instance, predecessors: [] }, early.recorded(), NONE);
    await ended.sync(100);
    const replica = await replicate(serving, ended.store);
    serving.count(2);
    const origin = { instance: serving.instance, predecessors: ended.predecessors };
    states.write(origin, serving.recorded(), ended.store.folded());
    const { store, predecessors } = takeOver(replica);
    expect(values(store, 'jobs')).toEqual([15]);
    expect(values(store, 'observed')).toEqual([7]);
    expect(predecessors).toContain(serving.instance);
  });

  it('counts a process once if a later one has its counts', async () => {
    const first = new Counting().count(3);
    const replica = await replicate(first, new MergedStore());
    states.write({ instance: first.instance, predecessors: [] }, first.recorded(), NONE);
    const second = takeOver();
    // It serves for a while, and ends before it has replicated anything.
    states.write({ instance: randomUUID(), predecessors: second.predecessors }, NONE, second.store.folded());
    expect(values(takeOver(replica).store, 'jobs')).toEqual([3]);
  });

  it('ignores and removes what an earlier program has left', () => {
    const old = new Counting().count(3);
    states.write({ instance: old.instance, predecessors: [] }, old.recorded(), NONE);
    const before = Date.now() / 1000 - process.uptime() - 1;
    for (const file of files()) utimesSync(join(socketFolder(), file), before, before);
    expect(values(takeOver().store, 'jobs')).toEqual([]);
    expect(files()).toEqual([]);
  });

  it('ignores a file that ends early or was written by another version, and keeps the others', () => {
    const [whole, broken] = [new Counting().count(3), new Counting().count(4)];
    states.write({ instance: whole.instance, predecessors: [] }, whole.recorded(), NONE);
    states.write({ instance: broken.instance, predecessors: [] }, broken.recorded(), NONE);
    const file = files().find((each) => each.includes(broken.instance)) ?? '';
    writeFileSync(join(socketFolder(), file), Buffer.from([3, 0, 0, 0, 2, 0, 1]));
    const other = `${basename(path)}.${randomUUID()}${FINAL_STATE_SUFFIX}`;
    const content = Buffer.from('\u0009\u0000{"version":0}');
    content[1] = content.length - 2;
    const length = Buffer.alloc(4);
    length.writeUInt32LE(content.length);
    writeFileSync(join(socketFolder(), other), Buffer.concat([length, content]));
    expect(values(takeOver().store, 'jobs')).toEqual([3]);
    expect(files()).toEqual([]);
  });
});
