import { createNoopMeter } from '@opentelemetry/api';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { createInstruments, defineCatalog } from '../../src/instruments';
import { Hodei } from '../../src/systems/hodei';
import { Orchestrator } from '../../src/systems/orchestrator';
import { OperationLabel, StreamProcessor } from '../../src/systems/stream-processor';
import { Ticker } from '../../src/systems/ticker';

const shop = defineCatalog({
  name: 'shop-types',
  metrics: {
    orders: {
      name: 'shop_typed_orders_total',
      instrument: 'counter',
      description: 'Orders',
      labels: { result: ['paid', 'refused'], country: 'string', channel: { known: ['web', 'app'] } },
    },
    baskets: { name: 'shop_typed_baskets', instrument: 'gauge', description: 'Baskets' },
    wait: { name: 'shop_typed_wait_seconds', instrument: 'histogram', description: 'Waiting', unit: 's' },
    visitors: { name: 'shop_typed_visitors', instrument: 'updowncounter', description: 'Visitors' },
  },
});

/** Each call below compiles, or is marked as one that must not; the type check of the project fails otherwise. */
describe('label types', () => {
  const meter = createNoopMeter();
  const { orders, baskets, wait, visitors } = createInstruments(meter, shop);

  it('take every label with an accepted value, and no other', () => {
    orders.add(1, { result: 'paid', country: 'DE', channel: 'web' });
    orders.add(1, { result: 'refused', country: 49, channel: 'telephone' });
    // @ts-expect-error misspelt value
    orders.add(1, { result: 'payed', country: 'DE', channel: 'web' });
    // @ts-expect-error missing label
    orders.add(1, { result: 'paid', channel: 'web' });
    // @ts-expect-error no labels at all
    orders.add(1);
    // @ts-expect-error a label that the metric does not have
    orders.add(1, { result: 'paid', country: 'DE', channel: 'web', shop: 'A' });
    // @ts-expect-error a value that is neither string nor number
    orders.add(1, { result: 'paid', country: true, channel: 'web' });
    // @ts-expect-error bind checks as add does
    orders.bind({ result: 'paid' });
    baskets.record(1);
    // @ts-expect-error a metric without labels takes none
    baskets.record(1, { result: 'paid' });
    expect(orders.definition.name).toBe('shop_typed_orders_total');
  });

  it('give each kind of instrument its own verb', () => {
    // @ts-expect-error a gauge is not added to
    expect(() => baskets.add(1)).toThrow(TypeError);
    // @ts-expect-error a histogram is not added to
    expect(() => wait.add(1)).toThrow(TypeError);
    // @ts-expect-error a counter is not set
    expect(() => visitors.record(1)).toThrow(TypeError);
    expectTypeOf(wait.get()).toEqualTypeOf<{ readonly count: number; readonly sum: number }>();
    expectTypeOf(visitors.get()).toEqualTypeOf<number>();
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
