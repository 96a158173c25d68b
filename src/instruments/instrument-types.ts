import type { Attributes, Context, Meter } from '@opentelemetry/api';
import type { Catalog, Collect, MetricDefinition, Observation } from '../catalog/definition';
import type { LabelInput, LabelSchema, LabelSelector, Labels } from '../catalog/labels';
import type { BoundCounter, BoundGauge, BoundHistogram, HistogramValue } from './capabilities';
import type { HistogramTimer, Outcome, Timed } from './timer';

/** The part of an OpenTelemetry `Meter` that a catalog needs. */
export type MeterLike = Pick<
  Meter,
  | 'createCounter'
  | 'createUpDownCounter'
  | 'createGauge'
  | 'createHistogram'
  | 'createObservableCounter'
  | 'createObservableUpDownCounter'
  | 'createObservableGauge'
>;

/** The labels of a measurement as arguments, left out for a metric without labels. */
export type LabelArguments<L extends LabelSchema> = keyof L extends never
  ? [labels?: undefined, context?: Context]
  : [labels: Labels<L>, context?: Context];

/** A selection of series as arguments, left out for a metric without labels. */
export type SelectorArguments<L extends LabelSchema> = keyof L extends never
  ? [labels?: undefined]
  : [labels: LabelSelector<L>];

/** The values of the only label of a metric if that label is closed; otherwise `never`, which no argument satisfies. */
export type OnlyClosedValue<L extends LabelSchema, K extends keyof L = keyof L> = K extends unknown
  ? [keyof L, L[K]] extends [K, readonly (infer V extends string)[]]
    ? V
    : never
  : never;

/** The names of the labels that list values, closed or not. */
export type ListedLabel<L extends LabelSchema> = {
  [K in keyof L & string]: L[K] extends 'string' ? never : K;
}[keyof L & string];

/** The names of the two labels of a metric; `never` if it has others. */
export type LabelPair<L extends LabelSchema, First, Second> =
  Exclude<keyof L, First | Second> extends never ? readonly [first: First, second: Second] : never;

/** What every instrument of a catalog can do in addition to recording. `B` is a bound series, `V` the value of a series. */
export interface CatalogInstrument<L extends LabelSchema, B, V> {
  /** The definition of the metric. */
  readonly definition: MetricDefinition;
  /**
   * Returns a handle to one series. The labels are looked up and validated once, here; recording on the handle looks
   * nothing up and, on the SDK of meterbridge, allocates nothing. Handles of equal labels record into the same series. A
   * series that is removed starts again at the next measurement on a handle.
   *
   * Source: OpenTelemetry specification, Metrics API, Instrument bind (Development).
   */
  bind(...labels: LabelArguments<L>): B;
  /**
   * Returns the handle of a label value, for a metric whose only label is closed; any other metric accepts no argument
   * here. Costs a few comparisons and no allocation. A value that is not listed is recorded as `_OTHER` and reported.
   */
  byValue(value: OnlyClosedValue<L>): B;
  /**
   * Returns a function that returns the handle of two label values, for a metric with exactly these two labels, which both
   * list values. The function allocates nothing and costs a few comparisons for listed values, and for the first 16 other
   * values of a label that is not closed; other values are bound at each call.
   *
   * @example
   * const operations = instruments.operations.byValues('operation', 'backend');
   * operations('get', 'redis').inc();
   */
  byValues<const First extends ListedLabel<L>, const Second extends Exclude<ListedLabel<L>, First>>(
    ...labels: LabelPair<L, First, Second>
  ): (first: LabelInput<L[First]> & string, second: LabelInput<L[Second]> & string) => B;
  /** Returns the value of a series, or zero if there is no such series. Creates none. For tests and for decisions of the app. */
  get(...labels: LabelArguments<L>): V;
  /**
   * Returns the sum of the values of every series whose labels include the given ones: `total({ result: 'paid' })` adds
   * the series of all countries, `total()` those of all series, the overflow series included. Looks at every series.
   */
  total(labels?: LabelSelector<L>): V;
  /** Creates the series of a label set at 0, or as an empty histogram, unless it exists. */
  initialize(...labels: LabelArguments<L>): void;
  /**
   * Ends every series whose labels include the given ones: `remove({ worker: 'w1' })` ends all series of that worker, and
   * `remove({})` all series of a metric with labels. Labels that match no series end none. A stock OpenTelemetry SDK
   * cannot end series: the call is reported once and has no effect.
   *
   * @returns the number of series that ended
   */
  remove(...labels: SelectorArguments<L>): number;
  /** Ends every series of the metric, as {@link remove} does, the initial ones included. */
  clear(): void;
  /**
   * Ends every series, and creates those again that exist from the start ({@link MetricDefinition.initialize}). Bound
   * series stay valid. A stock OpenTelemetry SDK cannot end series: the call is reported once and has no effect.
   */
  reset(): void;
  /** Yields the attributes and the value of every series, in the order of creation. */
  series(): Iterable<{ readonly attributes: Attributes; readonly value: V }>;
}

