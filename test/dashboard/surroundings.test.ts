import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { type PrometheusOptions, type Sdk, start as startSdk } from 'meterbridge';
import { afterEach, describe, expect, it } from 'vitest';
import { hasChromium } from '../servers/chromium';
import { freePort, until } from '../servers/processes';
import { hasPrometheus, PrometheusServer } from '../servers/prometheus';
import { usePage } from './browser';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const RULE = `groups:
  - name: test
    rules:
      - alert: QueueFull
        expr: vector(1)
        labels: { severity: critical }
        annotations: { summary: 'The <b>queue</b> is full' }
`;

describe.skipIf(!hasChromium)('what the dashboard shows besides values', () => {
  const opened = usePage();
  let sdk: Sdk | undefined;
  afterEach(() => sdk?.shutdown());

  /** Opens the dashboard of an app with these options. */
  async function open(prometheus: PrometheusOptions): Promise<void> {
    sdk = await startSdk({
      http: false,
      hostMetrics: false,
      runtimeMetrics: 'none',
      prometheus: { port: 0, targetInfoEnabled: false, selfMetrics: false, ...prometheus },
    });
    const meter = metrics.getMeter('test');
    meter.createGauge('a.queue.limit').record(200);
    meter.createGauge('b.other').record(1);
    meter.createGauge('a.queue.size').record(50);
    const context = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: TRACE_ID,
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
    });
    meter.createHistogram('wait', { unit: 's' }).record(2.5, {}, context);
    await opened.page.goto(sdk.urls.find((url) => url.endsWith('/dashboard')) as string);
    await until(async () => ((await status()) === '4 families, 4 series' ? true : undefined));
  }

  const status = () => opened.page.locator('#status').textContent();
  const card = (name: string) => opened.page.locator(`article[data-family="${name}"]`);

  it('the dashboard shows a gauge next to the gauge that it is a part of, with its share, and alone when the other one is filtered out', async () => {
    await open({});
    const { page, errors } = opened;
    await expect
      .poll(() => page.locator('.related').getAttribute('aria-label'))
      .toBe('Related: a_queue_size, a_queue_limit');
    await expect.poll(() => page.locator('.related').getAttribute('role')).toBe('group');
    await expect.poll(() => card('a_queue_size').locator('.detail').textContent()).toMatch(/25 % of a_queue_limit$/);
    const left = async (name: string) => (await card(name).boundingBox()) ?? { x: 0, y: 0 };
    await page.setViewportSize({ width: 1600, height: 900 });
    const distance = async () => {
      const [size, limit] = [await left('a_queue_size'), await left('a_queue_limit')];
      return { right: limit.x > size.x, down: limit.y > size.y };
    };
    await expect.poll(distance).toEqual({ right: true, down: false });
    await page.setViewportSize({ width: 400, height: 900 });
    await expect.poll(distance).toEqual({ right: false, down: true });
    await expect.poll(() => page.evaluate('document.documentElement.scrollWidth')).toBe(400);
    await page.getByRole('searchbox').fill('other');
    await expect.poll(() => page.locator('.related').isVisible()).toBe(false);
    await page.getByRole('searchbox').fill('limit');
    await expect.poll(() => page.locator('article:visible').count()).toBe(1);
    expect(errors).toEqual([]);
  }, 60_000);

  it('the dashboard shows the latest exemplar of a family, with its trace as a link if the URL of traces is set', async () => {
    await open({ traceUrl: 'http://localhost:16686/trace/{trace_id}?from={trace_id}' });
    const link = card('wait_seconds').getByRole('link');
    await link.waitFor();
    await expect.poll(() => link.textContent()).toBe(TRACE_ID);
    await expect
      .poll(() => link.getAttribute('href'))
      .toBe(`http://localhost:16686/trace/${TRACE_ID}?from=${TRACE_ID}`);
    await expect.poll(() => link.getAttribute('rel')).toBe('noopener noreferrer');
    await expect.poll(() => card('wait_seconds').locator('.exemplar').textContent()).toContain('2.5 s');
    await expect.poll(() => card('a_queue_size').locator('.exemplar').isVisible()).toBe(false);
    expect(opened.errors).toEqual([]);
  }, 60_000);

  it('the dashboard shows the trace of an exemplar as text that one click selects if no URL is set', async () => {
    await open({});
    const { page } = opened;
    const text = card('wait_seconds').locator('.exemplar code');
    await text.click();
    await expect.poll(() => page.evaluate('String(getSelection())')).toBe(TRACE_ID);
    await expect.poll(() => card('wait_seconds').getByRole('link').count()).toBe(0);
  }, 60_000);

  it('the dashboard shows no alerts if no Prometheus server is set', async () => {
    await open({});
    await expect.poll(() => opened.page.locator('#alerts').isVisible()).toBe(false);
  }, 60_000);

  it.runIf(hasPrometheus)(
    'the dashboard shows the alerts that fire on the Prometheus server, as text, above everything else',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
      writeFileSync(join(folder, 'rules.yml'), RULE);
      const prometheus = await PrometheusServer.start([], `rule_files: ['${join(folder, 'rules.yml')}']\n`);
      try {
        await until(async () => {
          const { alerts } = await prometheus.get<{ alerts: unknown[] }>('/api/v1/alerts');
          return alerts.length === 1 ? true : undefined;
        }, 30_000);
        await open({ url: prometheus.url });
        const alerts = opened.page.locator('#alerts');
        await alerts.getByRole('heading', { name: '1 alert fires' }).waitFor();
        await expect
          .poll(() => alerts.locator('.alert').textContent())
          .toMatch(/^QueueFull \(critical\)The <b>queue<\/b> is fullsince /);
        const [above, below] = [await alerts.boundingBox(), await opened.page.locator('main').boundingBox()];
        expect(above?.y).toBeLessThan(below?.y ?? 0);
        // The request of the SDK is not one of the app, and the page itself asks nobody else.
        expect(opened.requested.filter((url) => url.startsWith(prometheus.url))).toEqual([]);
        expect(opened.errors).toEqual([]);
      } finally {
        await prometheus.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    },
    60_000,
  );

  it('the dashboard shows one line if the Prometheus server cannot be reached', async () => {
    const port = await freePort();
    await open({ url: `http://127.0.0.1:${port}` });
    const alerts = opened.page.locator('#alerts');
    await alerts.getByText(`cannot read alerts from Prometheus at 127.0.0.1:${port}`).waitFor();
    await expect.poll(() => alerts.locator('*').count()).toBe(1);
    await expect.poll(status).toBe('4 families, 4 series');
  }, 60_000);
});
