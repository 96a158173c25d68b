import { describe, expect, it } from 'vitest';
import { withTimeout } from '../src/timeout';

describe('withTimeout', () => {
  it('returns the result of work that is in time', async () => {
    expect(await withTimeout(Promise.resolve(1), 1000, 'late')).toBe(1);
    await expect(withTimeout(Promise.reject(new Error('broken')), 1000, 'late')).rejects.toThrow('broken');
  });

  it('rejects with the message when the work takes too long', async () => {
    await expect(withTimeout(new Promise(() => {}), 1, 'late')).rejects.toThrow('late');
  });

  it('ignores what the work rejects with afterwards', async () => {
    let fail = (_: Error) => {};
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    await expect(withTimeout(work, 1, 'late')).rejects.toThrow('late');
    // An unhandled rejection would fail the test run.
    fail(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('takes a time that is longer than a timer can be', async () => {
    let finish = (_: string) => {};
    const work = new Promise<string>((resolve) => {
      finish = resolve;
    });
    const result = withTimeout(work, 2 ** 31, 'late');
    // A timer with this delay would fire within a millisecond.
    setTimeout(() => finish('in time'), 20);
    expect(await result).toBe('in time');
  });
});
