import type {
  Attributes,
  Context,
  Counter,
  Gauge,
  Histogram,
  Meter,
  MetricOptions,
  UpDownCounter,
} from '@opentelemetry/api';

/**
 * The key under which an instrument carries its capabilities. Found by this brand, never by the name of a method, and
 * shared by every copy of the package in a process. The number is the version of {@link SeriesCapabilities}.
 */
export const CAPABILITIES: unique symbol = Symbol.for('meterbridge.capabilities.1') as never;

/** The value of a histogram's series. */
export interface HistogramValue {
  /** The number of measurements. */
  readonly count: number;
  /** The sum of the measurements, in the unit of the metric. */
  readonly sum: number;
}

/**
 * A series of a counter or an up-down counter, looked up once. Recording on it looks nothing up and allocates nothing
 * (OpenTelemetry specification, Metrics API, Instrument bind; Development).
 */
export interface BoundCounter {
  /**
   * Adds to the sum. Never throws.
   *
   * @param value finite; at least 0 unless the instrument is an up-down counter. Any other value is ignored and reported
   * @param context gives exemplars their span; the active context by default
   */
  add(value: number, context?: Context): void;
  /** Returns the sum of the added values; 0 before the first. */
  get(): number;
}

/** A series of a gauge, looked up once. Recording on it looks nothing up and allocates nothing. */
export interface BoundGauge {
  /**
   * Replaces the value. Never throws.
   *
   * @param value any number, NaN and infinities included
   * @param context gives exemplars their span; the active context by default
   */
  record(value: number, context?: Context): void;
  /** Returns the last recorded value, 0 before the first. */
  get(): number;
}

/** A series of a histogram, looked up once. Recording on it looks nothing up and allocates nothing. */
export interface BoundHistogram {
  /**
   * Adds a measurement. Never throws.
   *
   * @param value finite and at least 0. Any other value is ignored and reported
   * @param context gives exemplars their span; the active context by default
   */
  record(value: number, context?: Context): void;
  /** Returns the number and the sum of the measurements; 0 and 0 before the first. */
  get(): HistogramValue;
}

/**
 * What an instrument of a meterbridge `MeterProvider` can do in addition to recording. `B` is its bound series, `V` the value of
 * a series.
 */
export interface SeriesCapabilities<B, V> {
  /**
   * Returns the series of an attribute set; recording on it looks nothing up and allocates nothing. Binding the same
   * attributes again returns the same series. A bound series takes no place in the cardinality limit until it records.
   * After `remove` the series starts again at its next measurement.
   */
  bind(attributes?: Attributes): B;
  /** Returns the value of an existing series, or `undefined`. Creates nothing. */
  get(attributes?: Attributes): V | undefined;
  /** Creates the series of an attribute set at zero, unless it exists. */
  initialize(attributes?: Attributes): void;
  /**
   * Ends every series whose attributes include all of the given ones; `remove({})` on an instrument with attributes ends
   * all of them. Attributes that match nothing end nothing.
   *
   * @returns the number of series that ended
   */
  remove(attributes: Attributes): number;
  /** Ends every series. */
  clear(): void;
  /** Yields every series that is collected, in the order of their creation. */
  series(): Iterable<{ readonly attributes: Attributes; readonly value: V }>;
}

/** An instrument that carries capabilities. */
export interface Capable<B, V> {
  /** The capabilities, under the key `Symbol.for('meterbridge.capabilities.1')`. */
  readonly [CAPABILITIES]: SeriesCapabilities<B, V>;
}

/** The counter of a meterbridge `MeterProvider`. */
export interface CapableCounter
  extends Counter,
    SeriesCapabilities<BoundCounter, number>,
    Capable<BoundCounter, number> {}

/** The up-down counter of a meterbridge `MeterProvider`. */
export interface CapableUpDownCounter
  extends UpDownCounter,
    SeriesCapabilities<BoundCounter, number>,
    Capable<BoundCounter, number> {}

/** The gauge of a meterbridge `MeterProvider`. */
export interface CapableGauge extends Gauge, SeriesCapabilities<BoundGauge, number>, Capable<BoundGauge, number> {}

/** The histogram of a meterbridge `MeterProvider`. */
export interface CapableHistogram
  extends Histogram,
    SeriesCapabilities<BoundHistogram, HistogramValue>,
    Capable<BoundHistogram, HistogramValue> {}

/**
 * The meter of a meterbridge `MeterProvider`. Creating an instrument never throws: invalid arguments are reported, and the
 * same arguments return an instrument that records into the same series.
 */
export interface CapableMeter extends Meter {
  /** Creates a counter whose series can be bound and removed. */
  createCounter(name: string, options?: MetricOptions): CapableCounter;
  /** Creates an up-down counter whose series can be bound and removed. */
  createUpDownCounter(name: string, options?: MetricOptions): CapableUpDownCounter;
  /** Creates a gauge whose series can be bound and removed. */
  createGauge(name: string, options?: MetricOptions): CapableGauge;
  /** Creates a histogram whose series can be bound and removed. */
  createHistogram(name: string, options?: MetricOptions): CapableHistogram;
}

/** Returns the capabilities of an instrument, or `undefined` for one of another SDK. */
export function findCapabilities<B, V>(instrument: object): SeriesCapabilities<B, V> | undefined {
  return (instrument as Partial<Capable<B, V>>)[CAPABILITIES];
}

/** The key under which every meter of a meterbridge `MeterProvider` carries its {@link ProviderLifecycle}. */
export const LIFECYCLE: unique symbol = Symbol.for('meterbridge.lifecycle.1') as never;

/** One object for the life of a provider. */
export interface ProviderLifecycle {
  /** Whether the provider still records. Turns false when it is shut down. */
  readonly isActive: boolean;
  /** Whether catalogs create series at zero before the first measurement. `true` unless it is `false`. */
  readonly initializesSeries?: boolean;
}

/** Returns the lifecycle of the provider of a meter, or `undefined` for a meter of another SDK. */
export function findLifecycle(meter: object): ProviderLifecycle | undefined {
  return (meter as { readonly [LIFECYCLE]?: ProviderLifecycle })[LIFECYCLE];
}
