import { createNoopMeter, type Meter } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInstruments, defineCatalog, OTHER_LABEL_VALUE } from '../../src/instruments';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { serve } from '../served';
import { shop } from './shop';

let diagnostics: Diagnostics;
beforeEach(() => {
  diagnostics = listenToDiagnostics();
});
afterEach(() => diagnostics.stop());

/** Returns the codes of the diagnostics since the last call, without those of what a stock SDK cannot do. */
function reportedCodes(): string[] {
  const codes = diagnostics.messages().map((line) => /^meterbridge ([a-z-]+):/.exec(line)?.[1] ?? line);
  return codes.filter((code) => code !== 'unsupported');
}

const METERS: readonly [string, () => Meter][] = [
  ['meterbridge', () => serve().provider.getMeter('shop')],
  ['the stock SDK', () => new MeterProvider().getMeter('shop')],
];

/** Returns the series of an instrument that were recorded, as sorted pairs. */
function valuesOf(instrument: { series(): Iterable<{ attributes: object; value: unknown }> }): [string, unknown][] {
  const all = [...instrument.series()].map(({ attributes, value }): [string, unknown] => [
    JSON.stringify(attributes),
    value,
  ]);
  return all.sort(([a], [b]) => (a < b ? -1 : 1));
}

describe.each(METERS)('catalog instruments on %s', (_, createMeter) => {
  const create = () => createInstruments(createMeter(), shop);

  it('record with the full and the short forms', () => {
    const { orders, visitors, stock, wait } = create();
    const labels = { result: 'paid', country: 'DE' } as const;
    orders.add(2, labels);
    orders.inc(labels);
    visitors.add(5);
    visitors.inc();
    visitors.dec();
    visitors.dec();
    stock.record(3, { shelf: 'a' });
    wait.record(0.5);
    expect(orders.get(labels)).toBe(3);
    expect(visitors.get()).toBe(4);
    expect(stock.get({ shelf: 'a' })).toBe(3);
    expect(wait.get()).toEqual({ count: 1, sum: 0.5 });
    expect(reportedCodes()).toEqual([]);
  });

  it('record on bound series with the full and the short forms', () => {
    const { orders, visitors, stock, wait } = create();
    const labels = { result: 'paid', country: 'DE' } as const;
    const paid = orders.bind(labels);
    paid.add(2);
    paid.inc();
    const inside = visitors.bind();
    inside.inc();
    inside.inc();
    inside.dec();
    const shelf = stock.bind({ shelf: 'a' });
    shelf.record(7);
    const waiting = wait.bind();
    waiting.record(0.5);
    expect([paid.get(), orders.get(labels), inside.get(), visitors.get()]).toEqual([3, 3, 1, 1]);
    expect([shelf.get(), stock.get({ shelf: 'a' })]).toEqual([7, 7]);
    expect(waiting.get()).toEqual({ count: 1, sum: 0.5 });
  });

  it('record into one series through every handle of equal labels', () => {
    const { orders } = create();
    orders.bind({ result: 'paid', country: 'DE' }).inc();
    orders.bind({ country: 'DE', result: 'paid' }).inc();
    expect(valuesOf(orders)).toEqual([['{"result":"paid","country":"DE"}', 2]]);
  });

  it('catalog instruments keep the labels of a handle if the given object changes', () => {
    const { stock } = create();
    const labels = { shelf: 'a' };
    const shelf = stock.bind(labels);
    labels.shelf = 'b';
    shelf.record(1);
    expect([stock.get({ shelf: 'a' }), stock.get({ shelf: 'b' })]).toEqual([1, 0]);
  });

  it('record by the value of the only closed label', () => {
    const { payments } = create();
    payments.byValue('card').inc();
    payments.byValue('card').add(2);
    payments.byValue('cash').inc();
    expect(payments.byValue('card')).toBe(payments.byValue('card'));
    expect(valuesOf(payments)).toEqual([
      ['{"method":"card"}', 3],
      ['{"method":"cash"}', 1],
    ]);
  });

  it.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__', 'cheque'])(
    'record the unlisted value %j as _OTHER and report it once',
    (value) => {
      const { payments } = create();
      payments.byValue(value as never).inc();
      payments.byValue(value as never).inc();
      expect(payments.get({ method: OTHER_LABEL_VALUE as never })).toBe(2);
      expect(reportedCodes()).toEqual(['label']);
    },
  );

  it('record labels that cannot be read or converted as _OTHER, without an exception', () => {
    const { payments, stock } = create();
    const unreadable = {
      get shelf(): string {
        throw new Error('no shelf');
      },
    };
    stock.bind(unreadable).record(1);
    payments.byValue(Object.create(null)).inc();
    payments.byValue(Symbol('card') as never).inc();
    payments.byValue(undefined as never).inc();
    expect(valuesOf(stock)).toEqual([[`{"shelf":"${OTHER_LABEL_VALUE}"}`, 1]]);
    expect(payments.get({ method: OTHER_LABEL_VALUE as never })).toBe(3);
    expect(stock.get(unreadable)).toBe(0);
    expect(stock.remove(unreadable)).toBe(0);
  });

  it('create no series when they read one', () => {
    const { orders } = create();
    expect(orders.get({ result: 'paid', country: 'DE' })).toBe(0);
    expect(orders.get({ result: 'payed', country: 'DE' } as never)).toBe(0);
    expect(valuesOf(orders)).toEqual([]);
    expect(reportedCodes()).toEqual([]);
  });

  it('catalog instruments do not read the series of invalid values for an invalid value', () => {
    const { payments } = create();
    payments.inc({ method: 'cheque' as never });
    expect(payments.get({ method: 'cheque' as never })).toBe(0);
    expect(payments.get({ method: OTHER_LABEL_VALUE as never })).toBe(1);
  });

  it('create the series of closed labels at 0, and others when asked', () => {
    const { payments, orders, visitors } = create();
    expect(valuesOf(payments)).toEqual([
      ['{"method":"card"}', 0],
      ['{"method":"cash"}', 0],
    ]);
    expect(valuesOf(visitors)).toEqual([['{}', 0]]);
    orders.initialize({ result: 'paid', country: 'DE' });
    expect(valuesOf(orders)).toEqual([['{"result":"paid","country":"DE"}', 0]]);
    orders.inc({ result: 'paid', country: 'DE' });
    orders.initialize({ result: 'paid', country: 'DE' });
    expect(orders.get({ result: 'paid', country: 'DE' })).toBe(1);
  });

  it('catalog instruments keep their values if the catalog is created again on the same meter', () => {
    const meter = createMeter();
    const first = createInstruments(meter, shop);
    first.visitors.add(3);
    first.payments.inc({ method: 'card' });
    const second = createInstruments(meter, shop);
    expect([second.visitors.get(), second.payments.get({ method: 'card' })]).toEqual([3, 1]);
  });

  it.each<[string, object, Record<string, string>]>([
    ['an unlisted value', { result: 'payed', country: 'DE' }, { result: OTHER_LABEL_VALUE, country: 'DE' }],
    ['a missing label', { result: 'paid' }, { result: 'paid', country: OTHER_LABEL_VALUE }],
    ['null', { result: 'paid', country: null }, { result: 'paid', country: OTHER_LABEL_VALUE }],
    ['a symbol', { result: 'paid', country: Symbol('s') }, { result: 'paid', country: OTHER_LABEL_VALUE }],
    ['a bigint', { result: 'paid', country: 1n }, { result: 'paid', country: OTHER_LABEL_VALUE }],
    ['an unknown label', { result: 'paid', country: 'DE', shop: 'A' }, { result: 'paid', country: 'DE' }],
  ])('replace or drop %s and report it once', (_, labels, recorded) => {
    const { orders } = create();
    for (let i = 0; i < 3; i++) orders.inc(labels as never);
    orders.bind(labels as never).inc();
    expect(valuesOf(orders)).toEqual([[JSON.stringify(recorded), 4]]);
    expect(reportedCodes()).toEqual(['label']);
  });

  it('record a number as its decimal string', () => {
    const { stock } = create();
    stock.record(1, { shelf: 5 });
    stock.record(2, { shelf: '5' });
    expect(valuesOf(stock)).toEqual([['{"shelf":"5"}', 2]]);
    expect(stock.get({ shelf: 5 })).toBe(2);
  });

  it.each([Number.NaN, Infinity, -Infinity, -1, '7', undefined, null, 7n])(
    'ignore an increment of %s and report it once',
    (value) => {
      const { visitors: _, orders } = create();
      const labels = { result: 'paid', country: 'DE' } as const;
      orders.inc(labels);
      for (let i = 0; i < 3; i++) orders.add(value as never, labels);
      orders.bind(labels).add(value as never);
      expect(orders.get(labels)).toBe(1);
      expect(reportedCodes()).toEqual(['value']);
    },
  );

  it('accept any number for a gauge, and any finite number for an up-down counter', () => {
    const { stock, visitors } = create();
    for (const value of [Number.NaN, Infinity, -Infinity, -0.5, 1e21]) {
      stock.record(value, { shelf: 'a' });
      expect(stock.get({ shelf: 'a' })).toBe(value);
    }
    visitors.add(-2.5);
    visitors.add(Number.NaN);
    expect(visitors.get()).toBe(-2.5);
    expect(reportedCodes()).toEqual(['value']);
  });
});

