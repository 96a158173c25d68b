import type { MeterProvider as ApiMeterProvider, Attributes, MeterOptions } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { CollectionResult, IMetricReader, MetricCollectOptions } from '@opentelemetry/sdk-metrics';
import type { ProducerCounts, SliceCollection, SliceProducer } from '../collection/slices';
import { report } from '../diagnostics';
import type { CapableMeter } from '../instruments/capabilities';
import { invalidValue } from '../issues';
import { withTimeout } from '../timeout';
import { CallbackRegistry } from './callbacks';
import { defaultAttributes } from './default-resource';
import { type ExemplarFilter, ExemplarSampler } from './exemplars';
import { Meter, type MeterContext } from './meter';
import type { ObservedStream } from './observed-stream';
import type { StreamCollection } from './stream-collection';
import type { MeterViewOptions } from './view-plan';
import { validateViews } from './view-validation';
import { WalkQueue } from './walk-queue';

/** What a reader reads next of asynchronous streams. */
type ObservedCollections = Map<ObservedStream, StreamCollection>;

/** Options of {@link MeterProvider}. Those that a stock `MeterProvider` has mean the same. */
export interface MeterProviderOptions {
  /**
   * The entity that produces the metrics: a `Resource` of `@opentelemetry/resources`, or an object with attributes. An
   * unknown service by default.
   */
  readonly resource?: Resource | { readonly attributes: Attributes } | undefined;
  /**
   * Change the metric streams of instruments (OpenTelemetry specification, Metrics SDK, View). Each view that matches
   * applies on its own. None by default. A view that cannot mean anything is reported and ignored.
   */
  readonly views?: readonly MeterViewOptions[] | undefined;
  /** Each reader belongs to one provider. None by default. */
  readonly readers?: readonly IMetricReader[] | undefined;
  /**
   * The most attribute sets of an instrument, besides the overflow point, if neither a view nor its definition sets a
   * limit. The reader's limit by default, which is 2000.
   */
  readonly cardinalityLimit?: number | undefined;
  /** Whether the series of a catalog that are known in advance exist from the start, at zero. `true` by default. */
  readonly initializeToZero?: boolean | undefined;
  /** Which measurements can become exemplars. `trace_based` by default: those made in a sampled span. */
  readonly exemplarFilter?: ExemplarFilter | undefined;
  /** Returns the time in milliseconds since the epoch. `Date.now` by default. */
  readonly now?: (() => number) | undefined;
}

/** Options of {@link MeterProvider.forceFlush} and {@link MeterProvider.shutdown}. */
export interface LifecycleOptions {
  /** How long to wait, in milliseconds. No limit by default. The work goes on after the promise was rejected. */
  readonly timeoutMillis?: number | undefined;
}

/**
 * Records metrics and gives them to readers. A `MeterProvider` of the OpenTelemetry API that takes the views and readers of
 * `@opentelemetry/sdk-metrics`, without loading that package.
 *
 * Values are doubles: a sum above 2^53 loses whole units. Counts of histograms are exact up to 2^53.
 *
 * Creating and using instruments never throws. Invalid input is reported to `diag` once.
 *
 * @example
 * const provider = new MeterProvider({ readers: [new PrometheusExporter()] });
 * const requests = provider.getMeter('shop').createCounter('requests');
 * requests.bind({ route: '/' }).add(1);
 */
export class MeterProvider implements ApiMeterProvider {
  private readonly meters = new Map<string, Meter>();
  private readonly readers: readonly IMetricReader[];
  private readonly resource: Resource;
  private readonly context: MeterContext;
  private readonly callbacks: CallbackRegistry;
  private readonly walks = new WalkQueue();
  private readonly lifecycle: { isActive: boolean; readonly initializesSeries: boolean };

  /** @throws if a reader belongs to another provider already */
  constructor(options: MeterProviderOptions = {}) {
    const {
      views = [],
      readers = [],
      cardinalityLimit,
      initializeToZero = true,
      exemplarFilter = 'trace_based',
    } = options;
    this.lifecycle = { isActive: true, initializesSeries: initializeToZero };
    const validated = validateViews(views);
    for (const { message, path } of validated.issues) report('view', `${message}; the view is ignored`, path);
    const sampler = new ExemplarSampler(exemplarFilter);
    this.callbacks = new CallbackRegistry(() => sampler.isActive);
    this.readers = readers;
    this.resource = (options.resource ?? { attributes: defaultAttributes() }) as Resource;
    this.context = {
      views: validated.views,
      readers,
      cardinalityLimit: validLimit(cardinalityLimit),
      sampler,
      now: options.now ?? Date.now,
      callbacks: this.callbacks,
      lifecycle: this.lifecycle,
      documented: new Map(),
    };
    readers.forEach((reader, index) => {
      reader.setMetricProducer(this.producer(index));
    });
  }

  /** Returns the meter of a scope, always the same. After {@link shutdown} it returns no-op meters. */
  getMeter(name: string, version = '', options: MeterOptions = {}): CapableMeter {
    const scope = {
      name: meterText('meter name', name),
      version: meterText('meter version', version ?? ''),
      ...readSchemaUrl(options),
    };
    if (name === '') report('instrument', 'a meter has no name; name it after the library that it measures', 'meter');
    if (!this.lifecycle.isActive) {
      report('instrument', 'the MeterProvider was shut down; its meters record nothing', 'shutdown');
      // A meter of an inactive provider creates instruments without streams. They have all methods, and do nothing.
      return new Meter(scope, this.context);
    }
    const key = JSON.stringify([scope.name, scope.version, scope.schemaUrl ?? '']);
    let meter = this.meters.get(key);
    if (meter === undefined) {
      meter = new Meter(scope, this.context);
      this.meters.set(key, meter);
    }
    return meter;
  }

