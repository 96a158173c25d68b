import { setTimeout as sleep } from 'node:timers/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { parseExposition } from '../../../src/exposition/decode/parser';
import { measureRuntime } from '../../../src/instrumentation/runtime/measure-runtime';
import { OPENTELEMETRY_METRICS } from '../../../src/instrumentation/runtime/opentelemetry-metrics';
import { PROM_CLIENT_METRICS } from '../../../src/instrumentation/runtime/prom-client-metrics';
import type { RuntimeMetrics } from '../../../src/instrumentation/runtime/runtime-metrics';
import { type Served, serve } from '../../served';
import { until } from '../../servers/processes';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function measure(metrics: RuntimeMetrics, isTaken: (name: string) => boolean = () => false): Served {
  const served = serve({ scopeInfoEnabled: false, targetInfoEnabled: false });
  const stop = measureRuntime({ meterProvider: served.provider, metrics, isTaken });
  stops.push(() => {
    stop();
    void served.provider.shutdown();
  });
  return served;
}

interface Shape {
  readonly type: string;
  readonly help: string | undefined;
  /** The label sets of its samples; the values of labels that Node.js defines count, others do not. */
  readonly labels: readonly string[];
}

/** Returns what a page says of each family besides values. */
function shapes(page: string): Map<string, Shape> {
  return new Map(
    [...parseExposition(page)].map(([name, { type, help, samples }]) => {
      const sets = samples.map(({ name: sample, labels }) => JSON.stringify([sample, ...[...labels].sort()]));
      return [name, { type, help, labels: [...new Set(sets)].sort() }];
    }),
  );
}

/** Allocates until a page shows a garbage collection. */
async function collectGarbage(page: () => Promise<string>, family: string): Promise<string> {
  return until(async () => {
    for (let i = 0; i < 100; i++) Array.from({ length: 10_000 }, () => ({}));
    await sleep(1);
    const text = await page();
    return text.includes(`${family}_count{`) ? text : undefined;
  });
}

describe('measureRuntime with the names of prom-client', () => {
  it('serves the families of collectDefaultMetrics() with the same types, help texts and labels', async () => {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const { page } = measure(PROM_CLIENT_METRICS);
    const ours = shapes(await collectGarbage(page, 'nodejs_gc_duration_seconds'));
    const theirs = shapes(await collectGarbage(() => registry.metrics(), 'nodejs_gc_duration_seconds'));
    expect(theirs.size).toBeGreaterThan(25);
    // What is garbage-collected and active changes from moment to moment: kinds and types are compared by label name.
    const perMoment = /^nodejs_(gc_duration_seconds|active_(resources|handles|requests))$/;
    for (const [name, { type, help, labels }] of theirs) {
      // prom-client writes a family without series, which has no place in a page of ours.
      if (labels.length === 0) continue;
      expect(ours.get(name), name).toMatchObject({ type, help });
      if (!perMoment.test(name)) expect(ours.get(name)?.labels, name).toEqual(labels);
    }
    expect([...ours.keys()].filter((name) => !theirs.has(name))).toEqual([]);
    const kind = (shape: Shape | undefined) => shape?.labels.map((set) => set.replace(/"(kind|type)","\w+"/, '"$1"'));
    expect(new Set(kind(ours.get('nodejs_gc_duration_seconds')))).toEqual(
      new Set(kind(theirs.get('nodejs_gc_duration_seconds'))),
    );
  });

  it('counts handles, requests and resources by their types', async () => {
    const timer = setTimeout(() => {}, 60_000);
    try {
      const families = parseExposition(await measure(PROM_CLIENT_METRICS).page());
      const samples = (name: string) => families.get(name)?.samples ?? [];
      const timeouts = samples('nodejs_active_resources').find(({ labels }) => labels.get('type') === 'Timeout');
      expect(timeouts?.value).toBeGreaterThan(0);
      for (const name of ['nodejs_active_resources', 'nodejs_active_handles', 'nodejs_active_requests']) {
        const total = samples(name).reduce((sum, { value }) => sum + value, 0);
        expect(samples(`${name}_total`).map(({ value }) => value)).toEqual([total]);
      }
    } finally {
      clearTimeout(timer);
    }
  });

  it('shows the lag of the event loop that was blocked between two scrapes', async () => {
    const { page } = measure(PROM_CLIENT_METRICS);
    const lag = async () => parseExposition(await page()).get('nodejs_eventloop_lag_max_seconds')?.samples[0]?.value;
    await sleep(50);
    await until(async () => {
      const end = Date.now() + 200;
      while (Date.now() < end) Math.sqrt(end);
      // The delay is recorded when the timer that was held up fires.
      await sleep(50);
      return ((await lag()) ?? 0) > 0.15 ? true : undefined;
    });
  });

  it('leaves a metric to whatever else serves its name, and takes it back afterwards', async () => {
    const taken = new Set(['process_start_time_seconds', 'nodejs_gc_duration_seconds']);
    const { page } = measure(PROM_CLIENT_METRICS, (name) => taken.has(name));
    const names = async () => [...parseExposition(await page()).keys()];
    expect(await names()).not.toContain('process_start_time_seconds');
    expect(await names()).not.toContain('nodejs_gc_duration_seconds');
    expect(await names()).toContain('process_cpu_seconds_total');
    taken.clear();
    expect(await names()).toContain('process_start_time_seconds');
    await collectGarbage(page, 'nodejs_gc_duration_seconds');
  });

  it('observes nothing after it was stopped, and observes again after another start', async () => {
    const { provider, page } = serve({ scopeInfoEnabled: false, targetInfoEnabled: false });
    stops.push(() => void provider.shutdown());
    const begin = () => measureRuntime({ meterProvider: provider, metrics: PROM_CLIENT_METRICS, isTaken: () => false });
    const collections = async () =>
      [...(await page()).matchAll(/^nodejs_gc_duration_seconds_count.* (\d+)$/gm)].map(([line]) => line);
    const stop = begin();
    await collectGarbage(page, 'nodejs_gc_duration_seconds');
    stop();
    const stopped = await collections();
    // Another observer shows that there were garbage collections.
    const other = serve();
    const stopOther = measureRuntime({
      meterProvider: other.provider,
      metrics: PROM_CLIENT_METRICS,
      isTaken: () => false,
    });
    await collectGarbage(other.page, 'nodejs_gc_duration_seconds');
    stopOther();
    expect(await collections()).toEqual(stopped);
    expect(await page()).not.toContain('process_');
    stops.push(begin());
    expect(await page()).toContain('\nprocess_cpu_seconds_total ');
    await until(async () => {
      await collectGarbage(page, 'nodejs_gc_duration_seconds');
      return (await collections()).join() === stopped.join() ? undefined : true;
    });
    await other.provider.shutdown();
  });
});

