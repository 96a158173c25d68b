import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CollectedPoint } from '../../src/collection/points';
import type { CollectedStream } from '../../src/collection/slices';
import { MeterProvider } from '../../src/engine/meter-provider';
import { PrometheusReader } from '../../src/exporter/prometheus-reader';
import { readBody } from '../../src/http/read-body';
import { TestReader } from './readers';

async function findStream(reader: TestReader, name: string): Promise<CollectedStream | undefined> {
  const { streams } = await reader.producer.collectSlices();
  return streams.find(({ descriptor }) => descriptor.name === name);
}

const copy = (slices: Iterable<readonly CollectedPoint[]> = []): CollectedPoint[] =>
  Array.from(slices, (points) => structuredClone(points)).flat();

const series = fc.nat(300).map((id) => ({ id: `${id}` }));
const change = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), series, value: fc.nat(9) }),
  fc.record({ kind: fc.constant('record' as const), series, value: fc.double({ min: 0, max: 20, noNaN: true }) }),
  fc.record({ kind: fc.constant('remove' as const), series }),
);

describe('reused points', () => {
  it('are equal to points of their own, whatever was recorded and removed before, exemplars included', async () => {
    const rounds = fc.array(fc.array(change, { minLength: 1, maxLength: 400 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(rounds, async (steps) => {
        const reader = new TestReader();
        const meter = new MeterProvider({ readers: [reader], exemplarFilter: 'always_on' }).getMeter('test');
        const counter = meter.createCounter('count');
        const distribution = meter.createHistogram('seconds', { advice: { explicitBucketBoundaries: [1, 10] } });
        for (const changes of steps) {
          for (const each of changes) {
            if (each.kind === 'count') counter.add(each.value, each.series);
            else if (each.kind === 'record') distribution.record(each.value, each.series);
            else {
              counter.remove(each.series);
              distribution.remove(each.series);
            }
          }
          for (const name of ['count', 'seconds']) {
            const stream = await findStream(reader, name);
            const own = copy(stream?.slices());
            expect(copy(stream?.reused?.slices())).toEqual(own);
            const attributes = stream === undefined ? [] : [...(stream.reused?.attributes() ?? [])].flat();
            expect(attributes).toEqual(own.map((point) => point.attributes));
            // All measurements have exemplars.
            expect(stream?.reused?.numbers).toBeUndefined();
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are read as numbers alone if they are numbers without exemplars, except those of removed series', async () => {
    const steps = fc.array(change, { minLength: 1, maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(steps, steps, async (before, meanwhile) => {
        const reader = new TestReader();
        const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
        const counter = meter.createCounter('count');
        const gauge = meter.createGauge('level');
        const histogram = meter.createHistogram('seconds');
        const apply = (changes: readonly (typeof before)[number][]) => {
          for (const each of changes) {
            if (each.kind === 'count') counter.add(each.value, each.series);
            else if (each.kind === 'record') gauge.record(-each.value, each.series);
            else counter.remove(each.series);
            if (each.kind === 'remove') gauge.remove(each.series);
          }
        };
        apply(before);
        histogram.record(1);
        const streams = await Promise.all(['count', 'level'].map((name) => findStream(reader, name)));
        expect((await findStream(reader, 'seconds'))?.reused?.numbers).toBeUndefined();
        apply(meanwhile);
        for (const stream of streams) {
          const numbers = Array.from(stream?.reused?.numbers?.() ?? [], (piece) => [...piece]).flat();
          expect(numbers).toEqual(copy(stream?.slices()).map(({ value }) => value));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('have another generation when a series begins or ends, and the same one when values change', async () => {
    const reader = new TestReader();
    const counter = new MeterProvider({ readers: [reader] }).getMeter('test').createCounter('count');
    const collect = async () => (await findStream(reader, 'count'))?.reused;
    counter.add(1, { id: 'a' });
    const first = await collect();
    counter.add(1, { id: 'a' });
    expect((await collect())?.generation).toBe(first?.generation);
    expect(first?.isCurrent()).toBe(true);
    counter.add(1, { id: 'b' });
    expect(first?.isCurrent()).toBe(false);
    const second = await collect();
    counter.remove({ id: 'b' });
    expect(second?.isCurrent()).toBe(false);
    const generations = [first, second, await collect()].map((each) => each?.generation);
    expect(new Set(generations).size).toBe(3);
  });

  it('do not hide that a series which begins later has the labels of another one', async () => {
    const reader = new PrometheusReader({ scopeInfoEnabled: false, targetInfoEnabled: false, selfMetrics: false });
    const counter = new MeterProvider({ readers: [reader] }).getMeter('test').createCounter('count');
    const page = async () => (await readBody((await reader.scrape()).body)).toString();
    counter.add(1, { 'a.b': 'x' });
    expect(await page()).toContain('count_total{a_b="x"} 1\n');
    counter.add(2, { a_b: 'x' });
    expect(await page()).toContain('count_total{a_b="x"} 3\n');
  });
});
