import { AssertionError } from 'node:assert';
import { start } from 'meterbridge';
import {
  collectAndCompare,
  count,
  expectPage,
  lint,
  type MetricMatchers,
  metricMatchers,
  startTestSdk,
  value,
} from 'meterbridge/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { catalog, instruments } from './shop';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: the declaration of Vitest has this default
  interface Matchers<T = any> extends MetricMatchers<T> {}
}
expect.extend(metricMatchers);

const PAGE = `# HELP a_total Help of a.
# TYPE a_total counter
a_total{x="1",y="2"} 3
a_total{x="2",y="2"} 1e3
# HELP b_seconds Help of b.
# TYPE b_seconds histogram
b_seconds_bucket{le="2"} 1
b_seconds_bucket{le="10"} 1
b_seconds_bucket{le="+Inf"} 2
b_seconds_sum 21
b_seconds_count 2
# HELP process_cpu_seconds_total CPU.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 12.5
# TYPE target_info gauge
target_info{service_name="x"} 1
`;

const SAME = `
  b_seconds_count 2
  b_seconds_sum 21.0
  b_seconds_bucket{le="+Inf"} 2
  b_seconds_bucket{le="2"} 1
  b_seconds_bucket{le="10"} 1
  # TYPE a_total counter
  a_total{y="2",x="2"} 1000
  a_total{y="2",x="1"} 3
`;

describe('expectPage', () => {
  it('accepts any order of families, series and labels, any form of numbers, and missing metadata', async () => {
    await expectPage(PAGE, SAME);
    await expectPage(PAGE, PAGE);
  });

  it.each([
    ['another value', SAME.replace('1000', '1001')],
    ['a missing series', SAME.replace('a_total{y="2",x="1"} 3', '')],
    ['a series too many', `${SAME}\na_total{x="3",y="3"} 0`],
    ['another type', SAME.replace('counter', 'gauge')],
    ['another help text', `# HELP a_total Other.\n${SAME}`],
    ['a family too many', `${SAME}\nc_total 1`],
    ['a missing family', 'a_total{x="1",y="2"} 3\na_total{x="2",y="2"} 1000'],
    ['an ignored family that is expected', `${SAME}\nprocess_cpu_seconds_total 13`],
  ])('rejects with the difference for %s', async (_, expected) => {
    const error = await expectPage(PAGE, expected).catch((reason) => reason);
    expect(error).toBeInstanceOf(AssertionError);
    expect(error.actual).not.toBe(error.expected);
  });

  it('ignores the given families instead of the default ones', async () => {
    await expectPage(PAGE, 'a_total{x="1",y="2"} 3\na_total{x="2",y="2"} 1000', {
      ignore: ['b_seconds', 'process_*', 'target_info'],
    });
    await expect(expectPage(PAGE, SAME, { ignore: [] })).rejects.toThrow(AssertionError);
  });

  it('reads a running SDK and the URL of an endpoint', async () => {
    const sdk = await start({ catalogs: [catalog], http: false, prometheus: { port: 0, host: '127.0.0.1' } });
    try {
      const [url = ''] = sdk.urls;
      for (const source of [sdk, new URL(url)]) {
        await expectPage(
          source,
          `tested_orders_total{result="paid"} 0
          tested_orders_total{result="refused"} 0
          tested_packing_seconds_bucket{le="1"} 0
          tested_packing_seconds_bucket{le="2"} 0
          tested_packing_seconds_bucket{le="+Inf"} 0
          tested_packing_seconds_count 0
          tested_packing_seconds_sum 0
          tested_stock 7`,
        );
      }
      await expect(count(new URL('/nothing', url))).rejects.toThrow('status 404');
    } finally {
      await sdk.shutdown();
    }
  });
});

describe('collectAndCompare', () => {
  it('compares the families of the expected text, and named ones', async () => {
    await collectAndCompare(PAGE, SAME);
    await collectAndCompare(PAGE, 'target_info{service_name="x"} 1');
    await collectAndCompare(PAGE, 'target_info{service_name="x"} 1', 'c_total');
    await expect(collectAndCompare(PAGE, 'target_info{service_name="x"} 1', 'a_total')).rejects.toThrow(AssertionError);
    await expect(collectAndCompare(PAGE, 'b_seconds_sum 21')).rejects.toThrow(AssertionError);
  });
});

