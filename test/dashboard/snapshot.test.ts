import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { defineCatalog } from '../../src/catalog/define';
import { dashboardData } from '../../src/dashboard/snapshot';
import type { PageData } from '../../src/dashboard/wire';
import { histogram, plan, type Series, stream } from '../exposition/streams';

const shop = defineCatalog({
  name: 'snapshot-shop',
  metrics: {
    orders: { name: 'snapshot_orders', instrument: 'counter', description: 'Orders', section: 'Sales' },
    visits: { name: 'snapshot_visits', instrument: 'counter', description: 'Visits', section: 'Sales' },
  },
});

async function data(streams: Parameters<typeof plan>[0]): Promise<PageData['families']> {
  const { families } = plan(streams, { catalogs: [shop] });
  return (JSON.parse(await text(dashboardData(families, [shop]))) as PageData).families;
}

describe('dashboardData', () => {
  it('dashboardData writes numbers, histograms, and NaN and infinities, which JSON cannot represent', async () => {
    const families = await data([
      stream('gauge', 'g', [
        [{ a: 'x' }, 1],
        [{ a: 'y' }, Number.NaN],
      ]),
      stream('histogram', 'h', [[{}, histogram([1, 1, 2], [1, 2, 3, 4], 9)]]),
    ]);
    expect(families[0]?.series).toEqual([
      { labels: [['a', 'x']], value: 1 },
      { labels: [['a', 'y']], value: null },
    ]);
    expect(families[1]).toMatchObject({
      type: 'histogram',
      series: [{ count: 10, sum: 9, bounds: [1, 2], counts: [3, 6, 10] }],
    });
  });

  it('dashboardData adds the families of a catalog that have no series, if the catalog has a family that does', async () => {
    expect(await data([stream('gauge', 'g', [[{}, 1]])])).toHaveLength(1);
    const families = await data([stream('counter', 'snapshot_orders', [[{}, 1]])]);
    expect(families.map(({ name, catalog, section, series }) => [name, catalog, section, series.length])).toEqual([
      ['snapshot_orders', 'snapshot-shop', 'Sales', 1],
      ['snapshot_visits', 'snapshot-shop', 'Sales', 0],
    ]);
  });

  it('dashboardData writes 100 series of a family and 10,000 of all, and reads no more of a family than it needs to', async () => {
    const many = Array.from({ length: 20_000 }, (_, i): Series => [{ id: `${i}` }, i]);
    let read = 0;
    const streams = Array.from({ length: 120 }, (_, i) => {
      const whole = stream('gauge', `g${i}`, many, { slice: 500 });
      return {
        ...whole,
        *slices() {
          for (const points of whole.slices()) {
            read += points.length;
            yield points;
          }
        },
      };
    });
    const families = await data(streams);
    expect(families.reduce((total, { series }) => total + series.length, 0)).toBe(10_000);
    expect(families[0]).toMatchObject({ more: 19_900 });
    expect(families.at(-1)).toMatchObject({ more: 20_000, series: [] });
    expect(read).toBeLessThan(120 * 3000);
  });
});