/** A counter of a catalog. */
export interface CatalogCounter<L extends LabelSchema> extends CatalogInstrument<L, BoundCatalogCounter, number> {
  /**
   * Adds to the series of the labels. Never throws. Looks the series up; recording on a handle from {@link bind} does not.
   *
   * @param value finite and at least 0, in the unit of the metric. Any other value is ignored and reported
   * @param labels every label of the metric, and optionally the context that gives exemplars their span
   */
  add(value: number, ...labels: LabelArguments<L>): void;
  /** Adds 1. */
  inc(...labels: LabelArguments<L>): void;
}

/** A gauge of a catalog that is incremented and decremented. */
export interface CatalogUpDownCounter<L extends LabelSchema>
  extends CatalogInstrument<L, BoundCatalogUpDownCounter, number> {
  /**
   * Adds to the series of the labels. Never throws. Looks the series up; recording on a handle from {@link bind} does not.
   *
   * @param value finite, in the unit of the metric; negative values subtract. Any other value is ignored and reported
   * @param labels every label of the metric, and optionally the context that gives exemplars their span
   */
  add(value: number, ...labels: LabelArguments<L>): void;
  /** Adds 1. */
  inc(...labels: LabelArguments<L>): void;
  /** Subtracts 1. */
  dec(...labels: LabelArguments<L>): void;
}

/** A gauge of a catalog that is set, and can be incremented and decremented too. */
export interface CatalogGauge<L extends LabelSchema> extends CatalogInstrument<L, BoundCatalogGauge, number> {
  /**
   * Sets the series of the labels. Never throws. Looks the series up; recording on a handle from {@link bind} does not.
   *
   * @param value any number in the unit of the metric, NaN and infinities included
   * @param labels every label of the metric, and optionally the context that gives exemplars their span
   */
  record(value: number, ...labels: LabelArguments<L>): void;
  /**
   * Sets the series of the labels to its last value plus this one; a series starts at 0. Never throws. Costs a
   * {@link bind} if the metric has labels; adding on a handle does not. A metric that is only incremented and decremented
   * is better an `updowncounter`, whose values add up over processes in every backend.
   *
   * @param value finite, in the unit of the metric; negative values subtract. Any other value is ignored and reported
   * @param labels every label of the metric, and optionally the context that gives exemplars their span
   */
  add(value: number, ...labels: LabelArguments<L>): void;
  /** Adds 1, as {@link add} does. */
  inc(...labels: LabelArguments<L>): void;
  /** Subtracts 1, as {@link add} does. */
  dec(...labels: LabelArguments<L>): void;
}

/** A metric of a catalog that callbacks observe when it is collected. */
export interface CatalogObservable<L extends LabelSchema> {
  /** The definition of the metric. */
  readonly definition: MetricDefinition;
  /**
   * Adds a callback, in addition to that of the definition. It is called for each collection on the SDK that the instrument
   * belongs to. If several callbacks observe one label set, the last counts.
   *
   * @param collect returns a number if the metric has no labels, else a list of values with labels; or a promise of these.
   *   It should take less than a second: one that fails or takes too long is reported, and its metric is left out
   * @returns a function that removes the callback
   * @example
   * connections.observe(() => [
   *   { value: pool.idle, labels: { state: 'idle' } },
   *   { value: pool.busy, labels: { state: 'busy' } },
   * ]);
   */
  observe(collect: keyof L extends never ? Collect : Collect<LabelledObservation<L>>): () => void;
}

