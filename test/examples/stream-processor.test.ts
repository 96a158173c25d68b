import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/systems/generated/stream-processor';
import { freePort, until } from '../servers/processes';
import { missingFamilies, type RunningExample, runExample, samples } from './programs';

interface Reading {
  readonly id: string;
  readonly sensor: string;
  readonly time: number;
  readonly value: number | null;
}

describe('the stream-processor example', () => {
  let folder: string;
  let example: RunningExample;
  let port: number;
  const run = () =>
    runExample('stream-processor', {
      PORT: String(port),
      API_PORT: '0',
      DATA_DIR: folder,
      CHECKPOINT_MILLIS: '100',
      DEDUP_CAPACITY: '50',
      STATE_OBJECTS: '4',
      STATE_TEXTS: '8',
    });
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stream-processor-'));
    port = await freePort();
    example = await run();
  });
  afterAll(async () => {
    await example.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const page = async () => samples(await example.page());
  /** Sends lines and waits until they are processed. Returns the increase of every series. */
  async function process(lines: readonly (Reading | string)[]): Promise<Map<string, number>> {
    const before = await page();
    const body = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
    const response = await fetch(`${example.api}/events`, { method: 'POST', body, headers: { connection: 'close' } });
    expect(await response.json()).toEqual({ accepted: lines.length });
    const increases = async () =>
      new Map([...(await page())].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const));
    await until(async () => {
      const done = [...(await increases())].filter(([name]) => name.startsWith('processor_events_processed{'));
      return done.reduce((sum, [, value]) => sum + value, 0) === lines.length ? true : undefined;
    });
    // A page is not of one moment: the families on the one that showed the end may be older than it.
    return increases();
  }
  const T = 1_700_000_000_000;
  let id = 0;
  const reading = (sensor: string, second: number, value: number | null): Reading => ({
    id: `r${id++}`,
    sensor,
    time: T + second * 1000,
    value,
  });
  const processed = (result: string) => `processor_events_processed{result="${result}"}`;

  it('the stream-processor example counts events that succeed, are filtered, are dropped and fail', async () => {
    const first = reading('temp-a', 0, 20);
    const growth = await process([first, first, reading('test-a', 0, 1), 'no JSON', '{"id": 1}']);
    expect(growth.get(processed('success'))).toBe(1);
    expect(growth.get(processed('dropped'))).toBe(1);
    expect(growth.get(processed('filtered'))).toBe(1);
    expect(growth.get(processed('error'))).toBe(2);
    expect(growth.get('processor_events_received')).toBe(5);
    expect(growth.get('processor_dedup_events_checked')).toBe(2);
    expect(growth.get('processor_dedup_duplicates_found')).toBe(1);
    expect(growth.get('processor_pipeline_errors{error_type="syntax"}')).toBe(1);
    expect(growth.get('processor_pipeline_errors{error_type="processing"}')).toBe(1);
    expect(growth.get('processor_operator_duration_seconds_count{operator="parse"}')).toBe(5);
    expect(growth.get('processor_windows_created{window_type="tumbling"}')).toBe(1);
    expect(growth.get('processor_windows_created{window_type="sliding"}')).toBe(2);
    expect(growth.get('processor_windows_created{window_type="session"}')).toBe(1);
  });

  it('the stream-processor example counts late and out-of-order events by the watermark', async () => {
    const growth = await process([
      reading('humidity-a', 4, 50),
      reading('humidity-a', 3, 50),
      reading('humidity-a', 0, 50),
    ]);
    expect(growth.get('processor_watermark_updates')).toBe(1);
    expect(growth.get('processor_out_of_order_events')).toBe(2);
    expect(growth.get('processor_late_events')).toBe(1);
    expect(growth.get(processed('dropped'))).toBe(1);
    await until(async () => ((await page()).get('processor_watermark_lag_seconds') ?? 0) > 0 || undefined);
  });

  it('the stream-processor example fills missing readings by each strategy', async () => {
    const growth = await process([
      reading('temp-b', 5, 10),
      reading('temp-b', 6, null),
      reading('temp-b', 7, 20),
      reading('humidity-b', 5, 40),
      reading('humidity-b', 6, null),
      reading('pressure-b', 6, null),
      reading('pressure-b', 7, 1000),
      reading('rain-b', 6, null),
      reading('noise-b', 6, null),
      reading('rain-c', 5, 3),
      reading('rain-c', 8, 3),
    ]);
    const fills = (strategy: string) => growth.get(`processor_normalization_fill_operations{strategy="${strategy}"}`);
    expect(['linear', 'forward', 'backward', 'zero', 'drop'].map(fills)).toEqual([1, 1, 1, 3, 1]);
    expect(growth.get('processor_normalization_gaps_filled')).toBe(1);
    expect(growth.get('processor_normalization_events')).toBe(11);
  });

  it('the stream-processor example counts an outlier', async () => {
    const steady = Array.from({ length: 30 }, (_, i) => reading('noise-c', 8 + i * 0.01, 50 + (i % 3)));
    const growth = await process([...steady, reading('noise-c', 8.5, 500)]);
    expect(growth.get('processor_normalization_outliers_detected')).toBe(1);
  });

  it('the stream-processor example closes complete windows and appends their results to the log', async () => {
    const growth = await process([reading('temp-z', 60, 1)]);
    expect(growth.get('processor_windows_triggered{window_type="tumbling"}')).toBeGreaterThan(3);
    expect(growth.get('processor_windows_triggered{window_type="session"}')).toBeGreaterThan(3);
    expect(growth.get('processor_aggregations_computed{aggregate_type="avg"}')).toBeGreaterThan(5);
    expect(growth.get('processor_aggregation_errors{aggregate_type="rate"}')).toBeGreaterThan(0);
    const results = await until(async () => {
      const all = (await (await fetch(`${example.api}/results`)).json()) as {
        type: string;
        sensor: string;
        start: number;
        aggregates: Record<string, number | null>;
      }[];
      return all.find(({ type, sensor }) => type === 'tumbling' && sensor === 'temp-b');
    });
    expect(results).toMatchObject({ start: T + 5000, aggregates: { count: 3, sum: 45, avg: 15, range: 10, rate: 1 } });
    const open = await page();
    expect(open.get('processor_windows_active{window_type="tumbling"}')).toBe(1);
    expect(open.get('processor_kafka_messages_produced{topic="window-results",partition="0"}')).toBeDefined();
  });

  it('the stream-processor example uses every layer of the state, and evicts values', async () => {
    const spread = Array.from({ length: 40 }, (_, i) => reading(`noise-s${i % 20}`, 61 + Math.floor(i / 20), i));
    const growth = await process(spread);
    expect(growth.get('processor_state_evictions{backend="memory"}')).toBeGreaterThan(20);
    for (const layer of ['L1', 'L2', 'L3']) {
      expect(growth.get(`processor_state_cache_misses{layer="${layer}"}`), layer).toBeGreaterThan(0);
    }
    for (const layer of ['L1', 'L3'])
      expect(growth.get(`processor_state_cache_hits{layer="${layer}"}`), layer).toBeGreaterThan(0);
    expect(growth.get('processor_state_operations{operation="get",backend="level"}')).toBeGreaterThan(0);
    expect(growth.get('processor_dedup_cache_evictions')).toBeGreaterThan(0);
    expect((await page()).get('processor_dedup_cache_size')).toBe(50);
    await until(async () => ((await page()).get('processor_state_size_bytes{backend="memory"}') ?? 0) > 0 || undefined);
  });

  it('the stream-processor example reads events from a file', async () => {
    const before = await page();
    const lines = Array.from({ length: 200 }, (_, i) => JSON.stringify(reading('rain-f', 63 + i * 0.001, i)));
    writeFileSync(join(folder, 'inbox/readings.ndjson'), `${lines.join('\n')}\n`);
    const response = await fetch(`${example.api}/files/readings.ndjson`, {
      method: 'POST',
      headers: { connection: 'close' },
    });
    expect(await response.json()).toEqual({ accepted: 200 });
    await until(
      async () =>
        ((await page()).get('processor_events_received') ?? 0) - (before.get('processor_events_received') ?? 0) ===
          200 || undefined,
    );
    expect((await fetch(`${example.api}/files/nothing.ndjson`, { method: 'POST' })).status).toBe(404);
  });

  it('the stream-processor example rejects the commit of a member that was replaced', async () => {
    await process([reading('rain-r', 65, 1)]);
    expect((await fetch(`${example.api}/rejoin`, { method: 'POST', headers: { connection: 'close' } })).status).toBe(
      204,
    );
    const errors = [...(await page())].filter(([name]) => name.startsWith('processor_kafka_offset_commit_errors{'));
    expect(errors.length).toBeGreaterThan(0);
    const growth = await process([reading('rain-r', 66, 1)]);
    expect(growth.get(processed('success'))).toBe(1);
  });

  it('the stream-processor example serves every documented family', async () => {
    expect(missingFamilies(await example.page(), catalog)).toEqual([]);
  });

  it('the stream-processor example is healthy and ready', async () => {
    const base = example.metrics.replace('/metrics', '');
    expect(await (await fetch(`${base}/health`)).json()).toMatchObject({ status: 'healthy', version: '0.1.0' });
    expect(await (await fetch(`${base}/ready`)).json()).toMatchObject({
      ready: true,
      checks: expect.arrayContaining([{ name: 'processor', ready: true, message: null }]),
    });
  });

  it('the stream-processor example continues after a restart with its state and offsets', async () => {
    const open = (await page()).get('processor_windows_active{window_type="tumbling"}');
    expect(await example.stop()).toEqual({ code: 0, signal: null });
    expect(example.stderr()).toBe('');
    example = await run();
    expect((await page()).get('processor_windows_active{window_type="tumbling"}')).toBe(open);
    expect((await page()).get('processor_events_received')).toBe(0);
    const growth = await process([reading('temp-z', 200, 1)]);
    expect(growth.get('processor_windows_triggered{window_type="tumbling"}')).toBe(open);
  });
});

