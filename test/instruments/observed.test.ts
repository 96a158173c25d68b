import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { metrics } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PrometheusReader } from '../../src/exporter/prometheus-reader';
import { catalogViews, createInstruments, deferredInstruments, defineCatalog } from '../../src/instruments';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { type Served, serve } from '../served';

let diagnostics: Diagnostics;
beforeEach(() => {
  diagnostics = listenToDiagnostics();
});
afterEach(() => {
  metrics.disable();
  diagnostics.stop();
});

const state = { open: 0, calls: 0 };
const pool = defineCatalog({
  name: 'pool',
  metrics: {
    connections: {
      name: 'pool_connections',
      instrument: 'gauge',
      description: 'Connections',
      asynchronous: true,
      labels: { state: ['idle', 'busy'] },
    },
    open: {
      name: 'pool_open',
      instrument: 'updowncounter',
      description: 'Open',
      collect: () => {
        state.calls++;
        return state.open;
      },
    },
    served: { name: 'pool_served_total', instrument: 'counter', description: 'Served', asynchronous: true },
    waits: { name: 'pool_waits_total', instrument: 'counter', description: 'Waits' },
  },
});
beforeEach(() => Object.assign(state, { open: 0, calls: 0 }));

/** Returns the samples of a page, sorted. */
async function samples(reader: Pick<Served, 'page'>): Promise<string[]> {
  return (await reader.page())
    .split('\n')
    .filter((line) => line.startsWith('pool_'))
    .sort();
}

/** A page of a stock provider. */
function serveStock(): Pick<Served, 'page'> & { readonly provider: MeterProvider } {
  const reader = new PrometheusReader({ selfMetrics: false, catalogs: [pool] });
  const provider = new MeterProvider({ readers: [reader], views: catalogViews(pool) });
  return {
    provider,
    page: async () => text(Readable.from((await reader.scrape()).body)),
  };
}

describe.each([
  ['meterbridge', serve],
  ['the stock SDK', serveStock],
])('asynchronous metrics of a catalog on %s', (_, start) => {
  it('are observed at each collection, and have no zero of their own', async () => {
    const served = start();
    const { connections, served: total } = createInstruments(served.provider.getMeter('pool'), pool);
    state.open = 4;
    expect(await samples(served)).toEqual(['pool_open 4', 'pool_waits_total 0']);

    let idle = 3;
    connections.observe(() => [
      { value: idle, labels: { state: 'idle' } },
      { value: 1, labels: { state: 'busy' } },
    ]);
    total.observe(async () => 7);
    expect(await samples(served)).toEqual([
      'pool_connections{state="busy"} 1',
      'pool_connections{state="idle"} 3',
      'pool_open 4',
      'pool_served_total 7',
      'pool_waits_total 0',
    ]);
    idle = 2;
    expect(await samples(served)).toContain('pool_connections{state="idle"} 2');
    expect(diagnostics.codes()).toEqual([]);
  });

  it('are collected once for each collection, however often the instruments are created', async () => {
    const served = start();
    for (let i = 0; i < 3; i++) createInstruments(served.provider.getMeter('pool'), pool);
    state.open = 5;
    expect(await samples(served)).toEqual(['pool_open 5', 'pool_waits_total 0']);
    expect(state.calls).toBe(1);
  });

  it('record a label value that is not listed as _OTHER, and report it', async () => {
    const served = start();
    const { connections } = createInstruments(served.provider.getMeter('pool'), pool);
    connections.observe(() => [{ value: 1, labels: { state: 'lost' as 'idle' } }]);
    expect(await samples(served)).toContain('pool_connections{state="_OTHER"} 1');
    expect(diagnostics.codes()).toEqual(['label']);
  });
});

describe('asynchronous metrics of a catalog', () => {
  it('are no longer served when the callback was removed', async () => {
    const served = serve();
    const remove = createInstruments(served.provider.getMeter('pool'), pool).served.observe(() => 7);
    expect(await samples(served)).toContain('pool_served_total 7');
    remove();
    expect(await samples(served)).toEqual(['pool_open 0', 'pool_waits_total 0']);
  });

  it('are left out and reported if the callback fails, and the others are served', async () => {
    const served = serve();
    const { served: total, connections } = createInstruments(served.provider.getMeter('pool'), pool);
    total.observe(() => {
      throw new Error('no database');
    });
    connections.observe(() => [{ value: 1, labels: { state: 'idle' } }]);
    expect(await samples(served)).toEqual(['pool_connections{state="idle"} 1', 'pool_open 0', 'pool_waits_total 0']);
    expect(diagnostics.codes()).toEqual(['callback']);
  });

  it('ignore and report what is neither a number nor a list', async () => {
    const served = serve();
    const { served: total } = createInstruments(served.provider.getMeter('pool'), pool);
    total.observe(() => '7' as never);
    expect(await samples(served)).toEqual(['pool_open 0', 'pool_waits_total 0']);
    expect(diagnostics.codes()).toEqual(['value']);
  });

  it.each([
    ['meterbridge', serve],
    ['the stock SDK', serveStock],
  ])('deferred ones are observed on %s when it is registered after them, and on the next SDK', async (_, start) => {
    const { served: total, waits } = deferredInstruments(pool);
    total.observe(() => 7);
    for (let i = 0; i < 2; i++) {
      const served = start();
      metrics.setGlobalMeterProvider(served.provider);
      waits.inc();
      expect(await samples(served)).toEqual(['pool_open 0', 'pool_served_total 7', 'pool_waits_total 1']);
      await served.provider.shutdown();
      metrics.disable();
    }
  });

  it('a module that is evaluated again replaces what its definition collects', async () => {
    const evaluate = (value: number) =>
      defineCatalog({
        name: 'module',
        metrics: { size: { name: 'pool_size', instrument: 'gauge', description: 'Size', collect: () => value } },
      });
    const served = serve();
    metrics.setGlobalMeterProvider(served.provider);
    deferredInstruments(evaluate(1));
    deferredInstruments(evaluate(2));
    expect((await samples(served)).filter((line) => line.startsWith('pool_size'))).toEqual(['pool_size 2']);
  });
});
