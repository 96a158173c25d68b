import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createInstruments, measure, stopwatch } from '../../src/instruments';
import { listenToDiagnostics } from '../diagnostics';
import { serve } from '../served';
import { shop } from './shop';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => vi.useRealTimers());

/** Lets the clock go on. */
const pass = (seconds: number) => void vi.advanceTimersByTime(seconds * 1000);

const setUp = () => {
  const { wait, duration } = createInstruments(serve().provider.getMeter('shop'), shop);
  return { wait, duration };
};
const GET = { operation: 'get', result: 'success' } as const;

describe('stopwatch', () => {
  it('returns the seconds since its start, as often as it is read', () => {
    const seconds = stopwatch();
    pass(0.25);
    expect(seconds()).toBeCloseTo(0.25);
    pass(1);
    expect(seconds()).toBeCloseTo(1.25);
  });
});

describe('measure', () => {
  it('passes the result of a synchronous function on and reports success', () => {
    const done = vi.fn();
    const result = measure(() => {
      pass(2);
      return 7;
    }, done);
    expect(result).toBe(7);
    expect(done.mock.calls).toEqual([[2, 'success', 7]]);
  });

  it('passes the exception of a synchronous function on and reports an error', () => {
    const done = vi.fn();
    const error = new Error('lost');
    const fail = () => {
      pass(2);
      throw error;
    };
    expect(() => measure(fail, done)).toThrow(error);
    expect(done.mock.calls).toEqual([[2, 'error']]);
  });

  it('returns the same promise and reports when it is fulfilled', async () => {
    const done = vi.fn();
    const { promise, resolve } = withResolvers<string>();
    const result = measure(() => promise, done);
    expect(result).toBe(promise);
    pass(3);
    expect(done).not.toHaveBeenCalled();
    resolve('made');
    expect(await result).toBe('made');
    expect(done.mock.calls).toEqual([[3, 'success', 'made']]);
  });

  it('returns the same promise and reports when it is rejected', async () => {
    const done = vi.fn();
    const { promise, reject } = withResolvers<string>();
    const result = measure(() => promise, done);
    pass(3);
    reject(new Error('lost'));
    await expect(result).rejects.toThrow('lost');
    expect(done.mock.calls).toEqual([[3, 'error']]);
  });

  it('runs a thenable that starts in then, such as a query builder, once', async () => {
    const done = vi.fn();
    let runs = 0;
    const query: PromiseLike<string> = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what the test is about
      then: (resolve) => {
        runs++;
        return Promise.resolve('rows').then(resolve);
      },
    };
    expect(await measure(() => query, done)).toBe('rows');
    expect(runs).toBe(1);
    expect(done.mock.calls).toEqual([[0, 'success', 'rows']]);
  });
});

describe('a timer of a histogram', () => {
  it('records its seconds when it is stopped, and only once', () => {
    const { wait } = setUp();
    const timer = wait.startTimer();
    pass(2);
    expect(timer.stop()).toBe(2);
    pass(1);
    expect(timer.stop()).toBe(2);
    expect(wait.get()).toEqual({ count: 1, sum: 2 });
  });

  it('records on a bound series', () => {
    const { duration } = setUp();
    const bound = duration.bind(GET);
    const timer = bound.startTimer();
    pass(2);
    expect(timer.stop()).toBe(2);
    expect(bound.get()).toEqual({ count: 1, sum: 2 });
  });

  it('records when a block that declares it with using is left', () => {
    const { wait, duration } = setUp();
    const bound = duration.bind(GET);
    const work = (end: 'return' | 'throw' | 'fall through') => {
      using timer = wait.startTimer();
      using other = bound.startTimer();
      pass(1);
      expect([timer, other]).toHaveLength(2);
      if (end === 'return') return;
      if (end === 'throw') throw new Error('lost');
    };
    work('return');
    work('fall through');
    expect(() => work('throw')).toThrow('lost');
    expect(wait.get()).toEqual({ count: 3, sum: 3 });
    expect(bound.get()).toEqual({ count: 3, sum: 3 });
  });

  it('records the outcome that stop gives, and the one of the start if the block is left early', () => {
    const { duration } = setUp();
    const work = (fails: boolean) => {
      using timer = duration.startTimer({ operation: 'get', result: 'error' });
      if (fails) throw new Error('lost');
      timer.stop({ result: 'success' });
    };
    work(false);
    expect(() => work(true)).toThrow('lost');
    expect(duration.get(GET).count).toBe(1);
    expect(duration.get({ operation: 'get', result: 'error' }).count).toBe(1);
  });

  it('takes the missing labels when it is stopped', () => {
    const { duration } = setUp();
    duration.startTimer({ operation: 'get' }).stop({ result: 'success' });
    duration.startTimer().stop(GET);
    expect(duration.get(GET).count).toBe(2);
  });

  it('records missing labels as _OTHER, and does not throw for labels that cannot be read', () => {
    const diagnostics = listenToDiagnostics();
    const { duration } = setUp();
    // @ts-expect-error a label is missing
    duration.startTimer({ operation: 'get' }).stop();
    const unreadable = {
      get operation(): string {
        throw new Error('no operation');
      },
    };
    duration.startTimer(unreadable).stop({ result: 'success' });
    const all = [...duration.series()].map(({ attributes }) => attributes);
    expect(all).toEqual([
      { operation: 'get', result: '_OTHER' },
      { operation: '_OTHER', result: 'success' },
    ]);
    diagnostics.stop();
  });
});

describe('the time method of a histogram', () => {
  it('records a synchronous function and passes its result on', () => {
    const { wait, duration } = setUp();
    const work = () => {
      pass(2);
      return 7;
    };
    expect(wait.time(work)).toBe(7);
    expect(duration.time(GET, work)).toBe(7);
    expect(duration.bind(GET).time(work)).toBe(7);
    expect(wait.get()).toEqual({ count: 1, sum: 2 });
    expect(duration.get(GET)).toEqual({ count: 2, sum: 4 });
  });

  it('records an asynchronous function when it settles and passes its result or its error on', async () => {
    const { duration } = setUp();
    const { promise, resolve } = withResolvers<string>();
    const result = duration.time(GET, () => promise);
    expect(duration.get(GET).count).toBe(0);
    resolve('made');
    expect(await result).toBe('made');
    expect(duration.get(GET).count).toBe(1);
    await expect(duration.time(GET, () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
    expect(duration.get(GET).count).toBe(2);
  });

  it('takes labels that depend on the outcome', () => {
    const { duration } = setUp();
    const labels = (result: 'success' | 'error') => ({ operation: 'get', result });
    duration.time(labels, () => 1);
    expect(() =>
      duration.time(labels, () => {
        throw new Error('lost');
      }),
    ).toThrow('lost');
    expect([...duration.series()].map(({ attributes }) => attributes.result)).toEqual(['success', 'error']);
  });
});

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}