describe('the stream-processor example, killed at any moment', () => {
  it('the stream-processor example has each event in a window once after it was killed at any moment', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stream-processor-killed-'));
    const T = 1_700_000_000_000;
    const sensors = Array.from({ length: 6 }, (_, i) => `noise-${i}`);
    const run = () =>
      runExample('stream-processor', {
        PORT: '0',
        API_PORT: '0',
        DATA_DIR: folder,
        CHECKPOINT_MILLIS: '70',
        STATE_OBJECTS: '2',
        STATE_TEXTS: '4',
      });
    // A line is sent until it is acknowledged. One that was accepted before a kill is then a duplicate.
    const lines = Array.from({ length: 120 }, (_, n) =>
      JSON.stringify({ id: `e${n}`, sensor: sensors[n % sensors.length], time: T + n * 10, value: n }),
    );
    let acknowledged = 0;
    try {
      for (let kill = 1; kill <= 4; kill++) {
        const example = await run();
        const end = kill * 30;
        const sending = (async () => {
          while (acknowledged < end) {
            const body = lines[acknowledged] as string;
            const response = await fetch(`${example.api}/events`, { method: 'POST', body });
            if (response.status === 202) acknowledged++;
          }
        })().catch(() => {});
        await until(() => (acknowledged >= end - 3 ? true : undefined));
        await example.stop('SIGKILL');
        await sending;
      }
      const example = await run();
      const closing = JSON.stringify({ id: 'last', sensor: 'noise-0', time: T + 60_000, value: 0 });
      const rest = [...lines.slice(acknowledged), closing];
      await fetch(`${example.api}/events`, { method: 'POST', body: rest.join('\n') });
      const results = await until(async () => {
        const all = (await (await fetch(`${example.api}/results`)).json()) as {
          type: string;
          sensor: string;
          start: number;
          aggregates: { count: number; sum: number };
        }[];
        const tumbling = all.filter(({ type }) => type === 'tumbling');
        return tumbling.length >= sensors.length ? tumbling : undefined;
      });
      const expected = sensors.map((sensor, i) => {
        const values = lines.map((_, n) => n).filter((n) => n % sensors.length === i);
        return { sensor, count: values.length, sum: values.reduce((sum, value) => sum + value, 0) };
      });
      expect(
        results
          .map(({ sensor, aggregates: { count, sum } }) => ({ sensor, count, sum }))
          .sort((a, b) => a.sensor.localeCompare(b.sensor)),
      ).toEqual(expected);
      await example.stop('SIGKILL');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('the stream-processor example, while its log is full', () => {
  it('the stream-processor example answers 429 with the number of accepted events when the log stays full', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stream-processor-rejects-'));
    // Without a checkpoint no event is committed, so the log stays full.
    const example = await runExample('stream-processor', {
      PORT: '0',
      API_PORT: '0',
      DATA_DIR: folder,
      LOG_CAPACITY: '10',
      CHECKPOINT_MILLIS: '600000',
      HOLD_MILLIS: '0',
    });
    try {
      const response = await fetch(`${example.api}/events`, { method: 'POST', body: 'x\n'.repeat(30) });
      expect(response.status).toBe(429);
      expect(await response.json()).toMatchObject({ accepted: 10 });
      await until(async () =>
        samples(await example.page()).get('processor_events_received') === 10 ? true : undefined,
      );
    } finally {
      await example.stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('the stream-processor example counts the events that it holds back until the log accepts them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'stream-processor-full-'));
    const example = await runExample('stream-processor', {
      PORT: '0',
      API_PORT: '0',
      DATA_DIR: folder,
      LOG_CAPACITY: '10',
      CHECKPOINT_MILLIS: '300',
      HOLD_MILLIS: '30000',
    });
    try {
      const lines = Array.from({ length: 60 }, (_, n) =>
        JSON.stringify({ id: `h${n}`, sensor: 'noise-1', time: 1_700_000_000_000 + n, value: n }),
      );
      const sending = fetch(`${example.api}/events`, { method: 'POST', body: lines.join('\n') });
      const held = async () => samples(await example.page()).get('processor_backpressure_events') ?? 0;
      await until(async () => ((await held()) > 10 ? true : undefined));
      expect(await (await sending).json()).toEqual({ accepted: 60 });
      await until(async () => ((await held()) === 0 ? true : undefined));
    } finally {
      await example.stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
