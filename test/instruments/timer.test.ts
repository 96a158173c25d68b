import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startTimer, time, timeSync } from '../../src/instruments';

describe('timers', () => {
  it('give the seconds since the start, each time they are asked', async () => {
    const seconds = startTimer();
    await sleep(20);
    const first = seconds();
    await sleep(20);
    expect(first).toBeGreaterThan(0.015);
    expect(seconds()).toBeGreaterThan(first + 0.015);
    expect(seconds()).toBeLessThan(5);
  });

  it('pass on what work returns, and tell how it went', async () => {
    const told: [number, string][] = [];
    const done = (seconds: number, outcome: string) => void told.push([seconds, outcome]);
    expect(await time(() => sleep(10, 'made'), done)).toBe('made');
    expect(await time(() => 'at once', done)).toBe('at once');
    expect(timeSync(() => 7, done)).toBe(7);
    expect(told.map(([, outcome]) => outcome)).toEqual(['success', 'success', 'success']);
    expect(told[0]?.[0]).toBeGreaterThan(0.008);
  });

  it('pass on what work throws, and tell that too', async () => {
    const told: string[] = [];
    const done = (_: number, outcome: string) => void told.push(outcome);
    const fail = () => {
      throw new Error('lost');
    };
    await expect(time(fail, done)).rejects.toThrow('lost');
    await expect(time(async () => fail(), done)).rejects.toThrow('lost');
    expect(() => timeSync(fail, done)).toThrow('lost');
    expect(told).toEqual(['error', 'error', 'error']);
  });
});
