import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalog } from '../../src/systems/generated/control-plane';
import { until } from '../servers/processes';
import { missingFamilies, type RunningExample, runExample, samples } from './programs';

describe('the control-plane example', () => {
  let folder: string;
  let core: RunningExample;
  let plane: RunningExample;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'control-plane-'));
    core = await runExample('allsource', { DATA_DIR: join(folder, 'core-1') });
    plane = await runExample('control-plane', { CORE_NODES: `core-1=${core.api}`, POLL_MILLIS: '100' });
  });
  afterAll(async () => {
    await Promise.all([core.stop('SIGKILL'), plane.stop('SIGKILL')]);
    rmSync(folder, { recursive: true, force: true });
  });

  const get = async (path: string) => (await fetch(plane.api + path)).json() as Promise<Record<string, unknown>>;
  const put = (id: string, url: string) =>
    fetch(`${plane.api}/api/v1/nodes/${id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url }),
    });
  const series = async (name: string) => samples(await plane.page()).get(name);
  const health = (id: string) => series(`control_plane_core_health_status{node_id="${id}"}`);

  it('tells what the nodes are like, in the documented JSON', async () => {
    for (const entity_id of ['a', 'b', 'c']) {
      await fetch(`${core.api}/api/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ event_type: 'test', entity_id }),
      });
    }
    await fetch(`${core.api}/api/v1/events`);
    expect(await get('/api/v1/metrics')).toEqual({
      control_plane: { uptime_seconds: expect.any(Number), requests_total: 0 },
      core_nodes: { events_total: 3, queries_total: 1 },
    });
    const { control_plane } = (await get('/api/v1/metrics')) as { control_plane: { requests_total: number } };
    expect(control_plane.requests_total).toBe(1);
    await until(async () =>
      (await series('control_plane_core_events_total{node_id="core-1"}')) === 3 ? true : undefined,
    );
    expect(await health('core-1')).toBe(1);
  });

  it('has every documented family, its endpoints named by routes', async () => {
    await get('/api/v1/nothing/here');
    await until(async () =>
      (await series('control_plane_http_requests_total{method="GET",endpoint="",status="404"}')) === 1
        ? true
        : undefined,
    );
    expect(missingFamilies(await plane.page(), catalog)).toEqual([]);
  });

  it('follows nodes as they come and go', async () => {
    const second = await runExample('allsource', { DATA_DIR: join(folder, 'core-2') });
    expect((await put('core-2', second.api)).status).toBe(204);
    expect(await health('core-2')).toBe(1);
    expect((await fetch(`${plane.api}/ready`)).status).toBe(200);

    await second.stop('SIGKILL');
    await until(async () => ((await health('core-2')) === 0 ? true : undefined));
    const ready = await fetch(`${plane.api}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('core-2: ');
    expect(await get('/api/v1/nodes')).toContainEqual(expect.objectContaining({ id: 'core-2', healthy: false }));

    expect((await fetch(`${plane.api}/api/v1/nodes/core-2`, { method: 'DELETE' })).status).toBe(204);
    expect((await plane.page()).includes('core-2')).toBe(false);
    expect((await fetch(`${plane.api}/api/v1/nodes/core-2`, { method: 'DELETE' })).status).toBe(404);
  });

  it('takes a node that answers nonsense for one that is down', async () => {
    const nonsense = createServer((_, response) => response.end('<html>'));
    await new Promise<void>((resolve) => nonsense.listen(0, '127.0.0.1', resolve));
    await put('core-3', `http://127.0.0.1:${(nonsense.address() as AddressInfo).port}`);
    expect(await health('core-3')).toBe(0);
    expect(await get('/api/v1/nodes')).toContainEqual(
      expect.objectContaining({ id: 'core-3', fault: expect.stringContaining('line 1, column 1') }),
    );
    await fetch(`${plane.api}/api/v1/nodes/core-3`, { method: 'DELETE' });
    nonsense.close();
    expect((await put('core-4', 'not a url')).status).toBe(400);
  });

  it('leaves unknown what no node tells', async () => {
    await fetch(`${plane.api}/api/v1/nodes/core-1`, { method: 'DELETE' });
    expect(await get('/api/v1/metrics')).toMatchObject({ core_nodes: { events_total: null, queries_total: null } });
  });

  it('ends on SIGTERM', async () => {
    expect(await plane.stop()).toEqual({ code: 0, signal: null });
    expect(plane.stderr()).toBe('');
  });
});
