/** A value that an app can pass by mistake, made afresh for each use. Add an attack here, and every test uses it. */
export interface Hostile<T = unknown> {
  readonly name: string;
  readonly create: () => T;
}

const fail = (): never => {
  throw new Error('a getter of the app failed');
};
const FAILING_TRAPS: ProxyHandler<object> = {
  get: fail,
  has: fail,
  ownKeys: fail,
  getOwnPropertyDescriptor: fail,
  getPrototypeOf: fail,
};

function circular(): object {
  const value: Record<string, unknown> = {};
  value.self = value;
  return value;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function list(values: readonly unknown[]): Hostile[] {
  return values.map((value) => ({ name: String(value), create: () => value }));
}

/** Values of one attribute. */
export const HOSTILE_VALUES: readonly Hostile[] = [
  ...list([1n, Symbol('s'), undefined, null, Number.NaN, -0, '\ud800', '\0json:["a"]']),
  { name: 'a string with a line feed, quotes and a backslash', create: () => 'a"\n\\b' },
  { name: 'a function', create: () => () => 1 },
  { name: 'a class', create: () => class A {} },
  { name: 'a date', create: () => new Date(0) },
  { name: 'an invalid date', create: () => new Date(Number.NaN) },
  { name: 'a boxed string', create: () => Object('boxed') },
  { name: 'a Map', create: () => new Map([['a', 1]]) },
  { name: 'an object without prototype', create: () => Object.create(null) },
  { name: 'a circular object', create: circular },
  { name: 'a deep object', create: () => JSON.parse(`${'['.repeat(5000)}1${']'.repeat(5000)}`) },
  { name: 'an object whose toJSON throws', create: () => ({ toJSON: fail }) },
  { name: 'an object whose toJSON returns undefined', create: () => ({ toJSON: () => undefined }) },
  { name: 'an object whose toString and valueOf throw', create: () => ({ toString: fail, valueOf: fail }) },
  {
    name: 'an object with a getter that throws',
    create: () => Object.defineProperty({}, 'a', { enumerable: true, get: fail }),
  },
  { name: 'a proxy that throws', create: () => new Proxy({}, FAILING_TRAPS) },
  { name: 'a revoked proxy', create: revoked },
  { name: 'a list with a bigint', create: () => [1n] },
  { name: 'a list with a symbol', create: () => [Symbol('s')] },
  { name: 'a list of lists', create: () => [['a'], ['b']] },
  { name: 'a list with holes', create: () => Object.assign([], { 1: 'a' }) },
  { name: 'a list with an own toJSON', create: () => Object.assign(['a'], { toJSON: fail }) },
  { name: 'a proxy of a list that throws', create: () => new Proxy([], FAILING_TRAPS) },
  { name: 'bytes', create: () => new Uint8Array([0, 255]) },
  { name: 'a promise', create: () => Promise.resolve() },
  { name: 'a string of 10 MB', create: () => 'x'.repeat(10_000_000) },
  { name: 'a list of 10 MB', create: () => Array.from({ length: 10 }, () => 'x'.repeat(1_000_000)) },
];

/** What an app can pass in place of an attribute set. */
export const HOSTILE_SETS: readonly Hostile[] = [
  ...list([null, 5, 'text', true, Symbol('s'), 1n]),
  { name: 'a function', create: () => () => 1 },
  { name: 'a Map', create: () => new Map([['a', 'b']]) },
  { name: 'a Set', create: () => new Set(['a']) },
  { name: 'a Date', create: () => new Date(0) },
  { name: 'a list', create: () => ['a', 'b'] },
  { name: 'a proxy that throws', create: () => new Proxy({}, FAILING_TRAPS) },
  { name: 'a revoked proxy', create: revoked },
  { name: 'a proxy whose keys throw', create: () => new Proxy({ a: '1' }, { ownKeys: fail }) },
  {
    name: 'a getter that throws',
    create: () => Object.defineProperty({ ok: '1' }, 'a', { enumerable: true, get: fail }),
  },
  { name: 'an object with the key __proto__', create: () => JSON.parse('{"__proto__":"own"}') },
  { name: 'an object with inherited attributes', create: () => Object.create({ good: 'yes' }) },
  {
    name: 'an object with reserved keys',
    create: () => ({ constructor: 'a', le: 'b', quantile: 'c', __name__: 'd', '': 'e' }),
  },
  { name: 'an object with a lone surrogate as key', create: () => ({ '\ud800': '\udfff' }) },
  {
    name: 'an object with 5,000 keys',
    create: () => Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, 'v'])),
  },
  {
    name: 'a frozen object without prototype',
    create: () => Object.freeze(Object.assign(Object.create(null), { a: '1' })),
  },
];

