import { describe, expect, it } from 'vitest';
import { CatalogError, defineCatalog, type MetricDefinition } from '../../src/instruments';

const METRIC: MetricDefinition = { name: 'shop_orders_total', instrument: 'counter', description: 'Orders' };

function define(...metrics: Partial<MetricDefinition>[]): void {
  defineCatalog({
    name: 'shop',
    metrics: Object.fromEntries(metrics.map((metric, i) => [`m${i}`, { ...METRIC, ...metric }])),
  });
}

describe('defineCatalog', () => {
  it('gives back what it was given', () => {
    const catalog = { name: 'shop', metrics: { orders: METRIC } };
    expect(defineCatalog(catalog)).toBe(catalog);
  });

  it.each<[string, Partial<MetricDefinition>, string]>([
    ['a metric name that begins with a digit', { name: '1st' }, 'metric "1st": a metric name matches'],
    ['a metric name with a dot', { name: 'a.b' }, 'metric "a.b": a metric name matches'],
    ['an empty metric name', { name: '' }, 'metric "": a metric name matches'],
    [
      'an unknown instrument',
      { instrument: 'summary' as never },
      'instrument is one of counter, updowncounter, gauge, histogram, given "summary"',
    ],
    ['a missing description', { description: undefined as never }, 'description is a string, given undefined'],
    ['a label that begins with a digit', { labels: { '1st': 'string' } }, 'a label name matches'],
    ['a reserved label', { labels: { __name__: 'string' } }, 'a label name matches'],
    ['a label with a dot', { labels: { 'a.b': 'string' } }, 'given "a.b"'],
    ['a label value that is there twice', { labels: { a: ['x', 'x'] } }, 'label a lists a value twice'],
    ['a closed label without values', { labels: { a: [] } }, 'label a lists no value'],
    [
      'the label le on a histogram',
      { instrument: 'histogram', labels: { le: 'string' } },
      'le belongs to the histogram',
    ],
    ['buckets on a counter', { buckets: [1] }, 'buckets belong to a histogram, this is a counter'],
    ['buckets that go down', { instrument: 'histogram', buckets: [2, 1] }, 'finite and ascending, given [2, 1]'],
    ['buckets that repeat', { instrument: 'histogram', buckets: [1, 1] }, 'finite and ascending, given [1, 1]'],
    ['an infinite bucket', { instrument: 'histogram', buckets: [1, Infinity] }, 'finite and ascending'],
    ['a limit of one', { cardinalityLimit: 1 }, 'cardinalityLimit is a whole number of at least 2, given 1'],
    [
      'a limit that is no number',
      { cardinalityLimit: Number.NaN },
      'cardinalityLimit is a whole number of at least 2, given NaN',
    ],
  ])('refuses %s', (_, metric, message) => {
    expect(() => define(metric)).toThrow(CatalogError);
    expect(() => define(metric)).toThrow(message);
  });

  it('refuses two metrics of one name', () => {
    expect(() => define({}, {})).toThrow('shop_orders_total and shop_orders_total would both serve samples named');
  });

  it('refuses a metric whose name is that of a sample of a histogram', () => {
    expect(() => define({ name: 'wait', instrument: 'histogram' }, { name: 'wait_count' })).toThrow(
      'wait_count and wait would both serve samples named wait_count',
    );
  });

  it('refuses a catalog without a name', () => {
    expect(() => defineCatalog({ name: '', metrics: {} })).toThrow('a catalog needs a name, given ""');
  });
});
