import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import * as promClient from 'prom-client';
import { describe, expect, it } from 'vitest';
import * as ours from '../../../src/bridges/prom-client';

// The same programs run on prom-client and on the classes of this package, and must leave the same text and the same JSON.

type Library = typeof promClient;

interface Metrics {
  readonly registry: promClient.Registry;
  readonly counter: promClient.Counter;
  readonly gauge: promClient.Gauge;
  readonly histogram: promClient.Histogram;
  readonly summary: promClient.Summary;
  readonly plain: promClient.Counter | promClient.Gauge;
}

function createMetrics({ Registry, Counter, Gauge, Histogram, Summary }: Library, contentType: string): Metrics {
  const registry = new Registry();
  registry.setContentType(contentType as never);
  const options = { help: 'He\\lp\n"text"', labelNames: ['a', 'b'], registers: [registry] };
  return {
    registry,
    counter: new Counter({ name: 'counter', ...options }),
    gauge: new Gauge({ name: 'gauge', ...options }),
    histogram: new Histogram({ name: 'histogram', buckets: [0, 1, 2.5], ...options }),
    summary: new Summary({ name: 'summary', percentiles: [0, 0.5, 0.99, 1], compressCount: 3, ...options }),
    plain: new Gauge({ name: 'plain', help: 'h', registers: [registry] }),
  };
}

/** One call: returns what it throws, or nothing. */
type Step = (metrics: Metrics) => void;

const labelValue = fc.oneof(fc.constantFrom('x', 'y', '', 'é', 'q"uo\\te\n'), fc.integer({ min: 0, max: 2 }));
const labels = fc.record({ a: labelValue, b: labelValue }, { requiredKeys: [] });
const unknownLabels = { unknown: 'x' } as never;
const amount = fc.oneof(
  fc.integer({ min: -2, max: 5 }),
  fc.double({ min: 0, max: 10, noNaN: true }),
  fc.constantFrom(Infinity, 'three'),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(labels, amount).map(
    ([set, n]): Step =>
      ({ counter }) =>
        counter.inc(set, n as number),
  ),
  labels.map(
    (set): Step =>
      ({ counter }) =>
        counter.inc(set),
  ),
  fc.tuple(labels, amount).map(
    ([set, n]): Step =>
      ({ counter }) =>
        counter.labels(set).inc(n as number),
  ),
  fc.tuple(labels, amount).map(
    ([set, n]): Step =>
      ({ gauge }) =>
        gauge.set(set, n as number),
  ),
  fc.tuple(labels, amount).map(
    ([set, n]): Step =>
      ({ gauge }) =>
        gauge.inc(set, n as number),
  ),
  fc.tuple(labels, amount).map(
    ([set, n]): Step =>
      ({ gauge }) =>
        gauge.labels(set).dec(Number(n)),
  ),
  amount.map(
    (n): Step =>
      ({ plain }) =>
        plain.inc(n as number),
  ),
  fc.constant<Step>(({ plain }) => plain.inc()),
  fc.tuple(labels, amount).map(
    ([set, n]): Step =>
      ({ histogram }) =>
        histogram.observe(set, n as number),
  ),
  amount.map(
    (n): Step =>
      ({ histogram }) =>
        histogram.observe(n as number),
  ),
  labels.map(
    (set): Step =>
      ({ histogram }) =>
        histogram.zero(set),
  ),
  fc.tuple(labels, amount).map(
    ([set, n]): Step =>
      ({ summary }) =>
        summary.observe(set, n as number),
  ),
  fc.tuple(labelValue, labelValue).map(
    ([a, b]): Step =>
      ({ summary }) =>
        summary.labels(String(a), String(b)).observe(1),
  ),
  fc.constantFrom<Step>(
    ({ counter }) => counter.labels('one').inc(),
    ({ counter }) => counter.inc(unknownLabels),
    ({ gauge }) => gauge.set(unknownLabels, 1),
    ({ histogram }) => histogram.observe(unknownLabels, 1),
    ({ summary }) => summary.labels(unknownLabels).observe(1),
    ({ counter }) => counter.reset(),
    ({ gauge }) => gauge.reset(),
    ({ histogram }) => histogram.reset(),
    ({ summary }) => summary.reset(),
    ({ plain }) => plain.reset(),
    ({ registry }) => registry.resetMetrics(),
    ({ registry }) => registry.removeSingleMetric('gauge'),
    ({ registry }) => registry.setDefaultLabels({ a: 'default', zone: 'z' }),
  ),
  labels.map(
    (set): Step =>
      ({ counter, gauge, histogram, summary }) => {
        for (const metric of [counter, gauge, histogram, summary]) metric.remove(set);
      },
  ),
);

