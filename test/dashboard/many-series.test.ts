import { metrics } from '@opentelemetry/api';
import { start as startSdk } from 'meterbridge';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasChromium } from '../servers/chromium';
import { until } from '../servers/processes';
import { usePage } from './browser';

/** Counts what a page does: elements made, nodes added and removed, and drawing on canvases. Runs before its scripts. */
const COUNTERS = `
  window.work = { elements: 0, nodes: 0, drawings: 0 };
  const createElement = Document.prototype.createElement;
  Document.prototype.createElement = function (...args) {
    work.elements++;
    return createElement.apply(this, args);
  };
  for (const name of ['stroke', 'fill', 'fillRect', 'clearRect', 'fillText', 'drawImage']) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...args) {
      work.drawings++;
      return draw.apply(this, args);
    };
  }
  addEventListener('DOMContentLoaded', () => {
    new MutationObserver((records) => {
      for (const { target, addedNodes, removedNodes } of records) {
        // A new text is a new node; here only elements count.
        for (const node of [...addedNodes, ...removedNodes]) if (node.nodeType === 1) work.nodes++;
      }
    }).observe(document.body, { childList: true, subtree: true });
  });
`;

interface Work {
  readonly elements: number;
  readonly nodes: number;
  readonly drawings: number;
}

const FAMILIES = 8;
const SERIES = 125;
/** The lines of a chart, and one for the rest. */
const MAX_ROWS = 9;
/** More than 8 lines with their axes, grid and labels need. */
const MAX_DRAWINGS_OF_A_CHART = 100;

const OPTIONS = {
  http: false,
  hostMetrics: false,
  runtimeMetrics: 'none',
  prometheus: { port: 0, targetInfoEnabled: false, selfMetrics: false },
} as const;

