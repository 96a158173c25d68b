import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../src/exposition/encode/byte-writer';
import {
  type LabelOptions,
  LabelWriter,
  labelText,
  MAX_LABEL_VALUE,
} from '../../../src/exposition/encode/label-writer';

const TRANSLATED: LabelOptions = { strategy: 'UnderscoreEscapingWithSuffixes', escaping: 'underscores' };

function written(labels: LabelWriter, attributes: Attributes): string {
  const page = new ByteWriter();
  labels.write(page, attributes);
  return page.take().toString();
}

const attributes: fc.Arbitrary<Attributes> = fc.dictionary(
  fc.oneof(fc.constantFrom('a', 'b', 'a.b', 'a_b', 'le', '__name__', 'scope', ''), fc.string({ unit: 'binary' })),
  fc.oneof(
    fc.constantFrom('', 'x', '5'),
    fc.string({ unit: 'binary' }),
    fc.double(),
    fc.boolean(),
    fc.array(fc.string()),
  ),
  { maxKeys: 4 },
);

describe('LabelWriter', () => {
  it('writes the same labels as bytes and as pairs, whether or not two keys become one label', () => {
    fc.assert(
      fc.property(attributes, fc.boolean(), (given, constant) => {
        const labels = new LabelWriter({ ...TRANSLATED, reserved: 'le', constant: constant ? { scope: 'lib' } : {} });
        const pairs = labels.pairs(given);
        const sorted = (text: [string, string][]) => text.map((each) => each.join('=')).sort();
        const each: [string, string][] = [];
        labels.each(given, { label: (name, value) => void each.push([name, value]) });
        expect(sorted(each)).toEqual(sorted(pairs as [string, string][]));
        expect(written(labels, given)).toBe(labelText(pairs));
        // The second time, the keys are known.
        expect(written(labels, given)).toBe(labelText(pairs));
        expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
      }),
    );
  });

  it('keeps documented labels as they are, empty values included, and escapes the key of an attribute that a view added', () => {
    const labels = new LabelWriter({ strategy: undefined, escaping: 'underscores' });
    expect(written(labels, { 'a.b': '', c: 'x' })).toBe('a_b="",c="x"');
    const quoted = new LabelWriter({ strategy: undefined, escaping: 'allow-utf-8' });
    expect(written(quoted, { 'a.b': '', c: 'x' })).toBe('"a.b"="",c="x"');
  });

  // "the values MUST be concatenated together, separated by ;, and ordered by the lexicographical order of the original keys".
  it('joins values of keys that become one label by the order of the keys, constant ones included', () => {
    const labels = new LabelWriter({ ...TRANSLATED, constant: { 'service.name': 'resource' } });
    expect(written(labels, { service_name: 'attribute' })).toBe('service_name="resource;attribute"');
    expect(written(labels, { a_b: 'line', 'a.b': 'dot', 'a-b': 'dash' })).toBe(
      'a_b="dash;dot;line",service_name="resource"',
    );
  });

  it('renames labels that the format owns', () => {
    const labels = new LabelWriter({ strategy: 'NoTranslation', escaping: 'underscores', reserved: 'le' });
    expect(written(labels, { __name__: 'a', __x__: 'b', le: 'c' })).toBe(
      'exported___name__="a",exported___x__="b",exported_le="c"',
    );
  });

  it('cuts a long value so that different values stay different', () => {
    const labels = new LabelWriter(TRANSLATED);
    const long = 'x'.repeat(MAX_LABEL_VALUE);
    const [first, second] = [`${long}1`, `${long}2`].map((value) => labels.pairs({ a: value })[0]?.[1] ?? '');
    expect(labels.pairs({ a: long })[0]?.[1]).toBe(long);
    expect(first?.length).toBe(MAX_LABEL_VALUE);
    expect(second?.length).toBe(MAX_LABEL_VALUE);
    expect(first).not.toBe(second);
  });

  it('ignores inherited attributes', () => {
    const labels = new LabelWriter(TRANSLATED);
    const given = Object.assign(Object.create({ inherited: 'x' }) as Attributes, { own: 'y' });
    expect(written(labels, given)).toBe('own="y"');
  });

  it('identifies series by their labels, whatever the order and without empty values', () => {
    const labels = new LabelWriter({ strategy: undefined, escaping: 'underscores' });
    expect(labels.identity({ a: 'x', b: 'y', c: '' })).toBe(labels.identity({ b: 'y', a: 'x' }));
  });
});
