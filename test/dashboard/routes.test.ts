import { createRequire } from 'node:module';
import { join } from 'node:path';
import { start } from 'meterbridge';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dashboardRoutes } from '../../src/dashboard/routes';
import { listen } from '../http/servers';
import { ROOT } from '../servers/processes';

// The build makes the files of the page.
const { ASSETS } = createRequire(__filename)(join(ROOT, 'dist/dashboard/assets.js')) as {
  readonly ASSETS: Readonly<Record<string, string>>;
};

describe('dashboardRoutes', () => {
  it('dashboardRoutes serves every file that the build makes, and everything that the page loads', async () => {
    const routes = dashboardRoutes(async () => [Buffer.from('{}')]);
    const served = routes.map(({ path }) => path.slice('/dashboard'.length));
    expect(served.filter((path) => path !== '' && path !== '/data.json').sort()).toEqual(Object.keys(ASSETS).sort());

    const sdk = await start({ http: false, runtimeMetrics: 'none', prometheus: { port: 0 } });
    onTestFinished(() => sdk.shutdown());
    const url = new URL(sdk.urls[0] as string).origin;
    for (const { path } of routes) expect((await fetch(url + path)).status, path).toBe(200);
    const page = await (await fetch(`${url}/dashboard`)).text();
    const loaded = [...page.matchAll(/(?:src|href)="(dashboard\/[^"]+)"/g)].map(([, path]) => `/${path}`);
    expect(loaded).toHaveLength(4);
    for (const path of loaded)
      expect(
        routes.some((route) => route.path === path),
        path,
      ).toBe(true);
  });

  it('dashboardRoutes lists the page alone', () => {
    const listed = dashboardRoutes(async () => []).filter(({ isListed = true }) => isListed);
    expect(listed.map(({ path }) => path)).toEqual(['/dashboard']);
  });

  it('dashboardRoutes streams the data piece by piece, with the policy of the page', async () => {
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const snapshot = async function* () {
      yield Buffer.from('{"time":1,');
      await finished;
      yield Buffer.from('"families":[]}');
    };
    const { url } = await listen(
      {},
      dashboardRoutes(async () => snapshot()),
    );
    const response = await fetch(`${url}/dashboard/data.json`, { headers: { 'accept-encoding': 'identity' } });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('{"time":1,');
    finish();
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toBe('"families":[]}');
    expect(response.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});
