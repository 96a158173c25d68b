import { createNoopMeter } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInstruments, defineCatalog } from '../../src/instruments';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { serve } from '../served';
import { ManualReader } from './manual-reader';
import { shop } from './shop';

let diagnostics: Diagnostics;
beforeEach(() => {
  diagnostics = listenToDiagnostics();
});
afterEach(() => diagnostics.stop());

const machine = defineCatalog({
  name: 'machine',
  metrics: {
    level: { name: 'machine_level', instrument: 'gauge', description: 'Level' },
    load: { name: 'machine_load', instrument: 'gauge', description: 'Load', labels: { part: 'string' } },
    steps: {
      name: 'machine_steps_total',
      instrument: 'counter',
      description: 'Steps',
      labels: { kind: ['a', 'b'], part: { known: ['x'] } },
    },
  },
});

describe.each([
  ['meterbridge', () => serve().provider.getMeter('machine')],
  ['the stock SDK', () => new MeterProvider({ readers: [new ManualReader()] }).getMeter('machine')],
])('series of a catalog on %s', (_, createMeter) => {
  it('a gauge can be set, incremented and decremented', () => {
    const { level, load } = createInstruments(createMeter(), machine);
    level.inc();
    level.record(10);
    level.add(2.5);
    level.dec();
    expect(level.get()).toBe(11.5);
    load.add(3, { part: 'a' });
    load.inc({ part: 'a' });
    const bound = load.bind({ part: 'a' });
    bound.dec();
    bound.add(-2);
    bound.inc();
    expect([load.get({ part: 'a' }), bound.get()]).toEqual([2, 2]);
    expect(diagnostics.codes()).toEqual([]);
  });

  it('a gauge ignores and reports an increment that is not finite', () => {
    const { level } = createInstruments(createMeter(), machine);
    level.record(1);
    for (const value of [Number.NaN, Infinity, '5', undefined]) level.add(value as number);
    expect(level.get()).toBe(1);
    expect(diagnostics.codes()).toEqual(['value']);
  });

  it('total adds the series that have the given labels', () => {
    const { orders, duration } = createInstruments(createMeter(), shop);
    orders.add(2, { result: 'paid', country: 'DE' });
    orders.add(3, { result: 'paid', country: 'FR' });
    orders.add(5, { result: 'refused', country: 'DE' });
    expect([orders.total(), orders.total({}), orders.total({ result: 'paid' })]).toEqual([10, 10, 5]);
    expect(orders.total({ country: 'DE', result: 'refused' })).toBe(5);
    expect(orders.total({ country: 'IT' })).toBe(0);
    expect(orders.total({ result: 'payed' as 'paid' })).toBe(0);
    duration.record(1, { operation: 'get', result: 'success' });
    duration.record(2, { operation: 'put', result: 'success' });
    expect(duration.total({ result: 'success' })).toEqual({ count: 2, sum: 3 });
    expect(duration.total({ result: 'error' })).toEqual({ count: 0, sum: 0 });
  });

  it('byValues returns one handle for each pair of values, in whatever order the labels are named', () => {
    const { steps } = createInstruments(createMeter(), machine);
    const find = steps.byValues('part', 'kind');
    find('x', 'a').inc();
    find('x', 'a').inc();
    find('y', 'b').inc();
    expect(find('x', 'a')).toBe(find('x', 'a'));
    expect(find('y', 'b')).toBe(find('y', 'b'));
    expect(steps.get({ kind: 'a', part: 'x' })).toBe(2);
    expect(steps.get({ kind: 'b', part: 'y' })).toBe(1);
    expect(diagnostics.codes()).toEqual([]);
  });

  it('byValues keeps a bounded number of handles of values that are not listed', () => {
    const { steps } = createInstruments(createMeter(), machine);
    const find = steps.byValues('kind', 'part');
    const first = find('a', 'part0');
    for (let i = 0; i < 1000; i++) find('a', `part${i}`).inc();
    expect(find('a', 'part0')).toBe(first);
    expect(find('a', 'part999')).not.toBe(find('a', 'part999'));
    expect(steps.total()).toBe(1000);
    find('c' as 'a', 'x').inc();
    expect(find('c' as 'a', 'x')).not.toBe(find('c' as 'a', 'x'));
    expect(diagnostics.codes()).toEqual(['label']);
  });
});

describe('reset', () => {
  it('ends every series and creates those again that exist from the start', async () => {
    const { provider, lines } = serve();
    const { payments, orders, wait } = createInstruments(provider.getMeter('shop'), shop);
    const card = payments.byValue('card');
    card.inc();
    orders.inc({ result: 'paid', country: 'DE' });
    wait.record(1);
    for (const each of [payments, orders, wait]) each.reset();
    expect(await lines('shop_payments_total{')).toEqual([
      'shop_payments_total{method="card"} 0',
      'shop_payments_total{method="cash"} 0',
    ]);
    expect(await lines('shop_orders_total{')).toEqual([]);
    expect(wait.get()).toEqual({ count: 0, sum: 0 });
    card.inc();
    expect(payments.get({ method: 'card' })).toBe(1);
  });

  it('creates no series if the provider creates none from the start', async () => {
    const { provider, lines } = serve({ initializeToZero: false });
    const { payments } = createInstruments(provider.getMeter('shop'), shop);
    payments.inc({ method: 'card' });
    payments.reset();
    expect(await lines('shop_payments_total{')).toEqual([]);
  });

  it('is reported once and has no effect on the stock SDK', () => {
    const { payments } = createInstruments(new MeterProvider().getMeter('shop'), shop);
    payments.inc({ method: 'card' });
    payments.reset();
    payments.reset();
    expect(payments.get({ method: 'card' })).toBe(1);
    expect(diagnostics.codes()).toEqual(['unsupported']);
  });

  it('does nothing without an SDK', () => {
    const { payments, temperature } = createInstruments(createNoopMeter(), shop);
    payments.inc({ method: 'card' });
    temperature.inc();
    payments.reset();
    expect([payments.get({ method: 'card' }), payments.total(), temperature.get()]).toEqual([0, 0, 0]);
    expect(diagnostics.codes()).toEqual([]);
  });
});
