import { expect, it, describe as suite } from 'vitest';
import { findState, formatRate, formatValue } from '../../src/dashboard/page/format';
import { describe } from '../../src/dashboard/page/headline';
import { readRecorded } from '../../src/dashboard/page/readings';
import type { PageFamily, PageSeries } from '../../src/dashboard/wire';

const family = (type: PageFamily['type'], name: string, series: PageSeries[] = [], help = ''): PageFamily => ({
  name,
  type,
  help,
  catalog: '',
  section: '',
  series,
  rest: { count: 0, sum: 0 },
});

suite('the values of the dashboard', () => {
  it.each([
    [26_100_000_000, 'bytes', '24.3 GiB'],
    [0, 'bytes', '0 B'],
    [0.0032, 'seconds', '3.2 ms'],
    [0.0000009, 'seconds', '0.9 µs'],
    [0, 'seconds', '0 s'],
    [90, 'seconds', '1.5 min'],
    [41.04, 'percent', '41 %'],
    [0.5, 'ratio', '50 %'],
    [512, 'mb', '512 MB'],
    [1234, '', '1.23 k'],
    [7, '', '7'],
    [-2048, 'bytes', '-2 KiB'],
  ] as const)('the value %f of the unit "%s" is written as %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });

  it('a rate is written per second', () => {
    expect(formatRate(1234, '')).toBe('1.23 k/s');
  });

  it('a state has the name that the definition of the metric gives it, or else the description', () => {
    const health = family('gauge', 'health', [], 'Health status of core nodes (1=healthy, 0=unhealthy)');
    expect([0, 1, 2].map((value) => findState(health, value))).toEqual(['unhealthy', 'healthy', undefined]);
    const status = { ...family('gauge', 'status'), states: ['stopped', 'running', 'stopping'] };
    expect([0, 2, 3, 0.5].map((value) => findState(status, value))).toEqual([
      'stopped',
      'stopping',
      undefined,
      undefined,
    ]);
  });
});

suite('the headline of a family', () => {
  it('the headline of a gauge is its value with its unit, or the name of its state', () => {
    expect(describe(family('gauge', 'storage_bytes'), new Map([['storage_bytes', 2048]]), undefined)).toMatchObject({
      value: '2 KiB',
      detail: '',
    });
    const health = family('gauge', 'health', [], 'Health (1=healthy, 0=unhealthy)');
    expect(describe(health, new Map([['node_id=a', 1]]), undefined).value).toBe('1 healthy');
  });

  it('the headline of several gauges is the largest one, with its labels', () => {
    const latest = new Map([
      ['queue=a', 3],
      ['queue=b', 9],
    ]);
    expect(describe(family('gauge', 'queue_size'), latest, undefined)).toMatchObject({
      value: '9',
      detail: 'largest: queue=b',
    });
  });

  it('the headline of a gauge that is a part of another one has its share', () => {
    const relation = { part: 'memory_used_bytes', whole: 'memory_total_bytes', isRest: false };
    const whole = { relation, latest: new Map([['memory_total_bytes', 4096]]) };
    const used = family('gauge', 'memory_used_bytes');
    const latest = new Map([['memory_used_bytes', 1024]]);
    expect(describe(used, latest, undefined, whole).detail).toBe('25 % of memory_total_bytes');
    const rest = { relation: { ...relation, whole: 'memory_free_bytes', isRest: true }, latest: new Map([['', 3072]]) };
    expect(describe(used, latest, undefined, rest).detail).toBe('25 % of the sum with memory_free_bytes');
  });

  it('the headline of a counter with more series than are sent says of how many series its rate is', () => {
    const counter = { ...family('counter', 'events', [{ labels: [], value: 500 }]), rest: { count: 4, sum: 1500 } };
    expect(describe(counter, new Map([['events', 5]]), undefined).detail).toBe('of the 1 largest series, 2 k in total');
  });

  it('the headline of a counter is the rate of all series, with the share of errors', () => {
    const series = ['success', 'error'].map((result): PageSeries => ({ labels: [['result', result]], value: 500 }));
    const latest = new Map([
      ['result=success', 9],
      ['result=error', 1],
    ]);
    expect(describe(family('counter', 'events', series), latest, undefined)).toEqual({
      value: '10/s',
      detail: 'errors 10 %, 1 k in total',
      hasErrors: true,
    });
  });

  it('the headline of a histogram says that a quantile in the lowest or the highest bucket is not precise', () => {
    const bounds = [0.005, 0.01];
    const describeCounts = (counts: number[]) => {
      const now = family('histogram', 'wait_seconds', [{ labels: [], bounds, counts }]);
      const recorded = readRecorded(now, {
        time: 0,
        series: new Map([['', { labels: [], bounds, counts: [0, 0, 0] }]]),
      });
      const latest = new Map([
        ['p50', 0.001],
        ['p95', 0.002],
        ['p99', 0.003],
      ]);
      return describe(now, latest, recorded).detail;
    };
    expect(describeCounts([10, 10, 10])).toContain('lowest bucket, up to 5 ms');
    expect(describeCounts([0, 0, 10])).toContain('above the highest bound, 10 ms');
    expect(describeCounts([0, 10, 10])).toBe('95th percentile; p50 1 ms, p99 3 ms');
  });

  it('a family without a known value has a dash', () => {
    expect(describe(family('gauge', 'a'), new Map([['a', null]]), undefined).value).toBe('–');
  });
});
