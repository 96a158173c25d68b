import {
  type Attributes,
  type Context,
  createNoopMeter,
  type Meter,
  type MeterProvider,
  type MetricOptions,
  metrics,
} from '@opentelemetry/api';
import type { Catalog } from '../catalog/define';
import {
  type Bindable,
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
import { createInstruments, type InstrumentSource, type Instruments, instrumentsOf } from './catalog-instruments';

/**
 * A catalog's instruments on the SDK that is registered with the OpenTelemetry API, now or later. The API itself has no
 * such proxy for metrics: an instrument made before the SDK starts stays a no-op for ever. A facade that is imported at
 * the top of a file needs one that comes alive when the SDK does.
 */
export function globalInstruments<C extends Catalog>(catalog: C): Instruments<C> {
  return instrumentsOf(new GlobalMeter(catalog), catalog);
}

/** Makes what {@link globalInstruments} gave look for the SDK anew. Called when one starts. */
export function globalProviderChanged(): void {
  generation++;
}

/** Which registration of a provider bound series belong to. */
let generation = 0;

class GlobalMeter implements InstrumentSource {
  private meter: Meter | undefined;
  private seen = -1;

  constructor(private readonly catalog: Catalog) {
    this.current();
  }

  createCounter(name: string, options: MetricOptions): GlobalCounter {
    return new GlobalCounter(this, name, true, (meter) => meter.createCounter(name, options));
  }

  createUpDownCounter(name: string, options: MetricOptions): GlobalCounter {
    return new GlobalCounter(this, name, false, (meter) => meter.createUpDownCounter(name, options));
  }

  createGauge(name: string, options: MetricOptions): GlobalGauge {
    return new GlobalGauge(this, name, (meter) => meter.createGauge(name, options));
  }

  createHistogram(name: string, options: MetricOptions): GlobalHistogram {
    return new GlobalHistogram(this, name, (meter) => meter.createHistogram(name, options));
  }

  /** The registered SDK's meter, or nothing while no SDK is registered. */
  current(): Meter | undefined {
    if (this.seen === generation && this.meter !== undefined) return this.meter;
    const provider: MeterProvider = metrics.getMeterProvider();
    const { name, version, schemaUrl } = this.catalog;
    const meter = provider.getMeter(name, version, schemaUrl === undefined ? {} : { schemaUrl });
    if (meter === createNoopMeter()) return undefined;
    this.meter = meter;
    this.seen = generation;
    // The families that exist from the start do so from the moment there is an SDK to hold them.
    createInstruments(meter, this.catalog);
    return meter;
  }
}

/** An instrument of the registered SDK, made when the SDK is there. */
abstract class GlobalInstrument<I extends object, B> implements Bindable<B>, Limited, Removable {
  private instrument: I | undefined;
  private seen = -1;

  constructor(
    private readonly source: GlobalMeter,
    readonly name: string,
    private readonly create: (meter: Meter) => I,
  ) {}

  abstract bind(attributes: Attributes): B;

  get limit(): number | undefined {
    return (this.current() as Partial<Limited> | undefined)?.limit;
  }

  remove(attributes: Attributes): void {
    (this.current() as Partial<Removable> | undefined)?.remove?.(attributes);
  }

  clear(): void {
    (this.current() as Partial<Removable> | undefined)?.clear?.();
  }

  current(): I | undefined {
    if (this.seen === generation) return this.instrument;
    const meter = this.source.current();
    if (meter === undefined) return undefined;
    this.instrument = this.create(meter);
    this.seen = generation;
    return this.instrument;
  }
}

class GlobalCounter extends GlobalInstrument<ReturnType<Meter['createCounter']>, BoundCounter> {
  constructor(
    source: GlobalMeter,
    name: string,
    readonly monotonic: boolean,
    create: (meter: Meter) => ReturnType<Meter['createCounter']>,
  ) {
    super(source, name, create);
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    this.current()?.add(value, attributes, context);
  }

  bind(attributes: Attributes): BoundCounter {
    return new GlobalBoundCounter(this, attributes);
  }
}

class GlobalGauge extends GlobalInstrument<ReturnType<Meter['createGauge']>, BoundGauge> {
  record(value: number, attributes?: Attributes, context?: Context): void {
    this.current()?.record(value, attributes, context);
  }

  bind(attributes: Attributes): BoundGauge {
    return new GlobalBoundGauge(this, attributes);
  }
}

class GlobalHistogram extends GlobalInstrument<ReturnType<Meter['createHistogram']>, BoundHistogram> {
  record(value: number, attributes?: Attributes, context?: Context): void {
    this.current()?.record(value, attributes, context);
  }

  bind(attributes: Attributes): BoundHistogram {
    return new GlobalBoundHistogram(this, attributes);
  }
}

class GlobalBoundCounter implements BoundCounter {
  private target: BoundCounter | undefined;
  private seen = -1;

  constructor(
    private readonly counter: GlobalCounter,
    private readonly attributes: Attributes,
  ) {}

  add(value: number, context?: Context): void {
    if (this.seen !== generation) this.attach();
    this.target?.add(value, context);
  }

  get(): number {
    if (this.seen !== generation) this.attach();
    return this.target?.get() ?? 0;
  }

  private attach(): void {
    const counter = this.counter.current();
    if (counter === undefined) return;
    this.target = bindCounter(counter, this.counter.name, this.counter.monotonic, this.attributes);
    this.seen = generation;
  }
}

class GlobalBoundGauge implements BoundGauge {
  private target: BoundGauge | undefined;
  private seen = -1;

  constructor(
    private readonly gauge: GlobalGauge,
    private readonly attributes: Attributes,
  ) {}

  record(value: number, context?: Context): void {
    if (this.seen !== generation) this.attach();
    this.target?.record(value, context);
  }

  get(): number {
    if (this.seen !== generation) this.attach();
    return this.target?.get() ?? 0;
  }

  private attach(): void {
    const gauge = this.gauge.current();
    if (gauge === undefined) return;
    this.target = bindGauge(gauge, this.gauge.name, this.attributes);
    this.seen = generation;
  }
}

class GlobalBoundHistogram implements BoundHistogram {
  private target: BoundHistogram | undefined;
  private seen = -1;

  constructor(
    private readonly histogram: GlobalHistogram,
    private readonly attributes: Attributes,
  ) {}

  record(value: number, context?: Context): void {
    if (this.seen !== generation) this.attach();
    this.target?.record(value, context);
  }

  get(): HistogramValue {
    if (this.seen !== generation) this.attach();
    return this.target?.get() ?? { count: 0, sum: 0 };
  }

  private attach(): void {
    const histogram = this.histogram.current();
    if (histogram === undefined) return;
    this.target = bindHistogram(histogram, this.histogram.name, this.attributes);
    this.seen = generation;
  }
}
