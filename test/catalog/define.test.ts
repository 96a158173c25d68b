import { describe, expect, it } from 'vitest';
import { CatalogError, defineCatalog, type MetricDefinition } from '../../src/instruments';
import type { Issue } from '../../src/issues';

const METRIC: MetricDefinition = { name: 'shop_orders_total', instrument: 'counter', description: 'Orders' };

/** Returns the issues that `defineCatalog` throws for a catalog. */
function issuesOf(catalog: unknown): readonly Issue[] {
  try {
    defineCatalog(catalog as never);
  } catch (error) {
    if (error instanceof CatalogError) return error.issues;
    throw error;
  }
  return [];
}

/** Returns the issues of a catalog of one metric as pairs of code and path. */
function codesAndPaths(metric: object): [string, string][] {
  const issues = issuesOf({ name: 'shop', metrics: { orders: { ...METRIC, ...metric } } });
  return issues.map(({ code, path }) => [code, path]);
}

describe('defineCatalog', () => {
  it('returns the catalog that it was given', () => {
    const catalog = { name: 'shop', metrics: { orders: METRIC } };
    expect(defineCatalog(catalog)).toBe(catalog);
  });

  it('defineCatalog leaves no trace on globalThis', () => {
    const symbols = Object.getOwnPropertySymbols(globalThis);
    defineCatalog({ name: 'shop', metrics: { orders: METRIC } });
    expect(Object.getOwnPropertySymbols(globalThis)).toEqual(symbols);
    expect(symbols).not.toContain(Symbol.for('meterbridge.documented'));
  });

  it('accepts every form of labels, and buckets of a histogram', () => {
    const labels = { result: ['paid', 'refused'], country: 'string', channel: { known: ['web'] } };
    expect(
      codesAndPaths({ labels, cardinalityLimit: 1, initialize: false, unit: '{order}', section: 'Orders' }),
    ).toEqual([]);
    expect(codesAndPaths({ instrument: 'histogram', buckets: [-1, 0, 2.5] })).toEqual([]);
    expect(codesAndPaths({ instrument: 'histogram', buckets: [] })).toEqual([]);
  });

  it.each<[string, object, string, string]>([
    ['a metric name that begins with a digit', { name: '1st' }, 'invalid_value', 'name'],
    ['a metric name with a dot', { name: 'a.b' }, 'invalid_value', 'name'],
    ['a metric name with a final line feed', { name: 'a\n' }, 'invalid_value', 'name'],
    ['an empty metric name', { name: '' }, 'invalid_value', 'name'],
    ['a missing metric name', { name: undefined }, 'invalid_value', 'name'],
    ['an asynchronous histogram', { instrument: 'histogram', asynchronous: true }, 'not_applicable', 'asynchronous'],
    ['a histogram that is collected', { instrument: 'histogram', collect: () => 1 }, 'not_applicable', 'collect'],
    ['a collect that is no function', { collect: 1 }, 'invalid_value', 'collect'],
    ['an asynchronous that is no boolean', { asynchronous: 'yes' }, 'invalid_value', 'asynchronous'],
    ['a collect that is not asynchronous', { collect: () => 1, asynchronous: false }, 'invalid_value', 'asynchronous'],
    ['an asynchronous metric of requests', { http: 'requests', asynchronous: true }, 'not_applicable', 'http'],
    ['an unknown instrument', { instrument: 'summary' }, 'invalid_value', 'instrument'],
    ['a missing description', { description: undefined }, 'invalid_value', 'description'],
    ['a unit that is no string', { unit: null }, 'invalid_value', 'unit'],
    ['a section that is no string', { section: 1 }, 'invalid_value', 'section'],
    ['initialize that is no boolean', { initialize: 'false' }, 'invalid_value', 'initialize'],
    ['labels that are a list', { labels: ['a'] }, 'invalid_value', 'labels'],
    ['a label that begins with a digit', { labels: { '1st': 'string' } }, 'invalid_value', 'labels name'],
    ['a reserved label', { labels: { __name__: 'string' } }, 'invalid_value', 'labels name'],
    ['a label with a dot', { labels: { 'a.b': 'string' } }, 'invalid_value', 'labels name'],
    ['a label with an unknown type', { labels: { a: 'number' } }, 'invalid_value', 'labels.a'],
    ['a label with values that are no strings', { labels: { a: [1] } }, 'invalid_value', 'labels.a'],
    ['a label without a type', { labels: { a: null } }, 'invalid_value', 'labels.a'],
    ['known values that are no list', { labels: { a: { known: 'x' } } }, 'invalid_value', 'labels.a'],
    ['a repeated label value', { labels: { a: ['x', 'y', 'x', 'x'] } }, 'duplicate', 'labels.a'],
    ['a closed label without values', { labels: { a: [] } }, 'invalid_value', 'labels.a'],
    [
      'the label le on a histogram',
      { instrument: 'histogram', labels: { le: 'string' } },
      'not_applicable',
      'labels.le',
    ],
    ['buckets on a counter', { buckets: [1] }, 'not_applicable', 'buckets'],
    ['descending buckets', { instrument: 'histogram', buckets: [2, 1] }, 'invalid_value', 'buckets'],
    ['repeated buckets', { instrument: 'histogram', buckets: [1, 1] }, 'invalid_value', 'buckets'],
    ['an infinite bucket', { instrument: 'histogram', buckets: [1, Infinity] }, 'invalid_value', 'buckets'],
    ['buckets that are no list', { instrument: 'histogram', buckets: 5 }, 'invalid_value', 'buckets'],
    ['a cardinality limit of 0', { cardinalityLimit: 0 }, 'invalid_value', 'cardinalityLimit'],
    ['a cardinality limit that is no number', { cardinalityLimit: Number.NaN }, 'invalid_value', 'cardinalityLimit'],
  ])('rejects %s', (_, metric, code, path) => {
    expect(codesAndPaths(metric)).toEqual([[code, `shop.metrics.orders.${path}`]]);
  });

  it('rejects two metrics of one name', () => {
    const issues = issuesOf({ name: 'shop', metrics: { a: METRIC, b: METRIC } });
    expect(issues.map(({ code, path }) => [code, path])).toEqual([['duplicate', 'shop.metrics.b.name']]);
  });

  it('rejects a metric that has the name of a sample of a histogram', () => {
    const wait = { name: 'wait', instrument: 'histogram', description: 'Waiting' };
    const issues = issuesOf({ name: 'shop', metrics: { wait, other: { ...METRIC, name: 'wait_count' } } });
    expect(issues.map(({ code, path }) => [code, path])).toEqual([['duplicate', 'shop.metrics.other.name']]);
  });

  it.each<[string, unknown, string]>([
    ['an empty name', { name: '', metrics: {} }, 'catalog.name'],
    ['a missing name', { metrics: {} }, 'catalog.name'],
    ['a version that is no string', { name: 'shop', version: 1, metrics: {} }, 'shop.version'],
    ['missing metrics', { name: 'shop' }, 'shop.metrics'],
    ['metrics that are a list', { name: 'shop', metrics: [METRIC] }, 'shop.metrics'],
    ['a metric that is no object', { name: 'shop', metrics: { orders: null } }, 'shop.metrics.orders'],
    ['undefined', undefined, 'catalog'],
  ])('rejects a catalog with %s', (_, catalog, path) => {
    expect(issuesOf(catalog).map((issue) => [issue.code, issue.path])).toEqual([['invalid_value', path]]);
  });

  it('lists every issue of every metric, each with what was received and expected', () => {
    const issues = issuesOf({
      name: 'shop',
      metrics: { a: { ...METRIC, name: '1st', instrument: 'summary' }, b: { ...METRIC, labels: { x: [] } } },
    });
    expect(issues.map(({ path }) => path)).toEqual([
      'shop.metrics.a.name',
      'shop.metrics.a.instrument',
      'shop.metrics.b.labels.x',
    ]);
    expect(issues[1]).toMatchObject({
      received: '"summary"',
      expected: 'one of counter, updowncounter, gauge, histogram',
    });
  });
});
