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
    door: { name: 'snapshot_door', instrument: 'gauge', description: 'The door', states: ['shut', 'open'] },
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
      ['snapshot_door', 'snapshot-shop', '', 0],
      ['snapshot_visits', 'snapshot-shop', 'Sales', 0],
    ]);
  });

  it('dashboardData writes the names that a definition gives to the states of a gauge', async () => {
    const [family] = await data([stream('gauge', 'snapshot_door', [[{}, 1]])]);
    expect(family?.states).toEqual(['shut', 'open']);
  });

  it('dashboardData writes the 100 largest series of a family, largest first, and the count and sum of the rest', async () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i * 7919) % 1000);
    const [family] = await data([
      stream(
        'gauge',
        'g',
        values.map((value, i): Series => [{ id: `${i}` }, value]),
        { slice: 30 },
      ),
    ]);
    expect(family?.series.map(({ value }) => value)).toEqual(Array.from({ length: 100 }, (_, i) => 999 - i));
    expect(family?.rest).toEqual({ count: 900, sum: (899 * 900) / 2 });
  });

  it('dashboardData ranks histograms by their number of values, and NaN below every number', async () => {
    const one = (count: number) => histogram([1], [count, 0], 0);
    const [g, h] = await data([
      stream('gauge', 'g', [
        [{ a: 'nan' }, Number.NaN],
        ...Array.from({ length: 100 }, (_, i): Series => [{ a: `${i}` }, -i]),
      ]),
      stream(
        'histogram',
        'h',
        Array.from({ length: 102 }, (_, i): Series => [{ a: `${i}` }, one(i)]),
      ),
    ]);
    expect(g?.series[0]).toEqual({ labels: [['a', '0']], value: 0 });
    expect(g?.series.some(({ value }) => value === null)).toBe(false);
    expect(g?.rest).toEqual({ count: 1, sum: 0 });
    expect(h?.series[0]).toMatchObject({ labels: [['a', '101']], count: 101 });
    expect(h?.rest).toEqual({ count: 2, sum: 1 });
  });

  it('dashboardData writes at most 10,000 series of all families, and the count and sum of those without a place', async () => {
    const many = Array.from({ length: 2000 }, (_, i): Series => [{ id: `${i}` }, 1]);
    const families = await data(Array.from({ length: 120 }, (_, i) => stream('gauge', `g${i}`, many, { slice: 500 })));
    expect(families.reduce((total, { series }) => total + series.length, 0)).toBe(10_000);
    expect(families[0]?.rest).toEqual({ count: 1900, sum: 1900 });
    expect(families.at(-1)).toMatchObject({ rest: { count: 2000, sum: 2000 }, series: [] });
  });

  it('dashboardData writes the latest exemplar with a trace of all series of a family', async () => {
    const exemplar = (seconds: number, value: number, traceId?: string) => ({
      value,
      timestamp: [seconds, 500_000_000] as [number, number],
      filteredAttributes: {},
      ...(traceId === undefined ? {} : { traceId, spanId: 'b7ad6b7169203331' }),
    });
    const [early, late] = ['0af7651916cd43dd8448eb211c80319c', '1bf7651916cd43dd8448eb211c80319c'];
    const [c, g] = await data([
      stream('counter', 'c', [
        [{ a: 'x' }, 1, [exemplar(20, 2, late)]],
        [{ a: 'y' }, 1, [exemplar(10, 1, early)]],
        [{ a: 'z' }, 1, [exemplar(30, 3)]],
      ]),
      stream('gauge', 'g', [[{}, 1]]),
    ]);
    expect(c?.exemplar).toEqual({ traceId: late, value: 2, time: 20_500 });
    expect(g).not.toHaveProperty('exemplar');
  });

  it('dashboardData writes the alerts and the URL of traces if they are known', async () => {
    const traceUrl = 'http://localhost/{trace_id}';
    const alerts = { firing: [], more: 0 };
    expect(JSON.parse(await text(dashboardData([], [], { alerts, traceUrl })))).toMatchObject({ alerts, traceUrl });
    const plain = JSON.parse(await text(dashboardData([], [])));
    expect(Object.keys(plain).sort()).toEqual(['families', 'time']);
  });
});
