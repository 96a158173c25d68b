import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drive } from '../../examples/ticker/traffic';
import { catalog } from '../../src/systems/generated/ticker';
import { freePort, until } from '../servers/processes';
import { missingFamilies, type RunningExample, runExample, samples } from './programs';

describe('the ticker example, preloaded', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ticker-'));
  let ticker: RunningExample;
  beforeAll(async () => {
    ticker = await runExample(
      'ticker',
      {
        METERBRIDGE_SYSTEMS: 'ticker',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
        API_PORT: '0',
        TICK_MILLIS: '50',
        DATA_DIR: join(folder, 'ticker'),
      },
      ['--require', 'meterbridge/register'],
    );
  });
  afterAll(async () => {
    await ticker.stop('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const call = (method: string, path: string, body?: object, token = 'dagda') =>
    fetch(ticker.api + path, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  async function sample(series: string): Promise<number | undefined> {
    return samples(await ticker.page()).get(series);
  }

  it("the preloaded ticker example serves the controller's status and every status of each shard", async () => {
    const page = samples(await ticker.page());
    expect(page.get('dagda_status')).toBe(1);
    expect(page.get('dagda_shards_total')).toBe(2);
    for (const status of ['idle', 'in_progress', 'completed', 'paused', 'stopped']) {
      expect(page.get(`dagda_workers_by_status{status="${status}",shard_id="shard-0"}`), status).toBe(0);
    }
  });

  it('the preloaded ticker example counts the steps of a worker, and removes its series after it has ended', async () => {
    const started = await call('POST', '/shards/shard-0/workers', { blueprint: 'hash', steps: 5 });
    expect(started.status).toBe(201);
    const { id } = (await started.json()) as { id: string };
    const labels = `{worker_id="${id}",blueprint="hash"}`;
    await until(async () => ((await sample(`dagda_worker_progress_ratio${labels}`)) === 1 ? true : undefined));
    const page = samples(await ticker.page());
    expect(page.get(`dagda_worker_ticks_total${labels}`)).toBe(5);
    expect(page.get('dagda_worker_operations_total{operation="completed",status="success"}')).toBe(1);
    expect(page.get('dagda_worker_operations_total{operation="worker_start",status="success"}')).toBe(1);
    expect(page.get('dagda_worker_processing_duration_seconds_count{message_type="progress"}')).toBe(4);
    expect(page.get('dagda_worker_processing_duration_seconds_count{message_type="completed"}')).toBe(1);
    await until(async () => ((await sample(`dagda_worker_ticks_total${labels}`)) === undefined ? true : undefined));
  });

  it('the preloaded ticker example counts failures and unauthorized operations', async () => {
    await call('POST', '/shards/shard-0/workers', {
      blueprint: 'sum',
      steps: 5,
      input: ['{"amount": 1}', '{"amount": '],
    });
    expect((await call('POST', '/shards/shard-0/workers', { blueprint: 'hash' }, 'guess')).status).toBe(401);
    expect((await call('POST', '/shards/shard-0/workers', { blueprint: 'none' })).status).toBe(400);
    await until(async () => {
      const page = samples(await ticker.page());
      return page.get('dagda_worker_operations_total{operation="failed",status="error"}') === 1 ? true : undefined;
    });
    const page = samples(await ticker.page());
    expect(page.get('dagda_worker_operations_total{operation="worker_start",status="unauthorized"}')).toBe(1);
    expect(page.get('dagda_worker_operations_total{operation="worker_start",status="error"}')).toBe(1);
  });

  it('the preloaded ticker example removes the series of a deleted shard', async () => {
    await call('POST', '/shards', { id: 'visitor' });
    expect(await sample('dagda_workers_total{shard_id="visitor"}')).toBe(0);
    await call('DELETE', '/shards/visitor');
    const page = await ticker.page();
    expect(page).not.toContain('shard_id="visitor"');
    expect(samples(page).get('dagda_shards_total')).toBe(2);
  });

  it('the preloaded ticker example labels requests with the route template, not with the path', async () => {
    await call('GET', '/workers/worker-9999');
    await call('GET', '/nothing/here');
    const page = samples(await ticker.page());
    expect(page.get('http_requests_total{method="GET",endpoint="/workers/:worker",status="404"}')).toBe(1);
    expect(page.get('http_requests_total{method="GET",endpoint="unmatched",status="404"}')).toBe(1);
    expect(page.get('http_request_duration_seconds_count{method="DELETE",endpoint="/shards/:shard"}')).toBe(1);
  });

  it('the preloaded ticker example serves every documented family under traffic', async () => {
    const stop = new AbortController();
    const driving = drive(ticker.api, stop.signal);
    await until(async () => (missingFamilies(await ticker.page(), catalog).length === 0 ? true : undefined), 20_000);
    stop.abort();
    await driving;
  });

  it('the preloaded ticker example lets messages wait in its inbox while a subscriber is slow', async () => {
    const waiting: (() => void)[] = [];
    const subscriber = createServer((_, response) => waiting.push(() => response.end()));
    await new Promise<void>((resolve) => subscriber.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(subscriber.address() as AddressInfo).port}/`;
    expect((await call('POST', '/subscribers', { url })).status).toBe(201);
    await call('POST', '/shards/shard-1/workers', { blueprint: 'hash', steps: 8 });
    await until(async () =>
      ((await sample('dagda_message_queue_size{queue_type="dagda_inbox"}')) ?? 0) > 2 ? true : undefined,
    );
    expect((await call('DELETE', '/subscribers', { url })).status).toBe(204);
    for (const answer of waiting) answer();
    await until(async () =>
      (await sample('dagda_message_queue_size{queue_type="dagda_inbox"}')) === 0 ? true : undefined,
    );
    const slow = samples(await ticker.page());
    expect(slow.get('dagda_worker_processing_duration_seconds_count{message_type="progress"}')).toBeGreaterThan(0);
    subscriber.closeAllConnections();
    subscriber.close();
  });

  it('the preloaded ticker example is stopping and then stopped before it ends on SIGTERM', async () => {
    const slow = await runExample(
      'ticker',
      {
        METERBRIDGE_SYSTEMS: 'ticker',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
        API_PORT: '0',
        TICK_MILLIS: '1000',
        DATA_DIR: join(folder, 'stopping'),
      },
      ['--require', 'meterbridge/register'],
    );
    const seen = new Set<number | undefined>();
    const ended = slow.stop();
    while (slow.process.exitCode === null) {
      const page = await slow.page().catch(() => undefined);
      if (page === undefined) break;
      seen.add(samples(page).get('dagda_status'));
    }
    expect(await ended).toEqual({ code: 0, signal: null });
    expect([...seen]).toEqual(expect.arrayContaining([2, 0]));
  });

  it('the preloaded ticker example ends on SIGTERM', async () => {
    expect(await ticker.stop()).toEqual({ code: 0, signal: null });
  });
});