/** The value of one series of an asynchronous metric with labels. */
export interface LabelledObservation<L extends LabelSchema> extends Observation {
  /** Every label of the metric. */
  readonly labels: Labels<L>;
}

/** A histogram of a catalog. */
export interface CatalogHistogram<L extends LabelSchema>
  extends CatalogInstrument<L, BoundCatalogHistogram, HistogramValue> {
  /**
   * Adds a measurement to the series of the labels. Never throws. Looks the series up; recording on a handle from
   * {@link bind} does not.
   *
   * @param value finite and at least 0, in the unit of the metric. Any other value is ignored and reported
   * @param labels every label of the metric, and optionally the context that gives exemplars their span
   */
  record(value: number, ...labels: LabelArguments<L>): void;
  /**
   * Starts a timer that records its seconds in this histogram when it is stopped. Stopping it again records nothing.
   *
   * @param labels the labels, or those that are known already; `stop()` completes and replaces them. A timer that has all
   *   labels can be declared with `using`: it then records when the block is left, in whatever way
   * @example
   * using timer = duration.startTimer({ operation: 'get', result: 'error' });
   * const row = await store.get(key);
   * timer.stop({ result: 'success' });
   */
  startTimer<const G extends Partial<Labels<L>> = Record<never, never>>(
    labels?: G & { readonly [K in Exclude<keyof G, keyof L>]: never },
  ): HistogramTimer<Labels<L>, G>;
  /**
   * Runs a function and records its seconds in this histogram, also if it fails. A promise is recorded when it settles.
   * Returns what the function returns and throws what it throws.
   *
   * @param args the labels, for a metric that has labels, and the function. The labels can be a function of the outcome
   * @example
   * const rows = await duration.time({ operation: 'scan' }, () => store.scan());
   */
  time<R>(
    ...args: keyof L extends never
      ? [work: () => R]
      : [labels: Labels<L> | ((outcome: Outcome) => Labels<L>), work: () => R]
  ): Timed<R>;
}

/** A series of a counter of a catalog. */
export interface BoundCatalogCounter extends BoundCounter {
  /** Adds 1. */
  inc(context?: Context): void;
}

/** A series of an up-down counter of a catalog. */
export interface BoundCatalogUpDownCounter extends BoundCatalogCounter {
  /** Subtracts 1. */
  dec(context?: Context): void;
}

/** A series of a gauge of a catalog. */
export interface BoundCatalogGauge extends BoundGauge {
  /**
   * Sets the series to its last value plus this one. Looks nothing up.
   *
   * @param value finite; negative values subtract. Any other value is ignored and reported
   */
  add(value: number, context?: Context): void;
  /** Adds 1. */
  inc(context?: Context): void;
  /** Subtracts 1. */
  dec(context?: Context): void;
}

/** A series of a histogram of a catalog. */
export interface BoundCatalogHistogram extends BoundHistogram {
  /** Starts a timer that records its seconds in this series when it is stopped, once. Works with `using`. */
  startTimer(): HistogramTimer<Record<never, never>, Record<never, never>>;
  /** Runs a function and records its seconds in this series, as {@link CatalogHistogram.time} does. */
  time<R>(work: () => R): Timed<R>;
}

/** The label schema of a definition, without labels if it has none. */
export type DefinedLabels<D extends MetricDefinition> = D extends { readonly labels: infer L extends LabelSchema }
  ? L
  : Record<never, never>;

/** The instrument of a definition. */
export type InstrumentOf<D extends MetricDefinition> = D extends
  | { readonly asynchronous: true }
  | { readonly collect: Collect }
  ? CatalogObservable<DefinedLabels<D>>
  : {
      counter: CatalogCounter<DefinedLabels<D>>;
      updowncounter: CatalogUpDownCounter<DefinedLabels<D>>;
      gauge: CatalogGauge<DefinedLabels<D>>;
      histogram: CatalogHistogram<DefinedLabels<D>>;
    }[D['instrument']];

/** The instruments of a catalog, by the names that the catalog gives them. */
export type Instruments<C extends Catalog> = { readonly [K in keyof C['metrics']]: InstrumentOf<C['metrics'][K]> };
