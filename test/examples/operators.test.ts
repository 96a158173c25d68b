import { MeterProvider } from 'meterbridge';
import { StreamProcessor } from 'meterbridge/systems/stream-processor';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Operators } from '../../examples/stream-processor/operators';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('an operator of the stream processor is active until it has had no event for five seconds', () => {
  const metrics = new StreamProcessor(new MeterProvider().getMeter('operators'));
  const operators = new Operators(metrics);
  const active = () => {
    operators.updateActive();
    return metrics.instruments.pipelineOperatorsActive.get();
  };
  expect(active()).toBe(0);
  void operators.run('parse', () => 1);
  void operators.run('filter', () => true);
  expect(active()).toBe(2);
  vi.advanceTimersByTime(4000);
  // An operator that fails is in use.
  expect(() =>
    operators.run('parse', () => {
      throw new Error('invalid');
    }),
  ).toThrow('invalid');
  expect(active()).toBe(2);
  vi.advanceTimersByTime(4000);
  expect(active()).toBe(1);
  vi.advanceTimersByTime(4000);
  expect(active()).toBe(0);
});
