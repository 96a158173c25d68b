import {
  type BatchObservableCallback,
  type Counter,
  diag,
  type Gauge,
  type Histogram,
  type Meter,
  type MetricOptions,
  type Observable,
  type ObservableCounter,
  type ObservableGauge,
  type ObservableUpDownCounter,
  type UpDownCounter,
} from '@opentelemetry/api';
import {
  DataPointType,
  type IMetricReader,
  InstrumentType,
  type ScopeMetrics,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { LIFECYCLE, type ProviderLifecycle } from '../instruments/capabilities';
import { MultiStreamInstrument, SingleStreamInstrument } from './instruments';
import { type CollectedMetric, type InstrumentDescriptor, Stream, type StreamOptions } from './stream';
import { describe, type PlanContext, planInstrument, type Scope } from './view-plan';

/** What a meter needs to know of its provider. */
export interface MeterContext extends PlanContext {
  readonly views: readonly ViewOptions[];
  readonly readers: readonly IMetricReader[];
  readonly lifecycle: ProviderLifecycle;
  /** Called when a view makes an observable gauge something other than a last value. */
  readonly keepGauges: () => void;
}

/** The OpenTelemetry name rule (Metrics API, Instrument name syntax). */
const NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;

/**
 * A meter whose synchronous instruments record in the engine. Asynchronous instruments, and those whose views the engine
 * does not do, are the stock SDK's.
 */
export class EngineMeter implements Meter {
  /** By stream name: instruments of one name, type and unit share their streams, as in the stock SDK. */
  private readonly streams = new Map<string, Stream[]>();

  constructor(
    readonly scope: Scope,
    private readonly stock: Meter,
    private readonly context: MeterContext,
  ) {}

  get [LIFECYCLE](): ProviderLifecycle {
    return this.context.lifecycle;
  }

  createCounter(name: string, options?: MetricOptions): Counter {
    return this.create(describe(name, InstrumentType.COUNTER, options)) ?? this.stock.createCounter(name, options);
  }

  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter {
    return (
      this.create(describe(name, InstrumentType.UP_DOWN_COUNTER, options)) ??
      this.stock.createUpDownCounter(name, options)
    );
  }

  createGauge(name: string, options?: MetricOptions): Gauge {
    return this.create(describe(name, InstrumentType.GAUGE, options)) ?? this.stock.createGauge(name, options);
  }

  createHistogram(name: string, options?: MetricOptions): Histogram {
    return this.create(describe(name, InstrumentType.HISTOGRAM, options)) ?? this.stock.createHistogram(name, options);
  }

  createObservableGauge(name: string, options?: MetricOptions): ObservableGauge {
    const { views, readers, keepGauges } = this.context;
    const plan = planInstrument(
      describe(name, InstrumentType.OBSERVABLE_GAUGE, options),
      this.scope,
      views,
      readers,
      this.context,
    );
    if (plan === 'stock' || plan.some(({ dataPointType }) => dataPointType !== DataPointType.GAUGE)) keepGauges();
    return this.stock.createObservableGauge(name, options);
  }

  createObservableCounter(name: string, options?: MetricOptions): ObservableCounter {
    return this.stock.createObservableCounter(name, options);
  }

  createObservableUpDownCounter(name: string, options?: MetricOptions): ObservableUpDownCounter {
    return this.stock.createObservableUpDownCounter(name, options);
  }

  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.stock.addBatchObservableCallback(callback, observables);
  }

  removeBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.stock.removeBatchObservableCallback(callback, observables);
  }

  /** What a reader is to be told of this meter's instruments, or nothing. */
  collect(reader: number, time: number): ScopeMetrics | undefined {
    const metrics: CollectedMetric[] = [];
    for (const streams of this.streams.values()) {
      for (const stream of streams) {
        const metric = stream.collect(reader, time);
        if (metric !== undefined) metrics.push(metric);
      }
    }
    if (metrics.length === 0) return undefined;
    return { scope: this.scope, metrics } as unknown as ScopeMetrics;
  }

  /** Measurements that went to overflow series, by metric; those without any are left out. */
  overflowed(): [metric: string, count: number][] {
    return [...this.streams.values()]
      .flat()
      .filter(({ overflowed }) => overflowed > 0)
      .map(({ descriptor, overflowed }) => [descriptor.name, overflowed]);
  }

  /** Has every series look for exemplars, from when they became possible. */
  watch(): void {
    for (const streams of this.streams.values()) for (const stream of streams) stream.watch();
  }

  private create(descriptor: InstrumentDescriptor): SingleStreamInstrument | MultiStreamInstrument | undefined {
    const { views, readers } = this.context;
    const plan = planInstrument(descriptor, this.scope, views, readers, this.context);
    if (plan === 'stock') return undefined;
    if (!NAME.test(descriptor.name)) {
      diag.warn(
        `Invalid metric name: "${descriptor.name}". The metric name should be a ASCII string with a length no greater than 255 characters.`,
      );
    }
    // Views that give one stream the same name twice count once; the stock SDK counts such a measurement twice.
    const streams = [...new Set(plan.map((options) => this.streamFor(options)))].filter(({ drop }) => !drop);
    const [only] = streams;
    return only !== undefined && streams.length === 1
      ? new SingleStreamInstrument(only)
      : new MultiStreamInstrument(streams);
  }

  private streamFor(options: StreamOptions): Stream {
    const { descriptor } = options;
    const sameName = this.streams.get(descriptor.name) ?? [];
    this.streams.set(descriptor.name, sameName);
    let found: Stream | undefined;
    for (const stream of sameName) {
      if (!isCompatible(stream.descriptor, descriptor)) {
        diag.warn(
          `A view or instrument with the name ${descriptor.name} has already been registered and is incompatible with another registered view.`,
        );
        continue;
      }
      if (stream.descriptor.description !== descriptor.description) {
        diag.warn(
          `A view or instrument with the name ${descriptor.name} has already been registered with a different description. The longer description will be used.`,
        );
        if (descriptor.description.length > stream.descriptor.description.length) {
          stream.descriptor = { ...stream.descriptor, description: descriptor.description };
        }
      }
      found = stream;
    }
    if (found === undefined) {
      found = new Stream(options);
      sameName.push(found);
    }
    return found;
  }
}

function isCompatible(a: InstrumentDescriptor, b: InstrumentDescriptor): boolean {
  return a.unit === b.unit && a.type === b.type && a.valueType === b.valueType;
}
