import type { Attributes, Context, Counter, Gauge, Histogram } from '@opentelemetry/api';
import { type Catalog, isAsynchronous } from '../catalog/definition';
import { AttachedInstrument, copyLabels, type GivenLabels } from './attached-instrument';
import { CatalogAttachment } from './attachment';
import { CounterSeries, GaugeSeries, HistogramSeries } from './bound-series';
import type { Capable, HistogramValue, ProviderLifecycle } from './capabilities';
import type { Instruments, MeterLike } from './instrument-types';
import { ObservedInstrument } from './observed-instrument';
import { measure, type Outcome, Timer } from './timer';

const ALWAYS_ACTIVE: ProviderLifecycle = { isActive: true };

/**
 * Creates the instruments of a catalog on a meter of any OpenTelemetry SDK, and the series that exist from the start
 * ({@link MetricDefinition.initialize}). Without an SDK the instruments do nothing.
 *
 * Instruments that are created again on the same meter record into the same series.
 *
 * @example
 * const { orders } = createInstruments(metrics.getMeter('shop'), shop);
 * orders.inc({ result: 'paid', country: 'DE' });
 */
export function createInstruments<C extends Catalog>(meter: MeterLike, catalog: C): Instruments<C> {
  return attachInstruments(catalog, new CatalogAttachment(catalog, () => ({ meter, lifecycle: ALWAYS_ACTIVE })));
}

/** Returns the instruments of a catalog, which record where the attachment says. */
export function attachInstruments<C extends Catalog>(catalog: C, attachment: CatalogAttachment): Instruments<C> {
  const entries = Object.entries(catalog.metrics).map(([key, definition]) => {
    const Instrument = isAsynchronous(definition) ? ObservedInstrument : INSTRUMENTS[definition.instrument];
    return [key, new Instrument(definition, attachment)];
  });
  return Object.fromEntries(entries);
}

// A measurement without labels goes to a bound series, which records without a look-up.

class CounterInstrument extends AttachedInstrument<Counter & Capable<unknown, number>, CounterSeries, number> {
  protected readonly zero = 0;

  add(value: number, labels?: GivenLabels, context?: Context): void {
    if (labels === undefined) this.unlabelled().add(value, context);
    else this.target().add(value, labels, context);
  }

  inc(labels?: GivenLabels, context?: Context): void {
    if (labels === undefined) this.unlabelled().add(1, context);
    else this.target().add(1, labels, context);
  }

  protected createBound(labels: Attributes): CounterSeries {
    return new CounterSeries(this, labels);
  }

  protected combine(a: number, b: number): number {
    return a + b;
  }
}

class UpDownCounterInstrument extends CounterInstrument {
  dec(labels?: GivenLabels, context?: Context): void {
    this.add(-1, labels, context);
  }
}

class GaugeInstrument extends AttachedInstrument<Gauge & Capable<unknown, number>, GaugeSeries, number> {
  protected readonly zero = 0;

  record(value: number, labels?: GivenLabels, context?: Context): void {
    if (labels === undefined) this.unlabelled().record(value, context);
    else this.target().record(value, labels, context);
  }

  add(value: number, labels?: GivenLabels, context?: Context): void {
    const series = labels === undefined ? this.unlabelled() : this.bind(labels);
    series.add(value, context);
  }

  inc(labels?: GivenLabels, context?: Context): void {
    this.add(1, labels, context);
  }

  dec(labels?: GivenLabels, context?: Context): void {
    this.add(-1, labels, context);
  }

  protected createBound(labels: Attributes): GaugeSeries {
    return new GaugeSeries(this, labels);
  }

  protected combine(a: number, b: number): number {
    return a + b;
  }
}

class HistogramInstrument extends AttachedInstrument<
  Histogram & Capable<unknown, HistogramValue>,
  HistogramSeries,
  HistogramValue
> {
  protected readonly zero = { count: 0, sum: 0 };

  record(value: number, labels?: GivenLabels, context?: Context): void {
    if (labels === undefined) this.unlabelled().record(value, context);
    else this.target().record(value, labels, context);
  }

  startTimer(labels?: GivenLabels): Timer {
    const known = copyLabels(labels);
    return new Timer((seconds, completion) => this.record(seconds, { ...known, ...copyLabels(completion) }));
  }

  time<R>(...args: [work: () => R] | [labels: TimedLabels, work: () => R]) {
    const [labels, work] = args.length === 1 ? [undefined, args[0]] : args;
    return measure(work, (seconds, outcome) => this.record(seconds, copyLabels(labels, outcome)));
  }

  protected createBound(labels: Attributes): HistogramSeries {
    return new HistogramSeries(this, labels);
  }

  protected combine(a: HistogramValue, b: HistogramValue): HistogramValue {
    return { count: a.count + b.count, sum: a.sum + b.sum };
  }
}

type TimedLabels = Attributes | ((outcome: Outcome) => Attributes);

const INSTRUMENTS = {
  counter: CounterInstrument,
  updowncounter: UpDownCounterInstrument,
  gauge: GaugeInstrument,
  histogram: HistogramInstrument,
} as const;