describe('count and value', () => {
  it('count returns the number of series', async () => {
    expect([await count(PAGE), await count(PAGE, 'a_total'), await count(PAGE, 'b_seconds', 'c')]).toEqual([5, 2, 1]);
  });

  it('value returns the only sample that matches', async () => {
    expect(await value(PAGE, 'a_total', { x: 1 })).toBe(3);
    expect(await value(PAGE, 'b_seconds_bucket', { le: '+Inf' })).toBe(2);
    await expect(value(PAGE, 'a_total')).rejects.toThrow(/2 samples a_total[\s\S]*a_total\{x="2",y="2"\} 1000/);
    await expect(value(PAGE, 'c_total')).rejects.toThrow('the page has none of this name');
  });
});

describe('lint', () => {
  it('returns the naming rules of promtool that families break', async () => {
    const page = `# HELP orders Orders
# TYPE orders counter
orders{queueName="a"} 1
# HELP queue_size_total Size
# TYPE queue_size_total gauge
queue_size_total{le="1"} 1
# TYPE latency_ms gauge
latency_ms 1
# HELP work_minutes_gauge Work
# TYPE work_minutes_gauge gauge
work_minutes_gauge 1
# HELP a:b_count B
# TYPE a:b_count gauge
a:b_count 1
# HELP sent_kilobytes_total B
# TYPE sent_kilobytes_total counter
sent_kilobytes_total 1
`;
    expect((await lint(page)).map(({ code, path }) => `${path} ${code}`)).toEqual([
      'orders counter_without_total',
      'orders camel_case',
      'queue_size_total total_without_counter',
      'queue_size_total reserved_label',
      'latency_ms help_missing',
      'latency_ms abbreviated_unit',
      'work_minutes_gauge base_unit',
      'work_minutes_gauge type_in_name',
      'a:b_count reserved_suffix',
      'a:b_count colon_in_name',
      'sent_kilobytes_total base_unit',
    ]);
    expect(await lint(PAGE)).toEqual([]);
    expect(await lint(page, { ignore: ['*'] })).toEqual([]);
  });
});

describe('the matchers', () => {
  let sdk: ReturnType<typeof startTestSdk>;
  beforeEach(() => {
    sdk = startTestSdk({ catalogs: [catalog] });
    instruments.orders.inc({ result: 'paid' });
  });
  afterEach(() => sdk.shutdown());

  it('accept what is on the page', async () => {
    await expect(sdk).toHaveMetricValue('tested_orders_total', { result: 'paid' }, 1);
    await expect(sdk).toHaveMetricValue('tested_stock', 7);
    await expect(sdk).toHaveSeriesCount(2, 'tested_orders_total');
    await expect(sdk).toMatchFamilies('tested_orders_total{result="paid"} 1\ntested_orders_total{result="refused"} 0');
    await expect(PAGE).toMatchPage(SAME);
    await expect(sdk).toPassLint();
    await expect(sdk).not.toHaveMetricValue('tested_stock', 8);
    await expect(sdk).not.toMatchPage('tested_stock 7');
  });

  it('reject what is not, and say what the page has', async () => {
    await expect(expect(sdk).toHaveMetricValue('tested_stock', 8)).rejects.toThrow('tested_stock is 7: expected 8');
    await expect(expect(sdk).toHaveMetricValue('tested_orders_total', 1)).rejects.toThrow('2 samples');
    await expect(expect(sdk).not.toHaveSeriesCount(2, 'tested_orders_total')).rejects.toThrow('not to have 2 series');
    await expect(expect(sdk).toMatchFamilies('tested_stock 8')).rejects.toThrow('tested_stock 7');
    await expect(expect('# TYPE x counter\nx 1\n').toPassLint()).rejects.toThrow('counter_without_total');
    await expect(expect('no page').toMatchPage('')).rejects.toThrow('line 1');
  });
});
