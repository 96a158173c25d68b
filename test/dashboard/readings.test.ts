import { describe, expect, it } from 'vitest';
import { labelText, readLines } from '../../src/dashboard/page/readings';
import type { PageFamily, PageSeries } from '../../src/dashboard/wire';

const family = (type: PageFamily['type'], ...series: PageSeries[]): PageFamily => ({
  name: 'a',
  type,
  help: '',
  catalog: '',
  section: '',
  series,
  rest: { count: 0, sum: 0 },
});
const earlier = (time: number, ...series: PageSeries[]) => ({
  time,
  series: new Map(series.map((each) => [labelText(each), each])),
});
const series = (label: string, rest: Omit<PageSeries, 'labels'>): PageSeries => ({ labels: [['l', label]], ...rest });

describe('readLines', () => {
  it('readLines reads gauges as they are, unknown values as gaps', () => {
    const lines = readLines(family('gauge', series('x', { value: 5 }), series('y', { value: null })), 1000, earlier(0));
    expect([...lines]).toEqual([
      ['l=x', 5],
      ['l=y', null],
    ]);
  });

  it('readLines reads counters as rates per second, with resets, and new series as gaps', () => {
    const now = family(
      'counter',
      series('x', { value: 30 }),
      series('reset', { value: 4 }),
      series('new', { value: 9 }),
    );
    const before = earlier(1000, series('x', { value: 10 }), series('reset', { value: 100 }));
    expect([...readLines(now, 3000, before)]).toEqual([
      ['l=x', 10],
      ['l=reset', 2],
      ['l=new', null],
    ]);
  });

  it('readLines names the line of a family without labels after the family', () => {
    expect([...readLines(family('gauge', { labels: [], value: 1 }), 0, earlier(0)).keys()]).toEqual(['a']);
  });

  it('readLines reads histograms as quantiles of what all series recorded since then, each with its own resets', () => {
    const bounds = [1, 2];
    const now = family(
      'histogram',
      series('x', { bounds, counts: [10, 20, 20] }),
      series('reset', { bounds, counts: [0, 10, 10] }),
      series('new', { bounds, counts: [1000, 1000, 1000] }),
    );
    const before = earlier(
      0,
      series('x', { bounds, counts: [10, 10, 10] }),
      series('reset', { bounds, counts: [50, 50, 50] }),
    );
    // Both series recorded ten values from 1 to 2.
    expect(readLines(now, 2000, before).get('p50')).toBeCloseTo(1.5);
    expect([...readLines(now, 2000, earlier(0)).values()]).toEqual([null, null, null]);
  });
});