function attempt(run: Step, metrics: Metrics): string {
  try {
    run(metrics);
    return 'done';
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

/** JSON has no -0, which equals 0 on a page. */
function withoutSigns(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}

const CONTENT_TYPES = [promClient.Registry.PROMETHEUS_CONTENT_TYPE, promClient.Registry.OPENMETRICS_CONTENT_TYPE];

describe('the classes of meterbridge/prom-client', () => {
  it('leave the same text and JSON, and throw the same errors, as those of prom-client', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.constantFrom(...CONTENT_TYPES),
        async (program, contentType) => {
          const theirs = createMetrics(promClient, contentType);
          const own = createMetrics(ours as unknown as Library, contentType);
          expect(program.map((run) => attempt(run, own))).toEqual(program.map((run) => attempt(run, theirs)));
          expect(await own.registry.metrics()).toBe(await theirs.registry.metrics());
          expect(withoutSigns(await own.registry.getMetricsAsJSON())).toEqual(
            withoutSigns(await theirs.registry.getMetricsAsJSON()),
          );
        },
      ),
    );
  });

  it('estimate the quantiles that prom-client estimates', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 200 }), async (values) => {
        const [theirs = [], own = []] = await Promise.all(
          [promClient, ours as unknown as Library].map(async ({ Summary }) => {
            const summary = new Summary({ name: 's', help: 'h', registers: [] });
            for (const value of values) summary.observe(value);
            return (await summary.get()).values.map(({ value }) => value);
          }),
        );
        // The digest is compressed in random order, which changes the last digit.
        for (const [i, value] of theirs.entries()) expect(own[i]).toBeCloseTo(value, 6);
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['linearBuckets', [0, 5, 4]],
    ['linearBuckets', [0, 5, 0]],
    ['exponentialBuckets', [1, 2, 6]],
    ['exponentialBuckets', [0, 2, 6]],
    ['exponentialBuckets', [1, 1, 6]],
    ['exponentialBuckets', [1, 2, 0]],
  ] as const)('%s%j has the result of prom-client', (name, args) => {
    const call = (library: Library) => {
      try {
        return library[name](...(args as unknown as [number, number, number]));
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(call(ours as unknown as Library)).toEqual(call(promClient));
  });

  it('combine the metrics of several processes as prom-client does', async () => {
    const combine = async ({ Registry, Counter, Gauge, Histogram, AggregatorRegistry }: Library) => {
      const processes = [1, 2, 3].map((n) => {
        const registry = new Registry();
        const registers = [registry];
        new Counter({ name: 'c', help: 'h', labelNames: ['x'], registers }).inc({ x: n % 2 }, n);
        for (const aggregator of ['sum', 'first', 'omit', 'average', 'min', 'max'] as const) {
          new Gauge({ name: `g_${aggregator}`, help: 'h', aggregator, registers }).set(n);
        }
        new Histogram({ name: 'h', help: 'h', buckets: [1, 2], registers }).observe(n);
        return registry.getMetricsAsJSON();
      });
      return AggregatorRegistry.aggregate(await Promise.all(processes)).metrics();
    };
    expect(await combine(ours as unknown as Library)).toBe(await combine(promClient));
  });

  it('register the default metrics of prom-client, with its options', async () => {
    const shape = async ({ Registry, collectDefaultMetrics }: Library) => {
      const registry = new Registry();
      collectDefaultMetrics({ register: registry, prefix: 'app_', labels: { zone: 'z' }, gcDurationBuckets: [0.5] });
      // The lag of the event loop is known after its next turn.
      await registry.getMetricsAsJSON();
      await setImmediate();
      const metrics = await registry.getMetricsAsJSON();
      return metrics.map(({ name, help, type, aggregator, values }) => {
        const keys = new Set(values.flatMap(({ labels: set }) => Object.keys(set).sort().join()));
        // Which garbage collections and requests there are differs from moment to moment.
        return { name, help, type, aggregator, keys: /gc_|active_/.test(name) ? [] : [...keys].sort() };
      });
    };
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect((await shape(ours as unknown as Library)).sort(byName)).toEqual((await shape(promClient)).sort(byName));
    expect([...ours.collectDefaultMetrics.metricsList]).toEqual(promClient.collectDefaultMetrics.metricsList);
  });

  it('keep label sets apart whose values contain separators, which prom-client takes for one', async () => {
    const registry = new ours.Registry();
    const counter = new ours.Counter({ name: 'c', help: 'h', labelNames: ['a', 'b'], registers: [registry] });
    counter.inc({ a: '1,b:2' });
    counter.inc({ a: '1', b: '2' });
    expect((await counter.get()).values).toHaveLength(2);
  });

  it('refuse to make a counter NaN, which prom-client accepts', () => {
    const counter = new ours.Counter({ name: 'c', help: 'h', registers: [] });
    expect(() => counter.inc(Number.NaN)).toThrow(TypeError);
  });

  it('keep the name of a metric when OpenMetrics is written, which prom-client shortens', async () => {
    const registry = new ours.Registry<ours.OpenMetricsContentType>(ours.openMetricsContentType);
    const counter = new ours.Counter({ name: 'jobs_total', help: 'h', registers: [registry] });
    expect(await registry.metrics()).toContain('# TYPE jobs counter\njobs_total 0\n');
    expect(await registry.getSingleMetricAsString('jobs_total')).toContain('jobs_total 0');
    expect(counter.name).toBe('jobs_total');
  });

  it('start a series again that was removed while a child holds it', async () => {
    const gauge = new ours.Gauge({ name: 'g', help: 'h', labelNames: ['a'], registers: [] });
    const child = gauge.labels('x');
    child.set(5);
    gauge.remove('x');
    child.inc();
    expect((await gauge.get()).values).toEqual([{ value: 1, labels: { a: 'x' } }]);
  });
});
