import diagnosticsChannel from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed } from '@opentelemetry/core';
import { afterEach, describe, expect, it } from 'vitest';
import { FiringAlerts } from '../../src/dashboard/firing-alerts';
import type { PageAlerts } from '../../src/dashboard/wire';
import { freePort, until } from '../servers/processes';
import { hasPrometheus, PrometheusServer } from '../servers/prometheus';

const RULES = `groups:
  - name: test
    rules:
      - { alert: Warned, expr: 'vector(1)', labels: { severity: warning, system: shop }, annotations: { description: 'A warning' } }
      - { alert: Broken, expr: 'vector(1)', labels: { severity: critical }, annotations: { summary: 'It is broken' } }
      - { alert: Waits, expr: 'vector(1)', for: 1h }
      - { alert: Never, expr: 'vector(1) > 2' }
`;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Answers every request alike, and counts them. */
async function answer(body: string | undefined, status = 200): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = [];
  const server = createServer(({ url, headers }, response) => {
    requests.push(`${url} ${headers.authorization ?? ''}`.trim());
    if (body !== undefined) response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Returns the first answer, good or bad. */
function firstAnswer(alerts: FiringAlerts): Promise<PageAlerts> {
  return until(() => {
    const now = alerts.read();
    return now.fault?.startsWith('waiting') ? undefined : now;
  });
}

describe('FiringAlerts', () => {
  it.runIf(hasPrometheus)(
    'FiringAlerts reads the firing alerts of Prometheus, the most severe first, and no pending ones',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
      closers.push(() => rmSync(folder, { recursive: true, force: true }));
      writeFileSync(join(folder, 'rules.yml'), RULES);
      const prometheus = await PrometheusServer.start([], `rule_files: ['${join(folder, 'rules.yml')}']\n`);
      closers.push(() => prometheus.stop());
      await until(async () => {
        const { alerts } = await prometheus.get<{ alerts: unknown[] }>('/api/v1/alerts');
        return alerts.length === 3 ? true : undefined;
      }, 30_000);

      const { firing, more, fault } = await firstAnswer(new FiringAlerts(`${prometheus.url}/`));
      expect(fault).toBeUndefined();
      expect(more).toBe(0);
      expect(firing).toMatchObject([
        { name: 'Broken', severity: 'critical', summary: 'It is broken', labels: '' },
        { name: 'Warned', severity: 'warning', summary: 'A warning', labels: 'system=shop' },
      ]);
      expect(Date.parse(firing[0]?.activeAt ?? '')).toBeGreaterThan(0);
    },
    60_000,
  );

  it('FiringAlerts asks only when it is read, and again when the answer is 15 seconds old', async () => {
    const { url, requests } = await answer('{"data":{"alerts":[]}}');
    let now = 0;
    const alerts = new FiringAlerts(`${url.replace('//', '//me:s%20t@')}/prometheus/`, () => now);
    expect(requests).toEqual([]);
    expect(await firstAnswer(alerts)).toEqual({ firing: [], more: 0 });
    now = 14_999;
    alerts.read();
    expect(requests).toHaveLength(1);
    now = 15_000;
    alerts.read();
    await until(() => (requests.length === 2 ? true : undefined));
    expect(requests[1]).toBe(`/prometheus/api/v1/alerts Basic ${Buffer.from('me:s t').toString('base64')}`);
  });

  it('FiringAlerts returns its latest answer at once while the server hangs', async () => {
    const { url, requests } = await answer(undefined);
    const alerts = new FiringAlerts(url);
    expect(alerts.read().fault).toContain('waiting for the first answer');
    await until(() => (requests.length === 1 ? true : undefined));
    expect(alerts.read()).toMatchObject({ firing: [], fault: expect.stringContaining('waiting') });
  });

  it('FiringAlerts marks its request as one that is neither measured nor traced', async () => {
    const { url } = await answer('{"data":{"alerts":[]}}');
    context.setGlobalContextManager(new AsyncLocalStorageContextManager());
    const suppressed: boolean[] = [];
    const onRequest = () => void suppressed.push(isTracingSuppressed(context.active()));
    diagnosticsChannel.subscribe('undici:request:create', onRequest);
    closers.push(() => {
      diagnosticsChannel.unsubscribe('undici:request:create', onRequest);
      context.disable();
    });
    await firstAnswer(new FiringAlerts(url));
    await fetch(url);
    expect(suppressed).toEqual([true, false]);
  });

  it.each([
    ['a status of 500', '{}', 500, 'status 500'],
    ['an answer that is not JSON', '<html>', 200, 'not valid JSON'],
    ['an answer without alerts', '{"data":null}', 200, 'expected a list of alerts'],
  ])('FiringAlerts returns one line about %s', async (_, body, status, expected) => {
    const { url } = await answer(body, status);
    const { firing, fault } = await firstAnswer(new FiringAlerts(url));
    expect(firing).toEqual([]);
    expect(fault).toContain(expected);
  });

  it('FiringAlerts names the server that cannot be reached, without its password', async () => {
    const port = await freePort();
    const { fault } = await firstAnswer(new FiringAlerts(`http://me:secret@127.0.0.1:${port}`));
    expect(fault).toContain(`127.0.0.1:${port}`);
    expect(fault).not.toContain('secret');
  });

  it('FiringAlerts returns 50 alerts and the number of the others, and reads alerts of any shape', async () => {
    const list = Array.from({ length: 60 }, () => ({
      state: 'firing',
      labels: { alertname: 7, a: 'b' },
      annotations: [],
    }));
    const { url } = await answer(JSON.stringify({ data: { alerts: [null, 'x', { state: 'pending' }, ...list] } }));
    const { firing, more } = await firstAnswer(new FiringAlerts(url));
    expect(firing).toHaveLength(50);
    expect(more).toBe(10);
    expect(firing[0]).toEqual({ name: 'alert without a name', severity: '', summary: '', labels: 'a=b', activeAt: '' });
  });
});