describe('catalog instruments on meterbridge', () => {
  const create = () => {
    const served = serve();
    return { ...served, ...createInstruments(served.provider.getMeter('shop'), shop) };
  };
  const DE = { result: 'paid', country: 'DE' } as const;

  it('remove the series of a full label set', async () => {
    const { orders, lines } = create();
    orders.inc(DE);
    orders.inc({ ...DE, country: 'FR' });
    expect(orders.remove(DE)).toBe(1);
    expect(orders.remove(DE)).toBe(0);
    expect(await lines('shop_orders_total{')).toEqual(['shop_orders_total{result="paid",country="FR"} 1']);
  });

  it('remove every series that matches a part of the labels', () => {
    const { orders } = create();
    orders.inc(DE);
    orders.inc({ ...DE, result: 'refused' });
    orders.inc({ ...DE, country: 'FR' });
    expect(orders.remove({ country: 'DE' })).toBe(2);
    expect(valuesOf(orders)).toEqual([['{"result":"paid","country":"FR"}', 1]]);
    orders.inc(DE);
    expect(orders.remove({})).toBe(2);
    expect(valuesOf(orders)).toEqual([]);
  });

  it('remove nothing for labels that cannot match', () => {
    const { orders } = create();
    orders.inc(DE);
    orders.inc({ ...DE, result: 'payed' as never });
    reportedCodes();
    for (const labels of [{ result: 'payed' }, { shop: 'A' }, { country: undefined }, undefined, null, 'DE']) {
      expect(orders.remove(labels as never)).toBe(0);
    }
    expect(valuesOf(orders)).toHaveLength(2);
    expect(orders.remove({ result: OTHER_LABEL_VALUE })).toBe(1);
    expect(reportedCodes()).toEqual([]);
  });

  it('remove the only series of a metric without labels', () => {
    const { visitors } = create();
    visitors.add(3);
    expect(visitors.remove()).toBe(1);
    expect(valuesOf(visitors)).toEqual([]);
    visitors.inc();
    expect(visitors.get()).toBe(1);
  });

  it('start a removed series again at the next measurement on its handle', async () => {
    const { orders, lines } = create();
    const bound = orders.bind(DE);
    bound.add(2);
    orders.remove(DE);
    expect(await lines('shop_orders_total{')).toEqual([]);
    bound.add(4);
    expect(await lines('shop_orders_total{')).toEqual(['shop_orders_total{result="paid",country="DE"} 4']);
    orders.clear();
    expect(await lines('shop_orders_total{')).toEqual([]);
  });

  it('catalog instruments on meterbridge serve no series for a handle that was never recorded on', async () => {
    const { orders, lines } = create();
    orders.bind(DE);
    expect(await lines('shop_orders_total{')).toEqual([]);
  });

  it.each<[string, string]>([
    ['quotes and a backslash', 'say "hi" \\o/'],
    ['a line feed', 'two\nlines'],
    ['a carriage return', 'two\r\nlines'],
    ['emoji', '🦀'],
    ['the name of an accessor', '__proto__'],
    ['the name of a method', 'constructor'],
    ['nothing', ''],
    ['braces and commas', 'a{b="c",d="e"} 1'],
    ['a null character', 'a\0b'],
  ])('catalog instruments on meterbridge serve a label value with %s unchanged', async (_, value) => {
    const { orders, page } = create();
    orders.add(2, { ...DE, country: value });
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    expect(await page()).toContain(`shop_orders_total{result="paid",country="${escaped}"} 2\n`);
    expect(reportedCodes()).toEqual([]);
  });

  it('replace a lone surrogate, which UTF-8 cannot hold', async () => {
    const { stock, page } = create();
    stock.record(1, { shelf: 'a\ud800b' });
    expect(await page()).toContain('shop_stock{shelf="a\ufffdb"} 1');
  });

  it('create no initial series if the provider is configured so, but still those that are asked for', async () => {
    const { provider, lines } = serve({ initializeToZero: false });
    const { payments } = createInstruments(provider.getMeter('shop'), shop);
    expect(await lines('shop_')).toEqual([]);
    payments.initialize({ method: 'card' });
    expect(await lines('shop_payments_total{')).toEqual(['shop_payments_total{method="card"} 0']);
  });

  it('apply the cardinality limit of the definition, without views', async () => {
    const limited = defineCatalog({
      name: 'limited',
      metrics: {
        users: {
          name: 'limited_users_total',
          instrument: 'counter',
          description: 'Users',
          labels: { user: 'string' },
          cardinalityLimit: 3,
        },
      },
    });
    const { provider, lines } = serve();
    const { users } = createInstruments(provider.getMeter('limited'), limited);
    for (let i = 0; i < 10; i++) {
      users.inc({ user: `u${i}` });
      await lines('limited');
    }
    users.inc({ user: 'u1' });
    expect(await lines('limited_users_total{')).toEqual([
      'limited_users_total{user="u0"} 1',
      'limited_users_total{user="u1"} 2',
      'limited_users_total{user="u2"} 1',
      'limited_users_total{otel_metric_overflow="true"} 7',
    ]);
    expect(reportedCodes()).toEqual(['overflow']);
  });
});

describe('catalog instruments without an SDK', () => {
  it('catalog instruments without an SDK do nothing, and report nothing', () => {
    const { orders, payments, visitors, stock, wait } = createInstruments(createNoopMeter(), shop);
    orders.inc({ result: 'payed' } as never);
    orders.bind({ result: 'paid', country: 'DE' }).inc();
    payments.byValue('card').inc();
    visitors.dec();
    stock.record(1, { shelf: 'a' });
    wait.startTimer().stop();
    expect([visitors.get(), stock.get({ shelf: 'a' })]).toEqual([0, 0]);
    expect(wait.get()).toEqual({ count: 0, sum: 0 });
    expect(orders.remove({})).toBe(0);
    orders.clear();
    orders.initialize({ result: 'paid', country: 'DE' });
    expect([...orders.series()]).toEqual([]);
    expect(diagnostics.messages()).toEqual([]);
  });
});
