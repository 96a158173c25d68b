import { describe, expect, it } from 'vitest';
import { readAttributes } from '../../src/engine/attributes';
import { listenToDiagnostics } from '../diagnostics';
import { setUp } from './readers';

const circular: Record<string, unknown> = {};
circular.self = circular;
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();
const throwing = Object.defineProperty({ ok: 1 }, 'bad', {
  enumerable: true,
  get: () => {
    throw new Error('no');
  },
});

describe('readAttributes', () => {
  it('keeps strings, numbers, booleans, null, lists of those, and bytes as they are', () => {
    const given = { s: 'x', n: Number.NaN, b: false, nil: null, list: ['a', null], bytes: new Uint8Array([1, 2]) };
    const { attributes, issues } = readAttributes('m', given);
    expect(attributes).toEqual(given);
    expect(issues).toEqual([]);
    expect(attributes.list).not.toBe(given.list);
  });

  it('readAttributes leaves out what is undefined, without an issue', () => {
    expect(readAttributes('m', { a: undefined, b: 1 })).toEqual({ attributes: { b: 1 }, issues: [] });
  });

  it.each<[string, unknown, unknown]>([
    ['a bigint', 12n, '12'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an object', { a: 1 }, '{"a":1}'],
    ['a list of objects', [{ a: 1 }], '[{"a":1}]'],
    ['a circular object', circular, undefined],
    [
      'an object whose toJSON throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
      undefined,
    ],
    ['an object whose toJSON is undefined', { toJSON: () => undefined }, undefined],
    ['a list with a bigint', [1n], undefined],
    ['a revoked proxy', revoked, undefined],
  ])('replaces %s by a text or drops it, with an issue', (_, value, expected) => {
    const { attributes, issues } = readAttributes('m', { bad: value, ok: 1 });
    expect(attributes).toEqual(expected === undefined ? { ok: 1 } : { bad: expected, ok: 1 });
    expect(issues).toMatchObject([{ code: 'invalid_attribute', path: 'm.bad' }]);
  });

  it('bounds the text that replaces a value', () => {
    const { attributes } = readAttributes('m', { f: { a: 'x'.repeat(10_000) } });
    expect(attributes.f).toHaveLength(256);
  });

  it('drops an attribute that cannot be read, and keeps the others', () => {
    const { attributes, issues } = readAttributes('m', throwing);
    expect(attributes).toEqual({ ok: 1 });
    expect(issues).toMatchObject([{ code: 'invalid_attribute', path: 'm.bad' }]);
  });

  it.each<[string, unknown]>([
    ['a string', 'x'],
    ['a number', 5],
    ['a revoked proxy', revoked],
  ])('takes %s in place of attributes for none, with an issue', (_, given) => {
    expect(readAttributes('m', given)).toMatchObject({ attributes: {}, issues: [{ code: 'invalid_attributes' }] });
  });
});

// OpenTelemetry specification, Error handling: API methods do not throw.
describe('A measurement with attributes that nothing can hold', () => {
  it.each<[string, unknown]>([
    ['a function value', { f: () => 1 }],
    ['a bigint value', { f: 1n }],
    ['a symbol value', { f: Symbol('s') }],
    ['a circular value', { f: circular }],
    ['a getter that throws', throwing],
    ['a revoked proxy', revoked],
    ['null', null],
    ['a string', 'x'],
  ])(
    'A measurement with attributes that nothing can hold is recorded without throwing and costs no other series (%s)',
    async (_, attributes) => {
      const diagnostics = listenToDiagnostics();
      const { meter, reader } = setUp({ views: [{ instrumentName: 'c' }, { instrumentName: 'c', name: 'd' }] });
      const counter = meter.createCounter('c');
      counter.add(1, { good: 'yes' });
      for (let i = 0; i < 3; i++) counter.add(1, attributes as never);
      counter.bind(attributes as never).add(1);
      counter.get(attributes as never);
      counter.remove(attributes as never);
      const points = await reader.points('c');
      expect(points.find((point) => point.attributes.good === 'yes')?.value).toBe(1);
      expect(() => JSON.stringify(points)).not.toThrow();
      expect(diagnostics.messages().length).toBeLessThanOrEqual(2);
      diagnostics.stop();
    },
  );

  it('never goes to the series of another set (undefined, inherited, changed lists)', async () => {
    const { meter, reader } = setUp();
    const counter = meter.createCounter('c');
    counter.add(1, { route: '/pay', tenant: 'acme' });
    counter.add(100, { route: '/pay', user: undefined });
    expect(await reader.values('c')).toEqual({ '/pay,acme': 1, '/pay': 100 });
    const lists = meter.createCounter('lists');
    const tags = ['x'];
    lists.add(1, { tags });
    tags[0] = 'y';
    lists.add(1, { tags });
    expect(await reader.values('lists')).toEqual({ x: 1, y: 1 });
    const inherited = meter.createCounter('inherited');
    inherited.add(5, { x: '1', tenant: 'a' });
    inherited.add(8, Object.assign(Object.create({ tenant: 'a' }), { x: '1' }));
    expect(await reader.values('inherited')).toEqual({ '1,a': 5, '1': 8 });
    const numbers = meter.createCounter('numbers');
    for (const a of [Number.NaN, Infinity, -Infinity]) numbers.add(1, { a });
    numbers.add(1, { a: null } as never);
    expect(await reader.values('numbers')).toEqual({ NaN: 1, Infinity: 1, '-Infinity': 1, null: 1 });
  });
});
