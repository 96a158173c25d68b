import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drive } from '../../examples/stream-processor/traffic';
import { type RunningExample, runExample } from '../examples/programs';
import { hasChromium } from '../servers/chromium';
import { freePort, run, until } from '../servers/processes';
import { usePage } from './browser';

describe.skipIf(!hasChromium)('the dashboard in a real browser', () => {
  const opened = usePage();
  const status = () => opened.page.locator('#status').textContent();

  describe('of a running example', () => {
    let folder: string;
    let example: RunningExample;
    let port: string;
    const traffic = new AbortController();
    const start = () => runExample('stream-processor', { PORT: port, API_PORT: '0', DATA_DIR: folder });
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'page-'));
      port = String(await freePort());
      example = await start();
      void drive(example.api, traffic.signal);
    });
    afterAll(async () => {
      traffic.abort();
      await example.stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    });

    it('the dashboard in a real browser shows every family by the sections of its document, updates them, and loads nothing from other hosts', async () => {
      const { page, errors, requested } = opened;
      await page.goto(`http://127.0.0.1:${port}/dashboard`);
      await until(async () => (/^\d{2} families, \d+ series$/.test((await status()) ?? '') ? true : undefined));
      await expect.poll(() => page.locator('article').count()).toBeGreaterThanOrEqual(37);
      const headings = await page.locator('h2').allTextContents();
      expect(headings[0]).toMatch(/^stream-processor: \S/);
      expect(new Set(headings).size).toBeGreaterThan(5);
      expect(headings).toEqual(expect.arrayContaining(['Undocumented', 'meterbridge/runtime: Process']));

      await page.getByRole('searchbox').fill('processor_events_received');
      const card = page.locator('article[data-family="processor_events_received"]');
      await expect.poll(() => page.locator('article:visible').count()).toBe(1);
      await card.getByText('Values').click();
      const first = await card.locator('td').first().textContent();
      await until(async () => ((await card.locator('td').first().textContent()) !== first ? true : undefined), 20_000);
      await expect.poll(() => card.locator('canvas').count()).toBe(1);
      await expect
        .poll(() => card.getByRole('img').getAttribute('aria-label'))
        .toBe('Chart of processor_events_received');
      const drawn = () =>
        page.evaluate(`(() => {
        const canvas = document.querySelector('article[data-family="processor_events_received"] canvas');
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.some((byte) => byte !== 0);
      })()`);
      await expect.poll(drawn).toBe(true);
      expect(errors).toEqual([]);
      expect(
        requested.filter((url) => !url.startsWith(`http://127.0.0.1:${port}/`) && !url.startsWith('data:')),
      ).toEqual([]);
    }, 60_000);

    it('the dashboard in a real browser uses the colour scheme of the system, and can be switched to the other one', async () => {
      const { page } = opened;
      const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(`http://127.0.0.1:${port}/dashboard`);
      const light = await background();
      await page.emulateMedia({ colorScheme: 'dark' });
      const dark = await background();
      expect(dark).not.toBe(light);
      await page.getByRole('button', { name: 'Light or dark' }).click();
      await expect.poll(background).toBe(light);
      await page.getByRole('button', { name: 'Light or dark' }).click();
      await expect.poll(background).toBe(dark);
    });

    it('the dashboard in a real browser does not poll while it is paused, and announces the state to assistive technology', async () => {
      const { page, requested } = opened;
      await page.goto(`http://127.0.0.1:${port}/dashboard`);
      await until(async () => (requested.some((url) => url.endsWith('data.json')) ? true : undefined));
      const button = page.getByRole('button', { name: 'Pause' });
      await button.click();
      await expect.poll(() => page.getByRole('button', { name: 'Resume' }).getAttribute('aria-pressed')).toBe('true');
      await page.waitForTimeout(500);
      const before = requested.length;
      await page.waitForTimeout(2500);
      expect(requested.length).toBe(before);
    });

    it('the dashboard in a real browser shows that the endpoint is down, and continues when it is back', async () => {
      const { page } = opened;
      await page.goto(`http://127.0.0.1:${port}/dashboard`);
      await until(async () => (/families/.test((await status()) ?? '') ? true : undefined));
      await example.stop('SIGKILL');
      await until(async () => (/^Cannot reach the server, retrying/.test((await status()) ?? '') ? true : undefined));
      example = await start();
      await until(async () => (/families/.test((await status()) ?? '') ? true : undefined));
      await expect.poll(() => page.locator('article').count()).toBeGreaterThanOrEqual(37);
    }, 60_000);
  });
});

describe('the dashboard', () => {
  const APP = `require('meterbridge').start({ prometheus: { host: '127.0.0.1', port: 0, ...JSON.parse(process.env.OPTIONS) } })
    .then((sdk) => { console.log(JSON.stringify({ urls: sdk.urls })); setInterval(() => {}, 1000); });`;

  async function urlsWith(
    options: object,
    env: NodeJS.ProcessEnv,
  ): Promise<{ urls: string[]; stop(): Promise<unknown> }> {
    const child = run(process.execPath, ['-e', APP], {
      env: { ...process.env, OPTIONS: JSON.stringify(options), ...env },
    });
    const line = await until(() => /^\{"urls".*$/m.exec(child.stdout())?.[0]);
    return { ...(JSON.parse(line) as { urls: string[] }), stop: () => child.stop('SIGKILL') };
  }

  it.each([
    ['not served in production', {}, 'production', 404],
    ['served in production when the option is set', { dashboard: true }, 'production', 200],
    ['served outside production', {}, 'development', 200],
    ['not served when the option is false', { dashboard: false }, 'development', 404],
    ['protected by the authentication of the endpoint', { web: { bearerToken: 'secret' } }, 'development', 401],
  ])('the dashboard is %s', async (_, options, NODE_ENV, expected) => {
    const { urls, stop } = await urlsWith(options, { NODE_ENV });
    const base = new URL(urls[0] as string).origin;
    for (const path of ['/dashboard', '/dashboard/modules/dashboard/page/client.js', '/dashboard/data.json']) {
      expect((await fetch(base + path)).status, path).toBe(expected);
    }
    expect(urls.some((url) => url.endsWith('/dashboard'))).toBe(expected !== 404);
    await stop();
  });

  it('the dashboard has a policy that allows no other origin, no frames and no forms', async () => {
    const { urls, stop } = await urlsWith({}, { NODE_ENV: 'development' });
    const response = await fetch(urls.at(-1) as string);
    expect(response.headers.get('content-security-policy')).toMatch(
      /default-src 'none';.* base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(await response.text()).not.toMatch(/https?:/);
    await stop();
  });
});
