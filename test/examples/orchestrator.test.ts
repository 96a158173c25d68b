import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/systems/generated/orchestrator';
import { until } from '../servers/processes';
import { missingFamilies, type RunningExample, runExample, samples } from './programs';

const PREFIX = 'pupsourcing_orchestrator_';
const SET = 'replica_set="main-projections"';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the orchestrator example', () => {
  let orchestrator: RunningExample;
  beforeAll(async () => {
    orchestrator = await runExample('orchestrator', { DATA_DIR: join(folder, 'mounted'), WORKERS: '3' });
  });
  afterAll(() => orchestrator.stop('SIGKILL'));

  const series = async (name: string, labels = '') =>
    samples(await orchestrator.page()).get(`${PREFIX}${name}{${SET}${labels}}`);
  const call = (method: string, path: string, body?: object) =>
    fetch(orchestrator.api + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  const states = async (worker: string) =>
    [...samples(await orchestrator.page())]
      .filter(
        ([name, value]) => name.startsWith(`${PREFIX}worker_state{`) && name.includes(`"${worker}"`) && value === 1,
      )
      .map(([name]) => /state="(\w+)"/.exec(name)?.[1]);
  const settled = (workers: number) =>
    until(async () => {
      const page = samples(await orchestrator.page());
      const processing = [...page].filter(([name, value]) => name.includes('state="processing"') && value === 1);
      return processing.length === workers && page.get(`${PREFIX}active_workers{${SET}}`) === workers
        ? page
        : undefined;
    }, 20_000);

  it('the orchestrator example assigns all workers to one generation, each in exactly one state', async () => {
    const page = await settled(3);
    expect(page.get(`${PREFIX}current_generation_partitions{${SET}}`)).toBe(3);
    expect(page.get(`${PREFIX}workers_registered_total{${SET}}`)).toBe(3);
    expect(await states('worker-1')).toEqual(['processing']);
    expect(page.get(`${PREFIX}stale_workers_cleaned_total{${SET}}`)).toBe(0);
  });

  it('the orchestrator example handles each event once for each projection, and counts events that fail', async () => {
    const events = Array.from({ length: 60 }, (_, i) => ({
      stream: `user-${i}`,
      type: 'UserRegistered',
      data: i % 20 === 0 ? {} : { plan: 'team' },
    }));
    expect((await call('POST', '/events', events)).status).toBe(202);
    await until(async () =>
      (await series('events_processed_total', ',projection="user_projection"')) === 60 ? true : undefined,
    );
    expect(await series('projection_errors_total', ',projection="user_projection"')).toBe(3);
    expect(await series('projection_errors_total', ',projection="order_projection"')).toBe(0);
    expect(await (await call('GET', '/projections/user_projection')).json()).toEqual({ team: 57 });
  });

  it('the orchestrator example detects a killed worker by its missing heartbeat, removes its series and assigns its slots again', async () => {
    const before = samples(await orchestrator.page());
    expect((await call('DELETE', '/workers/worker-2?crash')).status).toBe(204);
    await until(async () => ((await series('stale_workers_cleaned_total')) === 1 ? true : undefined));
    await until(async () => ((await states('worker-2')).length === 0 ? true : undefined));
    const page = await settled(3);
    expect(await states('worker-4')).toEqual(['processing']);
    const grown = (name: string) =>
      (page.get(`${PREFIX}${name}{${SET}}`) ?? 0) - (before.get(`${PREFIX}${name}{${SET}}`) ?? 0);
    expect(grown('workers_registered_total')).toBe(1);
    expect(grown('generations_total')).toBeGreaterThanOrEqual(1);
    expect(grown('reconfiguration_total')).toBe(grown('generations_total'));
    expect(grown('partition_assignments_total')).toBeGreaterThanOrEqual(3);
  });

  it('the orchestrator example lets a worker leave without an error', async () => {
    expect((await call('DELETE', '/workers/worker-1')).status).toBe(204);
    await settled(2);
    expect(await states('worker-1')).toEqual([]);
    expect(await series('stale_workers_cleaned_total')).toBe(1);
  });

  it('the orchestrator example loses no event while workers leave and join', async () => {
    await call('POST', '/events', [{ stream: 'user-x', type: 'UserRegistered', data: { plan: 'last' } }]);
    await until(async () => {
      const view = (await (await call('GET', '/projections/user_projection')).json()) as object;
      return JSON.stringify(view) === JSON.stringify({ last: 1, team: 57 }) ? true : undefined;
    });
    expect((await call('POST', '/events', { stream: 'x' })).status).toBe(400);
  });

  it('the orchestrator example reports no active worker after the last one has left', async () => {
    const workers = (await (await call('GET', '/workers')).json()) as { id: string }[];
    for (const { id } of workers) expect((await call('DELETE', `/workers/${id}`)).status).toBe(204);
    await until(async () => ((await series('active_workers')) === 0 ? true : undefined));
    // The partitions of the last generation are assigned to nobody.
    expect(await series('current_generation_partitions')).toBeGreaterThan(0);
    expect((await fetch(`${orchestrator.api}/ready`)).status).toBe(503);
    expect((await call('POST', '/workers')).status).toBe(201);
    await settled(1);
    expect((await fetch(`${orchestrator.api}/ready`)).status).toBe(200);
    expect((await fetch(`${orchestrator.api}/health`)).status).toBe(200);
  });

  it('the orchestrator example serves every documented family', async () => {
    expect(missingFamilies(await orchestrator.page(), catalog)).toEqual([]);
  });

  it('the orchestrator example ends on SIGTERM', async () => {
    expect(await orchestrator.stop()).toEqual({ code: 0, signal: null });
    expect(orchestrator.stderr()).toBe('');
  });
});

describe('the modes of the orchestrator example', () => {
  it.each(['standalone', 'disabled'])(
    'the orchestrator example serves its metrics where the mode %s says',
    async (mode) => {
      const example = await runExample('orchestrator', {
        METRICS: mode,
        API_PORT: '0',
        WORKERS: '1',
        DATA_DIR: join(folder, mode),
      });
      try {
        await until(async () =>
          ((await (await fetch(`${example.api}/workers`)).json()) as object[]).length === 1 ? true : undefined,
        );
        if (mode === 'disabled') {
          await new Promise((resolve) => setTimeout(resolve, 1000));
          expect(await example.page()).toBe('');
        } else {
          expect(new URL(example.metrics).port).not.toBe(new URL(example.api).port);
          await until(async () =>
            samples(await example.page()).get(`${PREFIX}active_workers{${SET}}`) === 1 ? true : undefined,
          );
          expect((await fetch(`${example.api}/metrics`)).status).toBe(404);
          expect((await fetch(example.metrics.replace('/metrics', '/ready'))).status).toBe(200);
        }
      } finally {
        expect((await example.stop()).code).toBe(0);
      }
    },
  );
});
