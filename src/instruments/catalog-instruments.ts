import type { Attributes, Context, Meter, MetricOptions } from '@opentelemetry/api';
import { bucketsOf, type Catalog, CatalogError, DEFAULT_LIMIT, type MetricDefinition } from '../catalog/define';
import { closedCombinations, isClosed, type LabelDefinitions, type LabelSet } from '../catalog/labels';
import {
  type BoundCounter,
  type BoundGauge,
  type BoundHistogram,
  bindCounter,
  bindGauge,
  bindHistogram,
  type HistogramValue,
  type Limited,
  type Removable,
} from './bind';
import { findCapabilities } from './capabilities';
import { type GivenLabels, SeriesTable } from './series-table';

/** The part of a `Meter` that a catalog needs. */
export type InstrumentSource = Pick<Meter, 'createCounter' | 'createUpDownCounter' | 'createGauge' | 'createHistogram'>;

/** The label set as an argument: left out where the metric has no labels. */
type Labelled<L extends LabelDefinitions> = keyof L extends never
  ? [labels?: undefined, context?: Context]
  : [labels: LabelSet<L>, context?: Context];

/** The values of a metric's only label, where that is a closed one. */
type OnlyClosed<L extends LabelDefinitions> = {
  [K in keyof L]: L[K] extends readonly (infer V extends string)[] ? V : never;
}[keyof L];

/** The bound series of a metric with one closed label, by its value. */
export class ClosedSeries<V extends string, B> {
  private readonly series: { readonly [value: string]: B };

  constructor(
    values: readonly string[],
    private readonly bindValue: (value: string) => B,
  ) {
    this.series = Object.fromEntries(values.map((value) => [value, bindValue(value)]));
  }

  /** The series of a value; one that is not listed is recorded as the metric's instrument records it. */
  of(value: V): B {
    return this.series[value] ?? this.bindValue(value);
  }
}

/** What every instrument of a catalog can do. `B` is its bound series, `V` what a series holds. */
interface CatalogInstrument<L extends LabelDefinitions, B, V> {
  readonly definition: MetricDefinition;
  /**
   * The series of a label set, looked up and checked once; recording on it allocates nothing and looks nothing up.
   * Binding the same labels again gives the same series.
   */
  bind(...labels: Labelled<L>): B;
  /**
   * The series of a metric whose only label is closed, all bound at once: recording by value costs little more than on a
   * bound series.
   *
   * @throws CatalogError where the metric has another number of labels or an open one
   */
  bindAll(): ClosedSeries<OnlyClosed<L>, B>;
  /** What the series of a label set holds; zero where there is none. Does not create one. */
  get(...labels: Labelled<L>): V;
  /**
   * Ends the series of a label set where the SDK can end one; a stock OpenTelemetry SDK cannot, and goes on serving it.
   * A bound series that is recorded on afterwards begins anew.
   */
  remove(...labels: Labelled<L>): void;
  /** Ends every series of the metric, as {@link remove} does. */
  clear(): void;
}

/** A catalog's counter. */
export interface CatalogCounter<L extends LabelDefinitions> extends CatalogInstrument<L, BoundCounter, number> {
  /** @param value finite and at least 0. Anything else is ignored and reported once. */
  add(value: number, ...labels: Labelled<L>): void;
}

/** A catalog's gauge that is counted up and down. */
export interface CatalogUpDownCounter<L extends LabelDefinitions> extends CatalogInstrument<L, BoundCounter, number> {
  /** @param value finite. Anything else is ignored and reported once. */
  add(value: number, ...labels: Labelled<L>): void;
}

/** A catalog's gauge that is set. */
export interface CatalogGauge<L extends LabelDefinitions> extends CatalogInstrument<L, BoundGauge, number> {
  /** @param value any number, NaN and infinities included. */
  record(value: number, ...labels: Labelled<L>): void;
}

/** A catalog's histogram. */
export interface CatalogHistogram<L extends LabelDefinitions>
  extends CatalogInstrument<L, BoundHistogram, HistogramValue> {
  /** @param value finite and at least 0. Anything else is ignored and reported once. */
  record(value: number, ...labels: Labelled<L>): void;
}

type LabelsOf<D extends MetricDefinition> = D extends { readonly labels: infer L extends LabelDefinitions }
  ? L
  : Record<never, never>;

/** The instrument of a definition. */
export type InstrumentOf<D extends MetricDefinition> = {
  counter: CatalogCounter<LabelsOf<D>>;
  updowncounter: CatalogUpDownCounter<LabelsOf<D>>;
  gauge: CatalogGauge<LabelsOf<D>>;
  histogram: CatalogHistogram<LabelsOf<D>>;
}[D['instrument']];

/** The instruments of a catalog, under the catalog's own names. */
export type Instruments<C extends Catalog> = { readonly [K in keyof C['metrics']]: InstrumentOf<C['metrics'][K]> };

/**
 * Creates a catalog's instruments on a meter of any OpenTelemetry SDK, and the series that exist from the start
 * ({@link MetricDefinition.zero}). On a meter without an SDK every instrument is a no-op.
 *
 * Calling it again on the same meter gives instruments that record into the same series.
 *
 * @example
 * const { orders } = createInstruments(metrics.getMeter('shop'), shop);
 * orders.add(1, { result: 'paid', country: 'DE' });
 */
export function createInstruments<C extends Catalog>(meter: InstrumentSource, catalog: C): Instruments<C> {
  const instruments = instrumentsOf(meter, catalog);
  const begun = begunOn(meter);
  for (const instrument of Object.values<CatalogSeries>(instruments)) {
    const { name, zero } = instrument.definition;
    if (zero !== false && !begun.has(name)) instrument.begin();
    begun.add(name);
  }
  return instruments as Instruments<C>;
}

