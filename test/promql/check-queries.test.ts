import { describe, expect, it } from 'vitest';
import { checkQueries } from '../../src/promql/check-queries';
import type { Query } from '../../src/promql/query';
import { check, expression, shopMetrics } from './shop-metrics';

const record = (name: string, text: string, labels: Record<string, string> = {}): Query => ({
  ...expression(text),
  file: name,
  record: name,
  labels: new Map(Object.entries(labels)),
});

/** Returns the codes of the findings in an expression that uses recording rules. */
function codesWith(rules: readonly Query[], text: string, options = {}): string[] {
  return checkQueries([...rules, expression(text)], shopMetrics(), options).map(({ file, code }) => `${file} ${code}`);
}

describe('queries that use recording rules', () => {
  const rules = [
    record('job:orders:rate5m', 'sum by (job, result) (rate(shop_orders_total[5m]))', { team: 'web' }),
    record('job:checkout_bucket:rate5m', 'sum by (job, le) (rate(shop_checkout_duration_seconds_bucket[5m]))'),
    record('job:checkout:p95', 'histogram_quantile(0.95, job:checkout_bucket:rate5m)'),
    record('job:orders:sum', 'sum by (job) (shop_orders_total)'),
  ];

  it.each([
    ['job:orders:rate5m{job="a", result="ok", team="web"}', []],
    ['histogram_quantile(0.9, job:checkout_bucket:rate5m)', []],
    ['rate(job:orders:sum[5m])', []],
    ['job:orders:rate5m{channel="web"}', ['test unknown_label']],
    ['job:orders:rate5m{team="app"}', ['test impossible_label_value']],
    ['job:orders:rate5m{result="error"}', ['test impossible_label_value']],
    ['job:checkout:p95 > 5', ['test quantile_above_buckets']],
    ['job:orders:sum > 1000', ['test counter_without_rate']],
    ['job:orders:rate5m < 0', ['test threshold_unreachable']],
    ['job:orders:rate5m / job:orders:sum', ['test mismatched_labels']],
    ['job:order:rate5m', ['test unknown_metric']],
  ])('infers the series of the rules in %s', (text, expected) => {
    expect(codesWith(rules, text)).toEqual(expected);
  });

  it('accepts rules that refer to each other in a cycle', () => {
    expect(codesWith([record('a:b', 'a:c + 1'), record('a:c', 'a:b + 1')], 'a:b{x="y"}')).toEqual([]);
  });

  it('knows nothing of a series that several rules write', () => {
    expect(codesWith([record('a:b', 'shop_open_carts'), record('a:b', 'sum(up)')], 'a:b{x="y"}')).toEqual([]);
  });

  it('reports a finding in a rule once, however many queries use the rule', () => {
    expect(codesWith([record('a:b', 'rate(shop_open_carts[5m])')], 'a:b + a:b')).toEqual(['a:b rate_of_gauge']);
  });
});

describe('the options of the check', () => {
  it('accept the labels of service discovery', () => {
    const metrics = shopMetrics({ targetLabels: ['namespace'] });
    expect(checkQueries([expression('sum by (namespace) (rate(shop_visits{namespace="a"}[5m]))')], metrics)).toEqual(
      [],
    );
  });

  it('accept the names of native histograms', () => {
    const native = expression('histogram_quantile(0.9, sum(rate(shop_checkout_duration_seconds[5m])))');
    const classic = expression('rate(shop_checkout_duration_seconds_count[5m])');
    const codes = (histograms: 'native' | 'both') =>
      checkQueries([native, classic], shopMetrics({ histograms })).map(({ code }) => code);
    expect(codes('both')).toEqual([]);
    expect(codes('native')).toEqual(['unknown_metric']);
  });

  it('leave out metrics that are defined elsewhere', () => {
    expect(codesWith([], 'sum by (x) (node_load1{y="z"}) / sum by (x) (shop_visits)', { external: /^node_/ })).toEqual([
      'test unknown_label',
    ]);
  });

  it('compare ranges with the scrape interval', () => {
    expect(codesWith([], 'rate(shop_visits[1m])', { scrapeInterval: 60 })).toEqual(['test range_too_short']);
    expect(codesWith([], 'rate(shop_visits[2m])', { scrapeInterval: 60 })).toEqual([]);
  });
});

describe('the suggestions of findings', () => {
  it.each([
    ['rate(shop_order_total[5m])', 'did you mean shop_orders_total?'],
    ['rate(shop_visits_total[5m])', 'did you mean shop_visits?'],
    ['shop_orders_total{chanel="web"} == 0', 'did you mean channel?'],
    ['shop_orders_total{result="fialed"} == 0', 'did you mean "failed"?'],
    ['min(rate(shop_visits[5m]), 30)', 'to limit a value use clamp_max(...)'],
    ['histogram_quantile(95, rate(shop_checkout_duration_seconds_bucket[5m]))', 'use 0.95'],
    ['shop_stock_items{namespace="a"}', 'if service discovery adds the label, pass --target-label namespace'],
    [
      'sum(rate(shop_orders_total[5m])) / sum by (job) (rate(shop_visits[5m]))',
      'aggregate both sides to the same labels, such as sum(...) / sum(...)',
    ],
  ])('correct %s', (query, suggestion) => {
    expect(check(query)).toMatchObject([{ suggestion }]);
  });
});
