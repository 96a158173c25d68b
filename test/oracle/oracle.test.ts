import type { MeterProvider as ApiMeterProvider, Attributes } from '@opentelemetry/api';
import { type IMetricReader, MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readAttributes } from '../../src/engine/attributes';
import { MeterProvider } from '../../src/engine/meter-provider';
import { findCapabilities } from '../../src/instruments/capabilities';
import {
  comparable,
  createInstrument,
  filtersObservations,
  hasConflictingViews,
  ManualReader,
  mergesUnevenly,
  observesHistograms,
  observesTwice,
  type Program,
  program,
} from './programs';

/**
 * Runs a program on a provider. Returns what each collection saw.
 *
 * @param read what the provider is given for the attributes of a step
 */
async function run(
  { temporalities, instruments, steps }: Program,
  createProvider: (readers: IMetricReader[]) => ApiMeterProvider,
  read: (attributes: Attributes | undefined) => Attributes | undefined = (attributes) => attributes,
): Promise<unknown[]> {
  vi.setSystemTime(1_700_000_000_000);
  const readers = temporalities.map((temporality) => new ManualReader(temporality));
  const provider = createProvider(readers);
  const measure = instruments.map((spec) => createInstrument(provider.getMeter(spec.meter), spec));
  const seen: unknown[] = [];
  for (const step of [...steps, ...readers.map((_, reader) => ({ op: 'collect' as const, reader }))]) {
    vi.advanceTimersByTime(1250);
    if (step.op === 'collect') {
      seen.push(comparable(await (readers[step.reader % readers.length] as ManualReader).collect()));
    } else {
      measure[step.instrument % measure.length]?.(step.value, read(step.attributes), step.op === 'bound');
    }
  }
  return seen;
}

describe('MeterProvider and the stock SDK', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('collects the same data for the same random calls, views and readers', async () => {
    await fc.assert(
      fc.asyncProperty(program, async (given) => {
        // What is left out here is asserted in differences.test.ts.
        fc.pre(!hasConflictingViews(given) && !observesHistograms(given));
        fc.pre(!observesTwice(given) && !filtersObservations(given) && !mergesUnevenly(given));
        const views = [...given.views];
        const stock = await run(
          given,
          (readers) => new StockMeterProvider({ views, readers }),
          // The stock SDK throws for some values, and takes `undefined` for a value.
          (attributes) => attributes && readAttributes('m', attributes).attributes,
        );
        const own = await run(given, (readers) => new MeterProvider({ views, readers }));
        expect(own).toStrictEqual(stock);
      }),
      { numRuns: 1000 },
    );
  });

  it('records with instruments of its own, which the stock SDK does not have', () => {
    const counter = new MeterProvider().getMeter('m').createCounter('c');
    expect(findCapabilities(counter)).toBeDefined();
    expect(findCapabilities(new StockMeterProvider().getMeter('m').createCounter('c'))).toBeUndefined();
  });
});
