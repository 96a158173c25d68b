import { describe, expect, it } from 'vitest';
import type { MetricDefinition } from '../../src/catalog/definition';
import { selectLabels, validateLabels } from '../../src/catalog/label-validation';
import { OTHER_LABEL_VALUE } from '../../src/catalog/labels';

const HITS: MetricDefinition = {
  name: 'hits_total',
  instrument: 'counter',
  description: 'Hits',
  labels: { kind: ['good', 'bad'], page: 'string', zone: { known: ['north'] } },
};
const DEPTH: MetricDefinition = { name: 'depth', instrument: 'gauge', description: 'Depth' };
const GOOD = { kind: 'good', page: '/', zone: 'north' };

const throwing = {
  kind: 'good',
  zone: 'north',
  get page(): string {
    throw new Error('no page');
  },
};
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

describe('validateLabels', () => {
  it('returns accepted labels in declared order, as strings', () => {
    const { attributes, issues } = validateLabels(HITS, { zone: 'moon', page: 5, kind: 'bad' });
    expect(Object.entries(attributes)).toEqual([
      ['kind', 'bad'],
      ['page', '5'],
      ['zone', 'moon'],
    ]);
    expect(issues).toEqual([]);
  });

  it.each<[string, unknown, Record<string, string>, [string, string][]]>([
    ['an unlisted value', { ...GOOD, kind: 'ugly' }, { kind: OTHER_LABEL_VALUE }, [['invalid_label', 'kind']]],
    [
      'an inherited name as value',
      { ...GOOD, kind: 'constructor' },
      { kind: OTHER_LABEL_VALUE },
      [['invalid_label', 'kind']],
    ],
    ['a missing label', { kind: 'good', zone: 'north' }, { page: OTHER_LABEL_VALUE }, [['invalid_label', 'page']]],
    ['null', { ...GOOD, page: null }, { page: OTHER_LABEL_VALUE }, [['invalid_label', 'page']]],
    ['an object', { ...GOOD, page: {} }, { page: OTHER_LABEL_VALUE }, [['invalid_label', 'page']]],
    ['a symbol', { ...GOOD, page: Symbol('s') }, { page: OTHER_LABEL_VALUE }, [['invalid_label', 'page']]],
    ['a bigint', { ...GOOD, page: 1n }, { page: OTHER_LABEL_VALUE }, [['invalid_label', 'page']]],
    [
      'an object without prototype',
      { ...GOOD, page: Object.create(null) },
      { page: OTHER_LABEL_VALUE },
      [['invalid_label', 'page']],
    ],
    ['a getter that throws', throwing, { page: OTHER_LABEL_VALUE }, [['invalid_label', 'page']]],
    ['an unknown label', { ...GOOD, shop: 'A' }, {}, [['unknown_label', 'shop']]],
  ])('replaces or drops %s and returns an issue with its path', (_, given, replaced, expected) => {
    const { attributes, issues } = validateLabels(HITS, given);
    expect(attributes).toEqual({ ...GOOD, ...replaced });
    expect(issues.map(({ code, path }) => [code, path])).toEqual(
      expected.map(([code, label]) => [code, `hits_total.${label}`]),
    );
  });

  it.each<[string, () => unknown]>([
    ['undefined', () => undefined],
    ['null', () => null],
    ['a string', () => 'good'],
    ['a revoked proxy', () => revoked],
  ])('treats every label as missing in %s', (_, labels) => {
    const given = labels();
    const { attributes, issues } = validateLabels(HITS, given);
    expect(attributes).toEqual({ kind: OTHER_LABEL_VALUE, page: OTHER_LABEL_VALUE, zone: OTHER_LABEL_VALUE });
    expect(issues).toHaveLength(3);
  });
});

describe('selectLabels', () => {
  it('returns the given labels as strings and leaves out the others', () => {
    expect(selectLabels(HITS, { page: 5 })).toEqual({ page: '5' });
    expect(selectLabels(HITS, {})).toEqual({});
    expect(selectLabels(DEPTH, undefined)).toEqual({});
  });

  it('selects the series of invalid values only by its name', () => {
    expect(selectLabels(HITS, { kind: OTHER_LABEL_VALUE })).toEqual({ kind: OTHER_LABEL_VALUE });
    expect(selectLabels(HITS, { kind: 'ugly' })).toBeUndefined();
  });

  it.each<[string, () => unknown]>([
    ['an unknown label', () => ({ shop: 'A' })],
    ['a label that is undefined', () => ({ page: undefined })],
    ['a label that cannot be read', () => throwing],
    ['undefined, which could be a mistake', () => undefined],
    ['null', () => null],
    ['a string', () => 'good'],
    ['a revoked proxy', () => revoked],
  ])('selects nothing for %s', (_, labels) => {
    expect(selectLabels(HITS, labels())).toBeUndefined();
  });
});
