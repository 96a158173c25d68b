import type { Attributes, Context, Counter, Gauge, Histogram } from '@opentelemetry/api';
import type { Catalog, MetricDefinition } from '../catalog/definition';
import { selectLabels } from '../catalog/label-validation';
import { isClosed } from '../catalog/labels';
import { type Attachment, CatalogAttachment } from './attachment';
import { CounterSeries, GaugeSeries, HistogramSeries } from './bound-series';
import {
  type BoundGauge,
  CAPABILITIES,
  type Capable,
  type HistogramValue,
  type ProviderLifecycle,
  type SeriesCapabilities,
} from './capabilities';
import type { CatalogInstrument, Instruments, MeterLike } from './instrument-types';
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
    const Instrument = INSTRUMENTS[definition.instrument];
    return [key, new Instrument(definition, attachment)];
  });
  return Object.fromEntries(entries);
}

/**
 * The prototype of objects whose keys come from outside: they inherit no names such as `constructor`. A property of such
 * an object is found by an inline cache, in half the time of a `Map`.
 */
const NO_PROPERTIES: object = Object.freeze(Object.create(null));

/** Labels as they arrive at run time; the SDK or its adapter validates them. */
type GivenLabels = Attributes | undefined;

/** An instrument `I` of an SDK whose bound series the catalog wraps as `B`, with values `V`. */
abstract class AttachedInstrument<I extends Capable<unknown, V>, B, V>
  implements CatalogInstrument<Record<never, never>, B, V>
{
  private instrument!: I;
  private lifecycle!: ProviderLifecycle;
  private readonly byClosedValue: { [value: string]: B } = Object.create(NO_PROPERTIES);

  constructor(
    readonly definition: MetricDefinition,
    private readonly attachment: CatalogAttachment,
  ) {
    this.attach();
  }

  protected abstract readonly zero: V;

  protected abstract createBound(labels: Attributes): B;

  bind(labels?: GivenLabels): B {
    return this.createBound(copyLabels(labels));
  }

  byValue(value: string): B {
    // Converting an object of the caller to a property name could throw.
    return (typeof value === 'string' ? this.byClosedValue[value] : undefined) ?? this.bindValue(value);
  }

  get(labels?: GivenLabels): V {
    const selected = selectLabels(this.definition, labels);
    return (selected === undefined ? undefined : this.capabilities().get(selected)) ?? this.zero;
  }

  initialize(labels?: GivenLabels): void {
    this.capabilities().initialize(labels ?? {});
  }

  remove(labels?: GivenLabels): number {
    const selected = selectLabels(this.definition, labels);
    return selected === undefined ? 0 : this.capabilities().remove(selected);
  }

  clear(): void {
    this.capabilities().clear();
  }

  series(): Iterable<{ readonly attributes: Attributes; readonly value: V }> {
    return this.capabilities().series();
  }

  attached(): { readonly lifecycle: ProviderLifecycle; readonly instrument: I } {
    const instrument = this.target();
    return { lifecycle: this.lifecycle, instrument };
  }

  /** Returns the instrument of the SDK: one check, unless the provider was replaced. */
  protected target(): I {
    return this.lifecycle.isActive ? this.instrument : this.attach();
  }

  private attach(): I {
    const attachment: Attachment = this.attachment.current();
    this.lifecycle = attachment.lifecycle;
    this.instrument = attachment.find<I>(this.definition);
    return this.instrument;
  }

  private capabilities(): SeriesCapabilities<unknown, V> {
    return this.target()[CAPABILITIES];
  }

  /** Keeps the handles of listed values only, so that values from outside cannot grow the map. */
  private bindValue(value: string): B {
    const [label = '', values = []] = Object.entries(this.definition.labels ?? {})[0] ?? [];
    const isListed = isClosed(values) && values.includes(value);
    const bound = this.bind({ [label]: value });
    if (isListed) this.byClosedValue[value] = bound;
    return bound;
  }
}

/**
 * Labels that are kept must not change with the object of the caller. Labels that cannot be read count as missing: an
 * exception of theirs must not reach the app.
 */
function copyLabels(labels: object | undefined, outcome: Outcome = 'success'): Attributes {
  try {
    return { ...(typeof labels === 'function' ? labels(outcome) : labels) };
  } catch {
    return {};
  }
}

class CounterInstrument extends AttachedInstrument<Counter & Capable<unknown, number>, CounterSeries, number> {
  protected readonly zero = 0;

  add(value: number, labels?: GivenLabels, context?: Context): void {
    this.target().add(value, labels, context);
  }

  inc(labels?: GivenLabels, context?: Context): void {
    this.target().add(1, labels, context);
  }

  protected createBound(labels: Attributes): CounterSeries {
    return new CounterSeries(this, labels);
  }
}

class UpDownCounterInstrument extends CounterInstrument {
  dec(labels?: GivenLabels, context?: Context): void {
    this.target().add(-1, labels, context);
  }
}

class GaugeInstrument extends AttachedInstrument<Gauge & Capable<unknown, number>, BoundGauge, number> {
  protected readonly zero = 0;

  record(value: number, labels?: GivenLabels, context?: Context): void {
    this.target().record(value, labels, context);
  }

  protected createBound(labels: Attributes): BoundGauge {
    return new GaugeSeries(this, labels);
  }
}

class HistogramInstrument extends AttachedInstrument<
  Histogram & Capable<unknown, HistogramValue>,
  HistogramSeries,
  HistogramValue
> {
  protected readonly zero = { count: 0, sum: 0 };

  record(value: number, labels?: GivenLabels, context?: Context): void {
    this.target().record(value, labels, context);
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
}

type TimedLabels = Attributes | ((outcome: Outcome) => Attributes);

const INSTRUMENTS = {
  counter: CounterInstrument,
  updowncounter: UpDownCounterInstrument,
  gauge: GaugeInstrument,
  histogram: HistogramInstrument,
} as const;
