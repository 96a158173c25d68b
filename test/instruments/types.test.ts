import { createNoopMeter } from '@opentelemetry/api';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { createInstruments, defineCatalog, type Timed } from '../../src/instruments';
import { Hodei } from '../../src/systems/hodei';
import { Orchestrator } from '../../src/systems/orchestrator';
import { OperationLabel, StreamProcessor } from '../../src/systems/stream-processor';
import { Ticker } from '../../src/systems/ticker';
import { shop as other } from './shop';

const shop = defineCatalog({
  name: 'shop-types',
  metrics: {
    orders: {
      name: 'shop_typed_orders_total',
      instrument: 'counter',
      description: 'Orders',
      labels: { result: ['paid', 'refused'], country: 'string', channel: { known: ['web', 'app'] } },
    },
    payments: {
      name: 'shop_typed_payments_total',
      instrument: 'counter',
      description: 'Payments',
      labels: { method: ['card', 'cash'] },
    },
    cells: {
      name: 'shop_typed_cells',
      instrument: 'gauge',
      description: 'Two closed labels',
      labels: { row: ['1', '2'], column: ['a', 'b'] },
    },
    shelves: { name: 'shop_typed_shelves', instrument: 'gauge', description: 'Shelves', labels: { shelf: 'string' } },
    baskets: { name: 'shop_typed_baskets', instrument: 'gauge', description: 'Baskets' },
    wait: { name: 'shop_typed_wait_seconds', instrument: 'histogram', description: 'Waiting', unit: 's' },
    queues: {
      name: 'shop_typed_queues',
      instrument: 'gauge',
      description: 'Queues',
      asynchronous: true,
      labels: { queue: ['in', 'out'] },
    },
    size: { name: 'shop_typed_size', instrument: 'gauge', description: 'Size', collect: () => 1 },
    visitors: { name: 'shop_typed_visitors', instrument: 'updowncounter', description: 'Visitors' },
  },
});