describe.skipIf(!hasChromium)('the dashboard with 1,000 series', () => {
  const opened = usePage();

  /** Serves 1,000 series whose values, and whose order, change with each update. */
  async function open(): Promise<{ page: Page; stop(): Promise<void>; change(): void }> {
    const { page } = opened;
    const sdk = await startSdk(OPTIONS);
    const meter = metrics.getMeter('test');
    const gauges = Array.from({ length: FAMILIES / 2 }, (_, i) => meter.createGauge(`test.gauge.${i}`));
    const counters = Array.from({ length: FAMILIES / 2 }, (_, i) => meter.createCounter(`test.counter.${i}`));
    let round = 0;
    const change = () => {
      round++;
      for (let id = 0; id < SERIES; id++) {
        const value = (id * 7919 + round * 131) % 1000;
        for (const gauge of gauges) gauge.record(value, { id });
        for (const counter of counters) counter.add(value, { id });
      }
    };
    change();
    await page.addInitScript(COUNTERS);
    await page.goto(sdk.urls.find((url) => url.endsWith('/dashboard')) as string);
    await until(async () =>
      (await page.locator('#status').textContent()) === '8 families, 1000 series' ? true : undefined,
    );
    return { page, stop: () => sdk.shutdown(), change };
  }

  const work = (page: Page) => page.evaluate<Work>('({ ...work })');
  /** Waits until the text of an element differs. */
  const differs = (text: () => Promise<string | null>, before: string | null) =>
    until(async () => ((await text()) === before ? undefined : true), 20_000);

  it('the dashboard with 1,000 series has at most 9 legend rows and 80 elements for each family', async () => {
    const { page, stop } = await open();
    try {
      // Every card is drawn once it was in sight.
      for (const card of await page.locator('article').all()) await card.scrollIntoViewIfNeeded();
      await until(async () => ((await page.locator('canvas').count()) === FAMILIES ? true : undefined));
      for (const card of await page.locator('article').all()) {
        expect(await card.locator('.legend li').count()).toBeLessThanOrEqual(MAX_ROWS);
      }
      expect(await page.locator('article *').count()).toBeLessThanOrEqual(80 * FAMILIES);
      const gauge = page.locator('article[data-family="test_gauge_0"]');
      expect(await gauge.locator('.rest').textContent()).toMatch(/^and 117 more series, sum \S+/);
      expect(opened.errors).toEqual([]);
    } finally {
      await stop();
    }
  }, 60_000);

  it('the dashboard with 1,000 series makes no element in an update, and draws each chart once, whatever series are the largest', async () => {
    const { page, stop, change } = await open();
    try {
      await page.setViewportSize({ width: 1600, height: 4000 });
      await until(async () => ((await page.locator('canvas').count()) === FAMILIES ? true : undefined));
      // Counters have their lines from the second reading on.
      const legend = () => page.locator('article[data-family="test_gauge_0"] .legend').textContent();
      const counters = page.locator('article[data-family^="test_counter"] .legend li');
      await until(async () => ((await counters.count()) === (MAX_ROWS * FAMILIES) / 2 ? true : undefined));

      const shown = await legend();
      const before = await work(page);
      change();
      await differs(legend, shown);
      await page.evaluate('new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
      const after = await work(page);
      expect(after.elements - before.elements).toBe(0);
      expect(after.nodes - before.nodes).toBe(0);
      const drawings = after.drawings - before.drawings;
      expect(drawings).toBeGreaterThan(0);
      // An update that was under way when the counting began may be counted too.
      expect(drawings).toBeLessThanOrEqual(2 * FAMILIES * MAX_DRAWINGS_OF_A_CHART);
      expect(opened.errors).toEqual([]);
    } finally {
      await stop();
    }
  }, 60_000);

  it('the dashboard with 1,000 series can be used with the keyboard', async () => {
    const { page, stop, change } = await open();
    try {
      const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.className');
      const card = page.locator('article[data-family="test_gauge_1"]');
      const legend = () => card.locator('.legend').textContent();
      const earlier = await legend();
      await page.keyboard.press('/');
      expect(await focused()).toBe('search');
      await page.keyboard.type('test_gauge_1');
      expect(await page.locator('article:visible').count()).toBe(1);
      change();
      await differs(legend, earlier);
      const latest = await legend();
      for (const id of ['range', 'pause']) {
        await page.keyboard.press('Tab');
        expect(await focused()).toBe(id);
      }
      await page.keyboard.press('Space');
      expect(await page.getByRole('button', { name: 'Resume' }).getAttribute('aria-pressed')).toBe('true');
      await page.keyboard.press('Tab');
      expect(await focused()).toBe('theme');

      // Only what is shown can be reached: the chart, then the table of values.
      await page.keyboard.press('Tab');
      expect(await focused()).toBe('chart');
      // There may have been several readings since the change.
      await until(async () => {
        await page.keyboard.press('ArrowLeft');
        return (await legend()) === latest ? undefined : true;
      });
      await page.keyboard.press('Escape');
      await until(async () => ((await legend()) === latest ? true : undefined));
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(await card.locator('details').getAttribute('open')).toBe('');
      // The table is filled after the browser has opened it.
      await until(async () => ((await card.locator('tr').count()) === 50 ? true : undefined));
      expect(opened.errors).toEqual([]);
    } finally {
      await stop();
    }
  }, 60_000);

  it('the dashboard with 2,000 series in 40 families draws only charts that can be seen', async () => {
    const { page } = opened;
    const sdk = await startSdk(OPTIONS);
    try {
      const meter = metrics.getMeter('test');
      const gauges = Array.from({ length: 40 }, (_, i) => meter.createGauge(`family.${i}`));
      for (const gauge of gauges) for (let i = 0; i < 50; i++) gauge.record(i, { i });
      await page.goto(sdk.urls.find((url) => url.endsWith('/dashboard')) as string);
      await until(async () =>
        (await page.locator('#status').textContent()) === '40 families, 2000 series' ? true : undefined,
      );
      await page.locator('canvas').first().waitFor();
      expect(await page.locator('canvas').count()).toBeLessThan(40);
      expect(await page.locator('article[data-family="family_0"] .legend').textContent()).toContain('42 more series');
      expect(opened.errors).toEqual([]);
    } finally {
      await sdk.shutdown();
    }
  }, 60_000);
});