describe('measureRuntime with the names of OpenTelemetry', () => {
  it('records the metrics of the semantic conventions with their units', async () => {
    const { page } = measure(OPENTELEMETRY_METRICS);
    const served = parseExposition(await collectGarbage(page, 'v8js_gc_duration_seconds'));
    const families = [...served].map(([name, { type }]) => `${name} ${type}`).sort();
    const linux = ['process_memory_virtual_bytes gauge', 'process_unix_file_descriptor_count gauge'];
    expect(families).toEqual(
      [
        'nodejs_eventloop_delay_max_seconds gauge',
        'nodejs_eventloop_delay_mean_seconds gauge',
        'nodejs_eventloop_delay_min_seconds gauge',
        'nodejs_eventloop_delay_p50_seconds gauge',
        'nodejs_eventloop_delay_p90_seconds gauge',
        'nodejs_eventloop_delay_p99_seconds gauge',
        'nodejs_eventloop_delay_stddev_seconds gauge',
        'nodejs_eventloop_time_seconds_total counter',
        'nodejs_eventloop_utilization gauge',
        'process_cpu_time_seconds_total counter',
        'process_memory_usage_bytes gauge',
        'process_uptime_seconds gauge',
        'v8js_gc_duration_seconds histogram',
        'v8js_memory_heap_space_available_size_bytes gauge',
        'v8js_memory_heap_space_physical_size_bytes gauge',
        'v8js_memory_heap_space_size_bytes gauge',
        'v8js_memory_heap_used_bytes gauge',
        'v8js_resource_active gauge',
        ...(process.platform === 'linux' ? linux : []),
      ].sort(),
    );
    const attributes = (name: string) =>
      [...(served.get(name)?.samples[0]?.labels.keys() ?? [])].filter((key) => key !== 'le');
    expect(attributes('process_cpu_time_seconds_total')).toEqual(['cpu_mode']);
    expect(attributes('v8js_gc_duration_seconds')).toEqual(['v8js_gc_type']);
    expect(attributes('v8js_memory_heap_used_bytes')).toEqual(['v8js_heap_space_name']);
    expect(attributes('nodejs_eventloop_time_seconds_total')).toEqual(['nodejs_eventloop_state']);
  });
});
