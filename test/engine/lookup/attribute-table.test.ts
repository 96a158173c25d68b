import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttributeTable } from '../../../src/engine/lookup/attribute-table';

interface Named {
  readonly attributes: Attributes;
}

const named = (attributes: object): Named => ({ attributes: attributes as Attributes });

/** Attributes as text, equal exactly if the attributes are: keys sorted, values with their types. */
function modelKey(attributes: Attributes): string {
  const text = (value: unknown): string =>
    Array.isArray(value)
      ? `[${value.map(text).join()}]`
      : `${typeof value}:${JSON.stringify(String(Object.is(value, -0) ? 0 : value))}`;
  const entries = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return JSON.stringify(entries.map(([key, value]) => [key, text(value)]).sort());
}

const value = fc.oneof(
  fc.constantFrom<unknown>('a', 'b', '1', '', 'null', 'NaN', '\0json:[1]', 'list number 1 1'),
  fc.constantFrom<unknown>(0, -0, 1, NaN, Infinity, -Infinity, true, false, null, undefined),
  fc.array(fc.constantFrom<unknown>('a', 'b', 1, '1', null, true), { maxLength: 3 }),
);
const attributes: fc.Arbitrary<Attributes> = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'constructor', ''), value), {
    maxLength: 5,
    selector: ([key]) => key,
  })
  .map((entries) => Object.fromEntries(entries) as Attributes);

const withoutUndefined = (given: Attributes): Attributes =>
  Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined));

describe('AttributeTable', () => {
  it('agrees with a plain map on random programs, and is empty after everything was removed', () => {
    const step = fc.record({ op: fc.constantFrom('insert', 'insert', 'find', 'remove', 'matching'), attributes });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new AttributeTable<Named>();
        const model = new Map<string, Named>();
        for (const { op, attributes: given } of steps) {
          const key = modelKey(given);
          const expected = model.get(key);
          if (op === 'insert' && expected === undefined) {
            const entry = named(withoutUndefined(given));
            table.insert(entry);
            model.set(key, entry);
          } else if (op === 'remove' && expected !== undefined) {
            expect(table.remove(expected)).toBe(true);
            expect(table.remove(expected)).toBe(false);
            model.delete(key);
          } else if (op === 'matching') {
            const selector = withoutUndefined(given);
            const matches = (entry: Named) =>
              Object.keys(selector).every(
                (each) =>
                  Object.hasOwn(entry.attributes, each) &&
                  modelKey({ x: entry.attributes[each] }) === modelKey({ x: selector[each] }),
              );
            expect(new Set(table.matching(selector))).toEqual(new Set([...model.values()].filter(matches)));
          }
          expect(table.get(given)).toBe(model.get(key));
          // The order is known now, or there is nothing to find.
          expect(table.find(given)).toBe(model.get(key));
          expect(table.size).toBe(model.size);
        }
        for (const entry of model.values()) table.remove(entry);
        expect(table.isEmpty).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('finds a set in a new order only after the order was learned', () => {
    const table = new AttributeTable<Named>();
    const entry = named({ a: '1', b: '2' });
    table.insert(entry);
    expect(table.find({ b: '2', a: '1' })).toBeUndefined();
    expect(table.get({ b: '2', a: '1' })).toBe(entry);
    expect(table.find({ b: '2', a: '1' })).toBe(entry);
  });

  it('finds sets in more orders than it remembers', () => {
    const table = new AttributeTable<Named>();
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const entry = named(Object.fromEntries(keys.map((key) => [key, key])));
    table.insert(entry);
    const orders = (rest: string[]): string[][] =>
      rest.length === 0
        ? [[]]
        : rest.flatMap((key) => orders(rest.filter((each) => each !== key)).map((o) => [key, ...o]));
    for (const order of orders(keys)) expect(table.get(Object.fromEntries(order.map((key) => [key, key])))).toBe(entry);
    table.remove(entry);
    expect(table.isEmpty).toBe(true);
  });

  it('AttributeTable does not take inherited attributes for own ones', () => {
    const table = new AttributeTable<Named>();
    const entry = named({ x: '1' });
    table.insert(entry);
    table.insert(named({ tenant: 'a', x: '1' }));
    expect(table.find(Object.assign(Object.create({ tenant: 'a' }), { x: '1' }))).toBe(entry);
  });

  it('finds sets that differ only in the last of 100 attributes', () => {
    const table = new AttributeTable<Named>();
    const keys = Array.from({ length: 99 }, (_, i) => `key${i}`);
    const create = (last: string) => Object.fromEntries([...keys.map((key) => [key, key]), ['last', last]]);
    const entries = ['a', 'b', 'c'].map((last) => named(create(last)));
    for (const [i, entry] of entries.entries()) {
      expect(table.get(entry.attributes)).toBeUndefined();
      table.insert(entry);
      for (const known of entries.slice(0, i + 1)) expect(table.find({ ...known.attributes })).toBe(known);
    }
    expect(table.find(create('d'))).toBeUndefined();
    expect(table.find({ ...create('a'), more: '1' })).toBeUndefined();
    for (const entry of entries) expect(table.remove(entry)).toBe(true);
    expect(table.isEmpty).toBe(true);
  });

  it('does not find a set by the first or the last of its attributes alone, or in another order', () => {
    const table = new AttributeTable<Named>();
    table.insert(named({ a: '1', b: '2', c: '3' }));
    table.insert(named({ a: '2', b: '2', c: '3' }));
    for (const part of [{}, { a: '1' }, { a: '1', b: '2' }, { a: '1', c: '3' }, { a: '1', c: '3', b: '2' }, { b: '2' }])
      expect(table.find(part)).toBeUndefined();
    expect(table.find({ a: '1', b: '2', c: '4' })).toBeUndefined();
    expect(table.find({ a: '1', b: '2', c: '3', d: undefined as never })).toBeDefined();
  });

  it('compares lists by content when they are found, not by identity', () => {
    const table = new AttributeTable<Named>();
    const entry = named({ tags: ['x'] });
    table.insert(entry);
    const tags = ['x'];
    expect(table.find({ tags })).toBe(entry);
    tags[0] = 'y';
    expect(table.find({ tags })).toBeUndefined();
  });

  it('keeps apart lists whose texts would be equal if joined', () => {
    const table = new AttributeTable<Named>();
    const entries = [['ab'], ['a', 'b'], [1], ['1'], ['list '], [null], ['null'], []].map((tags) => named({ tags }));
    for (const entry of entries) table.insert(entry);
    for (const entry of entries) expect(table.find(entry.attributes)).toBe(entry);
  });

  it('visits no more than one node for each key, however many key names there are', () => {
    const table = new AttributeTable<Named>();
    for (let i = 0; i < 5000; i++) table.insert(named({ [`key${i}`]: 'x' }));
    const read: string[] = [];
    const watched = new Proxy(
      { key4999: 'x' },
      {
        get: (target, key: string) => {
          read.push(key);
          return target[key as 'key4999'];
        },
      },
    );
    expect(table.find(watched)).toBe(table.get({ key4999: 'x' }));
    expect(read).toEqual(['key4999']);
  });
});
