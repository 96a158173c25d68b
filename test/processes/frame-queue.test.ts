import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FrameQueue } from '../../src/processes/frame-queue';

describe('FrameQueue', () => {
  it('handles frames in their order, in later turns, and lets the event loop run when a millisecond has passed', async () => {
    const queue = new FrameQueue();
    const handled: number[] = [];
    const turns = new Set<number>();
    let turn = 0;
    for (let i = 0; i < 20; i++) {
      queue.add({}, () => {
        handled.push(i);
        turns.add(turn);
        for (const start = performance.now(); performance.now() - start < 0.5; );
      });
    }
    expect(handled).toEqual([]);
    while (handled.length < 20) {
      turn++;
      await nextTurn();
    }
    expect(handled).toEqual([...handled].sort((a, b) => a - b));
    expect(turns.size).toBeGreaterThanOrEqual(8);
  });

  it('handles what is left of one source at once when that is asked for, and the frames of others later', async () => {
    const queue = new FrameQueue();
    const handled: string[] = [];
    const [one, other] = [{}, {}];
    for (const name of ['a', 'b']) {
      queue.add(one, () => handled.push(`one ${name}`));
      queue.add(other, () => handled.push(`other ${name}`));
    }
    queue.flush(one);
    expect(handled).toEqual(['one a', 'one b']);
    while (handled.length < 4) await nextTurn();
    expect(handled.slice(2)).toEqual(['other a', 'other b']);
    queue.add(one, () => handled.push('one c'));
    while (handled.length < 5) await nextTurn();
  });
});
