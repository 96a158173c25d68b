import type { Attributes, Context, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api';
import { report, shown } from '../diagnostics';

/** A counter's series, looked up once. */
export interface BoundCounter {
  /** @param value finite; at least 0 unless the instrument is an up-down counter. Anything else is ignored and reported once. */
  add(value: number, context?: Context): void;
  /** The sum of what was added. */
  get(): number;
}

/** A gauge's series, looked up once. */
export interface BoundGauge {
  /** @param value any number, NaN and infinities included. */
  record(value: number, context?: Context): void;
  /** The value last recorded, 0 before the first. */
  get(): number;
}

/** What a histogram's series holds. */
export interface HistogramValue {
  readonly count: number;
  readonly sum: number;
}

/** A histogram's series, looked up once. */
export interface BoundHistogram {
  /** @param value finite and at least 0. Anything else is ignored and reported once. */
  record(value: number, context?: Context): void;
  get(): HistogramValue;
}

/** What an instrument has when its SDK follows the specification's "Instrument bind" (Metrics API, Development). */
export interface Bindable<B> {
  bind(attributes: Attributes): B;
}

/** What an instrument has when its SDK says how many series it holds at the most, for the life of the process. */
export interface Limited {
  readonly limit: number | undefined;
}

/** What an instrument has when its SDK can end series. */
export interface Removable {
  remove(attributes: Attributes): void;
  clear(): void;
}

/** The SDK's own bound series where it has one that can be read back, otherwise one that passes on and keeps a tally. */
export function bindCounter(
  counter: Counter | UpDownCounter,
  name: string,
  monotonic: boolean,
  attributes: Attributes,
): BoundCounter {
  return boundBySdk<BoundCounter>(counter, attributes) ?? new TalliedCounter(counter, name, monotonic, attributes);
}

export function bindGauge(gauge: Gauge, name: string, attributes: Attributes): BoundGauge {
  return boundBySdk<BoundGauge>(gauge, attributes) ?? new TalliedGauge(gauge, name, attributes);
}

export function bindHistogram(histogram: Histogram, name: string, attributes: Attributes): BoundHistogram {
  return boundBySdk<BoundHistogram>(histogram, attributes) ?? new TalliedHistogram(histogram, name, attributes);
}

function boundBySdk<B extends { get(): unknown }>(instrument: object, attributes: Attributes): B | undefined {
  const { bind } = instrument as Partial<Bindable<B>>;
  const bound = bind?.call(instrument, attributes);
  return typeof bound?.get === 'function' ? bound : undefined;
}

class TalliedCounter implements BoundCounter {
  private sum = 0;

  constructor(
    private readonly counter: Counter | UpDownCounter,
    private readonly name: string,
    private readonly monotonic: boolean,
    private readonly attributes: Attributes,
  ) {}

  add(value: number, context?: Context): void {
    if (!Number.isFinite(value) || (this.monotonic && value < 0)) {
      refuseValue(this.name, this.monotonic ? 'a finite number of at least 0' : 'a finite number', value);
      return;
    }
    this.sum += value;
    this.counter.add(value, this.attributes, context);
  }

  get(): number {
    return this.sum;
  }
}

class TalliedGauge implements BoundGauge {
  private last = 0;

  constructor(
    private readonly gauge: Gauge,
    private readonly name: string,
    private readonly attributes: Attributes,
  ) {}

  record(value: number, context?: Context): void {
    if (typeof value !== 'number') {
      refuseValue(this.name, 'a number', value);
      return;
    }
    this.last = value;
    this.gauge.record(value, this.attributes, context);
  }

  get(): number {
    return this.last;
  }
}

class TalliedHistogram implements BoundHistogram {
  private count = 0;
  private sum = 0;

  constructor(
    private readonly histogram: Histogram,
    private readonly name: string,
    private readonly attributes: Attributes,
  ) {}

  record(value: number, context?: Context): void {
    if (!Number.isFinite(value) || value < 0) {
      refuseValue(this.name, 'a finite number of at least 0', value);
      return;
    }
    this.count++;
    this.sum += value;
    this.histogram.record(value, this.attributes, context);
  }

  get(): HistogramValue {
    return { count: this.count, sum: this.sum };
  }
}

/** Says once for each metric that it was given a value it cannot take. */
export function refuseValue(metric: string, accepted: string, value: unknown): void {
  report('value', `${metric} takes ${accepted}, given ${shown(value)}; ignored`, metric);
}

/** A bound series of an instrument that counts, or of one that records. */
export type Bound<I> = I extends { add(...args: never[]): void }
  ? { add(value: number, context?: Context): void }
  : { record(value: number, context?: Context): void };

/**
 * Binds an attribute set to any synchronous OpenTelemetry instrument (Metrics API, Instrument bind, Development). Where
 * the SDK can bind, recording on the result looks nothing up; elsewhere it is a short cut to the instrument.
 *
 * @example
 * const paid = bind(counter, { result: 'paid' });
 * paid.add(1);
 */
export function bind<I extends Counter | UpDownCounter | Gauge | Histogram>(
  instrument: I,
  attributes: Attributes = {},
): Bound<I> {
  const sdk = instrument as Partial<Bindable<Bound<I>>>;
  if (typeof sdk.bind === 'function') return sdk.bind(attributes);
  const { add, record } = instrument as Partial<Counter & Gauge>;
  return {
    add: (value: number, context?: Context) => add?.call(instrument, value, attributes, context),
    record: (value: number, context?: Context) => record?.call(instrument, value, attributes, context),
  } as Bound<I>;
}

/** Ends the series of an attribute set, where the SDK can. Returns whether it can. */
export function remove(instrument: Counter | UpDownCounter | Gauge | Histogram, attributes: Attributes = {}): boolean {
  const sdk = instrument as Partial<Removable>;
  sdk.remove?.(attributes);
  return sdk.remove !== undefined;
}

/** Ends every series of an instrument, where the SDK can. Returns whether it can. */
export function clear(instrument: Counter | UpDownCounter | Gauge | Histogram): boolean {
  const sdk = instrument as Partial<Removable>;
  sdk.clear?.();
  return sdk.clear !== undefined;
}