/** The catalog's instruments without their first series, for a source that sees to those itself. */
export function instrumentsOf<C extends Catalog>(
  source: InstrumentSource,
  catalog: C,
): { [K in keyof C['metrics']]: InstrumentOf<C['metrics'][K]> & CatalogSeries } {
  const entries = Object.entries(catalog.metrics).map(([key, definition]) => [
    key,
    createInstrument(source, definition),
  ]);
  return Object.fromEntries(entries);
}

/** The metrics whose first series exist already, so that a second set of instruments does not put a gauge back to 0. */
const begunByMeter = new WeakMap<InstrumentSource, Set<string>>();

function begunOn(meter: InstrumentSource): Set<string> {
  let begun = begunByMeter.get(meter);
  if (begun === undefined) {
    begun = new Set();
    begunByMeter.set(meter, begun);
  }
  return begun;
}

function createInstrument(meter: InstrumentSource, definition: MetricDefinition): CatalogSeries {
  const { name } = definition;
  const options: MetricOptions = { description: definition.description, unit: definition.unit ?? '' };
  switch (definition.instrument) {
    case 'counter': {
      const counter = meter.createCounter(name, options);
      return new AddedSeries(definition, counter, (attributes) => bindCounter(counter, name, true, attributes));
    }
    case 'updowncounter': {
      const counter = meter.createUpDownCounter(name, options);
      return new AddedSeries(definition, counter, (attributes) => bindCounter(counter, name, false, attributes));
    }
    case 'gauge': {
      const gauge = meter.createGauge(name, options);
      return new RecordedGauge(definition, gauge, (attributes) => bindGauge(gauge, name, attributes));
    }
    case 'histogram': {
      // The advice sets the buckets where the SDK was not given the catalog's views.
      options.advice = { explicitBucketBoundaries: [...(bucketsOf(definition) ?? [])] };
      const histogram = meter.createHistogram(name, options);
      return new RecordedHistogram(definition, histogram, (attributes) => bindHistogram(histogram, name, attributes));
    }
  }
}

/** What this module needs of an instrument whatever its kind. */
interface CatalogSeries {
  readonly definition: MetricDefinition;
  /** Creates the series that exist from the start. */
  begin(): void;
}

abstract class SeriesOf<B, V> implements CatalogSeries {
  protected readonly table: SeriesTable<B>;

  constructor(
    readonly definition: MetricDefinition,
    private readonly instrument: object,
    bindSeries: (attributes: Attributes) => B,
  ) {
    this.table = new SeriesTable(
      definition.name,
      definition.labels ?? {},
      () => (instrument as Partial<Limited>).limit ?? definition.limit ?? DEFAULT_LIMIT,
      bindSeries,
    );
  }

  abstract get(labels?: GivenLabels): V;

  /** Puts a new series at its zero. */
  protected abstract zero(series: B): void;

  bind(labels?: GivenLabels): B {
    return this.table.of(labels);
  }

  /** The series of a label set where there is one. One of closed labels may be held elsewhere, so it always is. */
  protected held(labels: GivenLabels | undefined): B | undefined {
    const isBounded = Object.values(this.definition.labels ?? {}).every(isClosed);
    return this.table.peek(labels) ?? (isBounded ? this.table.of(labels) : undefined);
  }

  bindAll(): ClosedSeries<string, B> {
    const [[label, values] = [], ...others] = Object.entries(this.definition.labels ?? {});
    if (label === undefined || values === undefined || !isClosed(values) || others.length > 0) {
      throw new CatalogError(`${this.definition.name}: bindAll() is for a metric with one label, a closed one`);
    }
    return new ClosedSeries(values, (value) => this.table.of({ [label]: value }));
  }

  begin(): void {
    const capabilities = findCapabilities(this.instrument);
    for (const labels of closedCombinations(this.definition.labels ?? {})) {
      if (capabilities === undefined) this.zero(this.table.of(labels));
      else capabilities.initialize(labels);
    }
  }

  remove(labels?: GivenLabels): void {
    const attributes = this.table.remove(labels);
    (this.instrument as Partial<Removable>).remove?.(attributes);
  }

  clear(): void {
    this.table.clear();
    (this.instrument as Partial<Removable>).clear?.();
  }
}

class AddedSeries extends SeriesOf<BoundCounter, number> {
  add(value: number, labels?: GivenLabels, context?: Context): void {
    this.table.of(labels).add(value, context);
  }

  get(labels?: GivenLabels): number {
    return this.held(labels)?.get() ?? 0;
  }

  protected zero(series: BoundCounter): void {
    series.add(0);
  }
}

class RecordedGauge extends SeriesOf<BoundGauge, number> {
  record(value: number, labels?: GivenLabels, context?: Context): void {
    this.table.of(labels).record(value, context);
  }

  get(labels?: GivenLabels): number {
    return this.held(labels)?.get() ?? 0;
  }

  protected zero(series: BoundGauge): void {
    series.record(0);
  }
}

class RecordedHistogram extends SeriesOf<BoundHistogram, HistogramValue> {
  record(value: number, labels?: GivenLabels, context?: Context): void {
    this.table.of(labels).record(value, context);
  }

  get(labels?: GivenLabels): HistogramValue {
    return this.held(labels)?.get() ?? { count: 0, sum: 0 };
  }

  /** An SDK that cannot begin a series has no empty histogram: there is no measurement of nothing. */
  protected zero(): void {}
}