  /**
   * Ends every series, and creates those of catalogs again that exist from the start. Instruments, bound series and
   * callbacks stay valid. For tests.
   */
  reset(): void {
    for (const meter of this.meters.values()) meter.reset();
  }

  /**
   * Has every reader export what it has.
   *
   * @throws if a reader fails, or does not complete in time; the other readers go on
   */
  async forceFlush(options: LifecycleOptions = {}): Promise<void> {
    if (!this.lifecycle.isActive) {
      report('configuration', 'the MeterProvider was shut down; there is nothing to flush', 'flush');
      return;
    }
    await this.eachReader('forceFlush', options);
  }

  /**
   * Shuts every reader down, once. Nothing is recorded afterwards.
   *
   * @throws if a reader fails, or does not complete in time; the other readers go on
   */
  async shutdown(options: LifecycleOptions = {}): Promise<void> {
    if (!this.lifecycle.isActive) {
      report('configuration', 'the MeterProvider was shut down before', 'shutdown twice');
      return;
    }
    this.lifecycle.isActive = false;
    try {
      await this.eachReader('shutdown', options);
    } finally {
      this.callbacks.clear();
      for (const meter of this.meters.values()) meter.close();
      this.meters.clear();
    }
  }

  private async eachReader(action: 'forceFlush' | 'shutdown', options: LifecycleOptions): Promise<void> {
    const { timeoutMillis } = options;
    const message = `${action} of a metric reader has not completed within ${timeoutMillis} ms`;
    const given = timeoutMillis === undefined ? undefined : { timeoutMillis };
    const results = await Promise.allSettled(
      this.readers.map(async (reader) =>
        withTimeout(reader[action](given), timeoutMillis, message, { keepsProcessAlive: true }),
      ),
    );
    const failed = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
    if (failed.length > 0) throw failed.length === 1 ? failed[0] : new AggregateError(failed, `${action} failed`);
  }

  private producer(reader: number): SliceProducer {
    return {
      collect: (options) => this.collect(reader, options, (streams, errors) => this.result(streams, errors)),
      collectSlices: (options) =>
        this.collect(
          reader,
          options,
          (streams, errors): SliceCollection => ({ resource: this.resource, streams, errors }),
        ),
      collectRecorded: () => {
        const time = this.context.now();
        return { resource: this.resource, streams: this.streams(reader, time, new Map()), errors: [] };
      },
      counts: () => this.counts(),
    };
  }

  private collect<T>(
    reader: number,
    options: MetricCollectOptions | undefined,
    build: (streams: StreamCollection[], errors: unknown[]) => T,
  ): Promise<T> {
    const time = this.context.now();
    this.context.sampler.refresh();
    return this.callbacks.observe(options?.timeoutMillis, async (round, errors) => {
      const observed: ObservedCollections = new Map();
      await this.walks.run(
        inTurn([...this.meters.values()].map((meter) => meter.collectObserved(reader, round, time, observed))),
      );
      return build(this.streams(reader, time, observed), errors);
    });
  }

  private streams(reader: number, time: number, observed: ObservedCollections): StreamCollection[] {
    return [...this.meters.values()].flatMap((meter) => meter.collect(reader, time, observed));
  }

  private result(streams: readonly StreamCollection[], errors: unknown[]): CollectionResult {
    const scopeMetrics: { scope: StreamCollection['scope']; metrics: unknown[] }[] = [];
    for (const stream of streams) {
      const dataPoints = stream.points();
      if (dataPoints.length === 0) continue;
      const { scope, descriptor, aggregationTemporality, dataPointType, isMonotonic } = stream;
      const metric = { descriptor, aggregationTemporality, dataPointType, dataPoints };
      // The streams of a scope follow one another.
      const last = scopeMetrics.at(-1);
      const metrics = last?.scope === scope ? last.metrics : [];
      if (last?.scope !== scope) scopeMetrics.push({ scope, metrics });
      metrics.push(isMonotonic === undefined ? metric : { ...metric, isMonotonic });
    }
    return { resourceMetrics: { resource: this.resource, scopeMetrics }, errors } as unknown as CollectionResult;
  }

  private counts(): ProducerCounts {
    const overflowMeasurements = new Map<string, number>();
    for (const meter of this.meters.values()) {
      for (const [name, count] of meter.overflowMeasurements()) {
        overflowMeasurements.set(name, (overflowMeasurements.get(name) ?? 0) + count);
      }
    }
    return { overflowMeasurements, hangingCallbacks: this.callbacks.hanging };
  }
}

function* inTurn(walks: readonly Iterable<void>[]): Generator<void> {
  for (const walk of walks) yield* walk;
}

function validLimit(limit: number | undefined): number | undefined {
  if (limit === undefined || (Number.isInteger(limit) && limit > 0)) return limit;
  report('configuration', `${invalidValue('cardinalityLimit', limit, 'a whole number above 0').message}; ignored`);
  return undefined;
}

function readSchemaUrl(options: MeterOptions | null): { readonly schemaUrl?: string } {
  try {
    const schemaUrl = options?.schemaUrl;
    return schemaUrl === undefined ? {} : { schemaUrl: meterText('schema URL', schemaUrl) };
  } catch {
    report('configuration', 'the options of a meter cannot be read; ignored', 'meter options');
    return {};
  }
}

function meterText(path: string, value: unknown): string {
  if (typeof value === 'string') return value;
  report('instrument', invalidValue(path, value, 'a string').message, path);
  return '';
}