/** Measurements that no instrument takes. */
export const HOSTILE_MEASUREMENTS: readonly Hostile[] = [
  ...list([1n, Symbol('s'), undefined, null, '5', true]),
  { name: 'an object with valueOf', create: () => ({ valueOf: () => 5 }) },
  { name: 'an object whose valueOf throws', create: () => ({ valueOf: fail, toString: fail }) },
  { name: 'a list', create: () => [5] },
  { name: 'a proxy that throws', create: () => new Proxy({}, FAILING_TRAPS) },
  { name: 'a revoked proxy', create: revoked },
];

/** What the callback of an asynchronous instrument can do. */
export const HOSTILE_CALLBACKS: readonly Hostile<() => unknown>[] = [
  {
    name: 'throws null',
    create: () => () => {
      throw null;
    },
  },
  {
    name: 'throws a symbol',
    create: () => () => {
      throw Symbol('s');
    },
  },
  {
    name: 'throws a proxy that throws',
    create: () => () => {
      throw new Proxy(new Error('x'), FAILING_TRAPS);
    },
  },
  {
    name: 'throws an error whose message throws',
    create: () => () => {
      throw Object.defineProperty(new Error('x'), 'message', { get: fail });
    },
  },
  { name: 'rejects with undefined', create: () => () => Promise.reject(undefined) },
  {
    name: 'returns an object whose then throws when it is read',
    create: () => () => Object.defineProperty({}, 'then', { get: fail }),
  },
  { name: 'returns a proxy that throws', create: () => () => new Proxy({}, FAILING_TRAPS) },
  { name: 'returns a thenable that throws', create: () => () => Object.defineProperty({}, 'then', { value: fail }) },
];

/** What an app can pass as options of an instrument. */
export const HOSTILE_OPTIONS: readonly Hostile[] = [
  ...list([null, 5, 'text', Symbol('s')]),
  { name: 'a proxy that throws', create: () => new Proxy({}, FAILING_TRAPS) },
  {
    name: 'a unit and a description of other types',
    create: () => ({ unit: 1n, description: Symbol('d'), valueType: 'x' }),
  },
  { name: 'advice that is no object', create: () => ({ advice: 5 }) },
  { name: 'boundaries that are no list', create: () => ({ advice: { explicitBucketBoundaries: 'x' } }) },
  { name: 'boundaries that repeat', create: () => ({ advice: { explicitBucketBoundaries: [1, 1, 2] } }) },
  { name: 'boundaries that are 0 and -0', create: () => ({ advice: { explicitBucketBoundaries: [-0, 0] } }) },
  {
    name: 'boundaries of several types',
    create: () => ({ advice: { explicitBucketBoundaries: [1, '2', null, Number.NaN] } }),
  },
  {
    name: 'a proxy as boundaries',
    create: () => ({ advice: { explicitBucketBoundaries: new Proxy([], FAILING_TRAPS) } }),
  },
];

/** What an app can pass as the context of a measurement. */
export const HOSTILE_CONTEXTS: readonly Hostile[] = [
  ...list([5, 'text']),
  { name: 'a context that throws', create: () => ({ getValue: fail }) },
  { name: 'a span that throws', create: () => ({ getValue: () => ({ spanContext: fail }) }) },
  {
    name: 'a span with a getter that throws',
    create: () => withSpan(Object.defineProperty({}, 'traceId', { get: fail })),
  },
  {
    name: 'a span with ids of other types',
    create: () => withSpan({ traceId: 5n, spanId: Symbol('s'), traceFlags: 1 }),
  },
  {
    name: 'a span with objects for ids',
    create: () =>
      withSpan({
        traceId: { toString: () => 'a'.repeat(32) },
        spanId: { toString: () => 'b'.repeat(16) },
        traceFlags: 1,
      }),
  },
];

function withSpan(spanContext: unknown): object {
  return { getValue: () => ({ spanContext: () => spanContext }) };
}
