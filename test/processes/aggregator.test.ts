import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { Aggregator } from '../../src/processes/aggregator';
import { FinalStates } from '../../src/processes/final-states';
import { FRAME, PROTOCOL_VERSION, SOURCE } from '../../src/processes/frame-types';
import { FrameWriter } from '../../src/processes/frame-writer';
import { MergedStore } from '../../src/processes/merged-store';
import { StateEncoder } from '../../src/processes/state-encoder';
import { TestReader } from '../engine/readers';

const folder = mkdtempSync(join(tmpdir(), 'frames-'));

describe('Aggregator', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Returns a frame of what a counter has counted, which is one more each time. */
  async function stateFrames(count: number): Promise<Buffer[]> {
    const reader = new TestReader();
    const counter = new MeterProvider({ readers: [reader] }).getMeter('test').createCounter('jobs');
    const encoder = new StateEncoder(SOURCE.OWN);
    const frames: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      counter.add(1);
      const { streams } = await reader.producer.collectSlices();
      frames.push(...[...encoder.encode(streams, true, 0)].filter((frame) => frame !== undefined));
    }
    return frames;
  }

  function hello(): Buffer {
    const writer = new FrameWriter();
    writer.byte(FRAME.HELLO);
    writer.text(JSON.stringify({ version: PROTOCOL_VERSION, instance: 'a', pid: process.pid }));
    return writer.finish();
  }

  function malformed(sequence: number): Buffer {
    const writer = new FrameWriter();
    writer.byte(FRAME.STATE);
    writer.integer(SOURCE.OWN);
    writer.integer(sequence);
    writer.byte(99);
    return writer.finish();
  }

  async function sendAndClose(frames: readonly Buffer[], closes: boolean): Promise<unknown[]> {
    const path = join(folder, 'group.sock');
    const store = new MergedStore();
    const aggregator = new Aggregator(store, new FinalStates(path), () => Promise.reject(new Error('no page')));
    aggregator.open();
    expect(await aggregator.listen(path)).toBe(true);
    const socket = connect(path);
    socket.on('error', () => {});
    socket.write(Buffer.concat([hello(), ...frames]));
    if (closes) socket.end();
    await new Promise((resolve) => socket.resume().once('close', resolve));
    while (aggregator.workers > 0) await nextTurn();
    const values = store
      .merge({ streams: [] } as never, '0', {})
      .flatMap((stream) => [...stream.slices()].flat().map(({ value }) => value));
    aggregator.close();
    return values;
  }

  it('keeps what a worker has sent right before it closed the connection', async () => {
    expect(await sendAndClose(await stateFrames(3), true)).toEqual([3]);
  });

  it('closes the connection of a worker that sends a malformed state, and keeps what came before it alone', async () => {
    const [first, , third] = (await stateFrames(3)) as [Buffer, Buffer, Buffer];
    expect(await sendAndClose([first, malformed(2), third], false)).toEqual([1]);
  });
});
