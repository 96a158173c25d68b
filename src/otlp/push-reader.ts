import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  IMetricReader,
  InstrumentType,
  MetricCollectOptions,
  MetricProducer,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { CollectionErrors } from '../collection-errors';
import { ReportedError, report } from '../diagnostics';
import { errorMessage } from '../issues';
import { MAX_TIMER_MILLIS, TimeoutError } from '../timeout';
import { Deadline } from './deadline';
import { DeltaRetention } from './delta-retention';
import { Outage } from './outage';
import { type PushExporter, RefusedError } from './push-exporter';

/** Options of {@link PushReader}. */
export interface PushReaderOptions {
  readonly exporter: PushExporter;
  /** The time between two exports, in milliseconds. At most {@link MAX_TIMER_MILLIS}; a longer one is shortened to it. */
  readonly intervalMillis: number;
  /** The longest time that one export takes, collection included, in milliseconds. */
  readonly timeoutMillis: number;
  readonly selectTemporality: (type: InstrumentType) => AggregationTemporality;
  readonly selectAggregation: (type: InstrumentType) => AggregationOption;
  /** The maximum number of attribute sets per stream of instruments without a limit of their own. */
  readonly cardinalityLimit: number;
}

/**
 * Collects and exports at an interval (Metrics SDK specification, Periodic exporting MetricReader). Exports never overlap,
 * and neither a callback nor a backend that hangs holds one up for longer than its timeout.
 *
 * Delta streams whose export fails or times out are kept and merged into the next export ({@link DeltaRetention}), so a
 * backend that recovers receives everything that was recorded. If a backend accepts data but its answer is lost, it
 * receives them twice: OTLP has no way to tell. An outage is reported once when it begins and once when it ends.
 */
export class PushReader implements IMetricReader {
  private readonly exporter: PushExporter;
  private readonly timeoutMillis: number;
  private readonly retention: DeltaRetention;
  private readonly outage: Outage;
  private readonly errors = new CollectionErrors();
  private producer: MetricProducer | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** A collection whose result is not consumed yet. */
  private collecting: Promise<CollectionResult> | undefined;
  /** The export in progress. */
  private exporting: Promise<void> | undefined;
  /** What the exporter is sending, also after the deadline of its export. Never rejects. */
  private sending: Promise<void> | undefined;
  private closing: Promise<void> | undefined;

  constructor(private readonly options: PushReaderOptions) {
    this.exporter = options.exporter;
    this.timeoutMillis = options.timeoutMillis;
    this.retention = new DeltaRetention(options.cardinalityLimit);
    this.outage = new Outage(options.exporter.name);
  }

  /** Starts the exports. The timer does not keep the process alive. */
  setMetricProducer(producer: MetricProducer): void {
    if (this.producer !== undefined) throw new Error('this reader already belongs to a MeterProvider');
    this.producer = producer;
    const interval = Math.min(this.options.intervalMillis, MAX_TIMER_MILLIS);
    this.timer = setInterval(() => {
      // A failure is reported where it occurs.
      this.export().catch(() => {});
    }, interval).unref();
  }

  selectAggregation(type: InstrumentType): AggregationOption {
    return this.options.selectAggregation(type);
  }

  selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    return this.options.selectTemporality(type);
  }

  selectCardinalityLimit(_type: InstrumentType): number {
    return this.options.cardinalityLimit;
  }

  /**
   * Collects without exporting. Delta streams that are collected this way are not exported.
   *
   * @throws Error (as a rejection) before the reader belongs to a provider and after {@link shutdown}
   */
  async collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    if (this.closing !== undefined) throw new Error('this reader is shut down');
    if (this.producer === undefined) throw new Error('this reader belongs to no MeterProvider');
    return this.collectAll(options);
  }

  /**
   * Exports everything that was recorded before the call.
   *
   * @param options `timeoutMillis` defaults to the export timeout
   * @throws Error (as a rejection) if it could not be exported in time, which is also reported. After {@link shutdown}
   *   nothing is exported.
   */
  async forceFlush({ timeoutMillis = this.timeoutMillis }: { timeoutMillis?: number } = {}): Promise<void> {
    if (this.closing === undefined) await this.flush(new Deadline(timeoutMillis, true));
  }

  /**
   * Exports everything that was recorded and closes the exporter. Further calls return the result of the first.
   *
   * @param options `timeoutMillis` defaults to the export timeout
   * @throws Error (as a rejection) if it could not be exported in time, which is also reported
   */
  shutdown({ timeoutMillis = this.timeoutMillis }: { timeoutMillis?: number } = {}): Promise<void> {
    this.closing ??= this.close(new Deadline(timeoutMillis, true));
    return this.closing;
  }

  private async close(deadline: Deadline): Promise<void> {
    clearInterval(this.timer);
    try {
      await this.flush(deadline);
    } finally {
      await deadline.race(this.exporter.shutdown(), 'closing the exporter').catch(() => {});
    }
  }

  private async flush(deadline: Deadline): Promise<void> {
    // An export in progress may have collected before the call.
    const earlier = this.exporting?.catch(() => {});
    if (earlier !== undefined) await deadline.race(earlier, 'the export before');
    // Another flush may have begun one meanwhile, which has a deadline of its own.
    await (this.exporting === undefined ? this.export(deadline) : deadline.race(this.exporting, 'the export'));
  }

  /** Starts an export, unless one is in progress. Returns the result of the one in progress. */
  private export(deadline = new Deadline(this.timeoutMillis, false)): Promise<void> {
    this.exporting ??= this.collectAndSend(deadline).finally(() => {
      this.exporting = undefined;
    });
    return this.exporting;
  }

  private async collectAndSend(deadline: Deadline): Promise<void> {
    // The backend may accept an export that has exceeded its deadline. Until that is known its deltas must not be sent again.
    if (this.sending !== undefined)
      await deadline
        .half()
        .race(this.sending, 'the export before')
        .catch(() => {});
    const metrics = this.retention.addTo(await this.collectBefore(deadline));
    if (metrics.scopeMetrics.length === 0) return;
    const retained = this.retention.keep(metrics);
    const sent = this.exporter.export(metrics, deadline.remainingMillis).then(
      () => retained.release(),
      (error: unknown) => {
        if (error instanceof RefusedError) retained.release();
        throw error;
      },
    );
    this.sending = sent.catch(() => {});
    try {
      await deadline.race(sent, 'sending');
      this.outage.end();
    } catch (error) {
      this.outage.begin(error);
      throw new ReportedError(`metrics were not exported: ${error}`, { cause: error });
    }
  }

  /** Collects within half of the time left, so that a callback that hangs leaves time to send the rest. */
  private async collectBefore(deadline: Deadline): Promise<ResourceMetrics> {
    const half = deadline.half();
    try {
      // A collection that exceeded its deadline has taken deltas; they are kept for the export of a later one.
      if (this.collecting !== undefined) this.retention.keep(this.retention.addTo(await this.finishCollection(half)));
      this.collecting = this.collectAll({ timeoutMillis: half.remainingMillis });
      const resourceMetrics = await this.finishCollection(half);
      const { resource } = resourceMetrics;
      if (resource.asyncAttributesPending === true) {
        await half.race(Promise.resolve(resource.waitForAsyncAttributes?.()), 'resource detection').catch(() => {});
      }
      return resourceMetrics;
    } catch (error) {
      report('collect', `metrics cannot be collected for export: ${errorMessage(error)}`);
      throw new ReportedError(`metrics were not collected: ${error}`, { cause: error });
    }
  }

  private collectAll(options: MetricCollectOptions | undefined): Promise<CollectionResult> {
    return (this.producer as MetricProducer).collect(options);
  }

  private async finishCollection(deadline: Deadline): Promise<ResourceMetrics> {
    try {
      const { resourceMetrics, errors } = await deadline.race(
        this.collecting as Promise<CollectionResult>,
        'collection',
      );
      this.errors.report(errors);
      this.collecting = undefined;
      return resourceMetrics;
    } catch (error) {
      if (!(error instanceof TimeoutError)) this.collecting = undefined;
      throw error;
    }
  }
}