/** Each call below compiles, or is marked as one that must not; the type check of the project fails otherwise. */
describe('the types of catalog instruments', () => {
  const meter = createNoopMeter();
  const { orders, payments, cells, shelves, baskets, wait, visitors } = createInstruments(meter, shop);
  const { duration } = createInstruments(meter, other);
  const GET = { operation: 'get', result: 'success' } as const;

  it('require every label with an accepted value, and allow no other', () => {
    orders.add(1, { result: 'paid', country: 'DE', channel: 'web' });
    orders.inc({ result: 'refused', country: 49, channel: 'telephone' });
    // @ts-expect-error misspelt value
    orders.add(1, { result: 'payed', country: 'DE', channel: 'web' });
    // @ts-expect-error missing label
    orders.add(1, { result: 'paid', channel: 'web' });
    // @ts-expect-error no labels at all
    orders.add(1);
    // @ts-expect-error no labels at all
    orders.inc();
    // @ts-expect-error a label that the metric does not have
    orders.inc({ result: 'paid', country: 'DE', channel: 'web', shop: 'A' });
    // @ts-expect-error a value that is neither string nor number
    orders.inc({ result: 'paid', country: true, channel: 'web' });
    // @ts-expect-error bind checks as add does
    orders.bind({ result: 'paid' });
    // @ts-expect-error get checks as add does
    orders.get({ result: 'paid' });
    baskets.record(1);
    // @ts-expect-error a metric without labels takes none
    baskets.record(1, { result: 'paid' });
    expect(orders.definition.name).toBe('shop_typed_orders_total');
  });

  it('the types of catalog instruments give each kind of instrument its own methods', () => {
    // @ts-expect-error a gauge has no timers
    expect(() => baskets.time(() => {})).toThrow(TypeError);
    // @ts-expect-error a histogram is not added to
    expect(() => wait.add(1)).toThrow(TypeError);
    // @ts-expect-error an up-down counter is not set
    expect(() => visitors.record(1)).toThrow(TypeError);
    // @ts-expect-error a counter is not decremented
    expect(() => orders.dec({ result: 'paid', country: 'DE', channel: 'web' })).toThrow(TypeError);
    // @ts-expect-error a bound counter is not decremented
    payments.bind({ method: 'card' }).dec();
    // @ts-expect-error only a histogram has timers
    expect(() => baskets.startTimer()).toThrow(TypeError);
    expectTypeOf(wait.get()).toEqualTypeOf<{ readonly count: number; readonly sum: number }>();
    expectTypeOf(visitors.get()).toEqualTypeOf<number>();
  });

  it('offer byValue for a single closed label only', () => {
    payments.byValue('card').inc();
    // @ts-expect-error not a listed value
    payments.byValue('cheque');
    // @ts-expect-error two closed labels
    cells.byValue('1');
    // @ts-expect-error one open label
    shelves.byValue('a');
    // @ts-expect-error three labels
    orders.byValue('paid');
    // @ts-expect-error no labels
    baskets.byValue('a');
    expectTypeOf(payments.byValue).parameter(0).toEqualTypeOf<'card' | 'cash'>();
    expectTypeOf(cells.byValue).parameter(0).toEqualTypeOf<never>();
  });

  it('offer byValues for two labels that list values only', () => {
    const find = cells.byValues('column', 'row');
    find('a', '1').inc();
    expectTypeOf(find).parameters.toEqualTypeOf<['a' | 'b', '1' | '2']>();
    // @ts-expect-error not a listed value
    find('c', '1');
    // @ts-expect-error one label of two
    cells.byValues('row');
    // @ts-expect-error three labels
    orders.byValues('result', 'channel');
    // @ts-expect-error a label that lists no values
    duration.byValues('operation', 'result');
  });

  it('give asynchronous metrics callbacks and nothing to record with', () => {
    const { queues, size } = createInstruments(meter, shop);
    size.observe(() => 1)();
    size.observe(async () => 1)();
    queues.observe(() => [{ value: 1, labels: { queue: 'in' } }])();
    // @ts-expect-error a value that is not listed
    queues.observe(() => [{ value: 1, labels: { queue: 'off' } }])();
    // @ts-expect-error labels are missing
    queues.observe(() => [{ value: 1 }])();
    // @ts-expect-error an asynchronous metric is not recorded
    expect(() => size.record(1)).toThrow(TypeError);
  });

  it('accept a part of the labels for removal', () => {
    orders.remove({ country: 'DE' });
    orders.remove({ result: '_OTHER' });
    orders.remove({});
    baskets.remove();
    // @ts-expect-error removal of everything is written as {}
    orders.remove();
    // @ts-expect-error misspelt value
    orders.remove({ result: 'payed' });
    // @ts-expect-error a label that the metric does not have
    orders.remove({ shop: 'A' });
    // @ts-expect-error a metric without labels takes none
    baskets.remove({ shop: 'A' });
    expectTypeOf(orders.remove({})).toEqualTypeOf<number>();
  });

  it('require the labels of a timer at the start or at the stop', () => {
    duration.startTimer(GET).stop();
    duration.startTimer(GET).stop({ result: 'error' });
    duration.startTimer({ operation: 'get' }).stop({ result: 'error' });
    duration.startTimer().stop(GET);
    wait.startTimer().stop();
    // @ts-expect-error the result is missing
    duration.startTimer({ operation: 'get' }).stop();
    // @ts-expect-error a label that the metric does not have
    duration.startTimer({ operation: 'get', shop: 'A' });
    // @ts-expect-error not a listed value
    duration.startTimer({ result: 'lost' });
    // @ts-expect-error not a listed value
    duration.startTimer({ operation: 'get' }).stop({ result: 'lost' });
    expectTypeOf(duration.startTimer(GET)).toExtend<Disposable>();
    expectTypeOf(wait.startTimer()).toExtend<Disposable>();
    expectTypeOf(duration.bind(GET).startTimer()).toExtend<Disposable>();
    // A timer that lacks a label cannot be left to `using`.
    expectTypeOf(duration.startTimer({ operation: 'get' })).not.toExtend<Disposable>();
  });

  it('the types of catalog instruments pass on the type of timed work', () => {
    expectTypeOf(wait.time(() => 7)).toEqualTypeOf<number>();
    expectTypeOf(wait.time(async () => 7)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(duration.time(GET, () => 'a')).toEqualTypeOf<string>();
    expectTypeOf(duration.bind(GET).time(async () => 'a')).toEqualTypeOf<Promise<string>>();
    expectTypeOf<Timed<PromiseLike<1>>>().toEqualTypeOf<Promise<1>>();
    duration.time(
      (result) => ({ operation: 'get', result }),
      () => 1,
    );
    // @ts-expect-error the labels are missing
    expect(() => duration.time()).toThrow();
    // @ts-expect-error a label is missing
    duration.time({ operation: 'get' }, () => 1);
    // @ts-expect-error a metric without labels takes none
    wait.time(GET, () => 1);
  });

  it('reach the facades of the documented systems', () => {
    const processor = new StreamProcessor(meter);
    processor.recordStateOperation(OperationLabel.Get, 'redis', 0.001);
    processor.recordStateOperation('scan', 'rocksdb', 0.001);
    // @ts-expect-error not an operation
    processor.recordStateOperation('fetch', 'redis', 0.001);
    // @ts-expect-error not a result
    processor.recordEventProcessed('ok');
    // @ts-expect-error not a state
    new Orchestrator(meter).setWorkerState('main', 'w1', 'idle');
    // @ts-expect-error not a queue
    new Ticker(meter).setMessageQueueSize('inbox', 1);
    // @ts-expect-error two of three figures
    expect(() => new Hodei(meter).updateClusterStats({ healthyWorkers: 1, totalWorkers: 2 })).not.toThrow();
  });
});
