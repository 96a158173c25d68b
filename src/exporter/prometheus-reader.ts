import type { RequestListener } from 'node:http';
import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  IMetricReader,
  InstrumentType,
  MetricCollectOptions,
  MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { type Catalog, DEFAULT_CARDINALITY_LIMIT } from '../catalog/definition';
import { AGGREGATION_TYPE, TEMPORALITY } from '../collection/enums';
import { CollectionErrors } from '../collection-errors';
import { recovered, report } from '../diagnostics';
import type { EncodeOptions, Pieces } from '../exposition/encode/encoder';
import { openMetricsText } from '../exposition/encode/openmetrics';
import { writeProtobuf } from '../exposition/encode/protobuf';
import { PROMETHEUS_TEXT, writeText } from '../exposition/encode/text';
import type { Family, FamilyPlan } from '../exposition/families';
import { FamilyPlanner } from '../exposition/family-planner';
import type { EscapingScheme } from '../exposition/names/escape';
import { keepsUtf8, type TranslationStrategy } from '../exposition/names/translate';
import { type Format, negotiateFormat } from '../exposition/negotiation';
import { type Exposition, expositionHandler, healthHandler, readinessHandler } from '../http/handlers';
import { Health } from '../http/health';
import type { Route } from '../http/router';
import { errorMessage } from '../issues';
import { withTimeout } from '../timeout';
import { Collector } from './collector';
import { combineFilters, namesInQuery } from './family-names';
import { type ResourceConstantLabels, resourceLabelFilter } from './resource-labels';
import { scrapeTimeoutMillis } from './scrape-timeout';
import { SelfMetrics } from './self-metrics';
import { type FamilyFilter, type PageRequest, SharedPages } from './shared-page';

/** Options of {@link PrometheusReader}. */
export interface PrometheusReaderOptions {
  /**
   * How the names of undocumented metrics are translated (OpenTelemetry specification, Prometheus exporter,
   * `translation_strategy`). `UnderscoreEscapingWithSuffixes` by default. Documented metrics keep their names.
   */
  readonly translationStrategy?: TranslationStrategy | undefined;
  /** Whether undocumented metrics carry `otel_scope_*` labels (specification: `scope_info_enabled`). `true` by default. */
  readonly scopeInfoEnabled?: boolean | undefined;
  /** Whether `target_info` is served if the resource has attributes (specification: `target_info_enabled`). `true` by default. */
  readonly targetInfoEnabled?: boolean | undefined;
  /**
   * Resource attributes that undocumented metrics carry as labels (specification: `resource_constant_labels`), by patterns or
   * by one regular expression. None by default.
   */
  readonly resourceConstantLabels?: ResourceConstantLabels | RegExp | undefined;
  /** Labels of every series except `target_info`; those of the series itself take precedence. None by default. */
  readonly defaultLabels?: Readonly<Record<string, string>> | undefined;
  /** A prefix of the names of undocumented metrics: `app` serves `jobs` as `app_jobs`. None by default. */
  readonly prefix?: string | undefined;
  /**
   * Catalogs whose metrics are documented although their instruments do not carry the definition: those that a stock
   * `MeterProvider` created. Not needed with the `MeterProvider` of this package.
   */
  readonly catalogs?: readonly Catalog[] | undefined;
  /**
   * The aggregation of instruments for which no view chooses one (specification: `default_aggregation`), such as
   * exponential histograms. That of the SDK by default.
   */
  readonly defaultAggregation?: ((instrument: InstrumentType) => AggregationOption) | undefined;
  /** Further producers to serve metrics of. Their resources are ignored. None by default. */
  readonly metricProducers?: readonly MetricProducer[] | undefined;
  /** Whether OpenMetrics pages hold the start times of counters and histograms as `_created` samples. `false` by default. */
  readonly createdSamples?: boolean | undefined;
  /** Whether the endpoint serves `meterbridge_*` metrics about itself. `true` by default. */
  readonly selfMetrics?: boolean | undefined;
  /** What `/health` and `/ready` answer. One without checks of the app by default. */
  readonly health?: Health | undefined;
}

/** Options of {@link PrometheusReader.scrape}. */
export interface ScrapeOptions {
  /** An `Accept` header, which chooses the format and the escaping of names. The text format 0.0.4 by default. */
  readonly accept?: string | undefined;
  /** Limits the page to families whose names it accepts. All by default. */
  readonly filter?: FamilyFilter | undefined;
  /** Limits the page further, to families of these names. All by default. */
  readonly names?: readonly string[];
  /**
   * How long the scraper waits, in milliseconds. Callbacks of asynchronous instruments get half of it and at most 2
   * seconds, collecting altogether nine tenths. `Infinity` by default.
   */
  readonly timeoutMillis?: number | undefined;
}

/** The longest that a callback of an asynchronous instrument may take before a page is served without its metric. */
const CALLBACK_MILLIS = 2000;
/** The share of a scraper's time that callbacks may take. */
const CALLBACK_SHARE = 0.5;
/** The share of a scraper's time that collecting may take altogether. */
const COLLECT_SHARE = 0.9;

/**
 * The `MetricReader` that Prometheus scrapes: it serves documented names to the letter, and others as the OpenTelemetry
 * specification translates them. It loads no package of OpenTelemetry but the API.
 *
 * Concurrent scrapes of one format share a page, and a page is read from the instruments while it is sent, so that a slow
 * scraper costs a piece of a page and not a collection.
 */
export class PrometheusReader implements IMetricReader {
  /** Serves the metrics at whatever path it is mounted. */
  readonly handler: RequestListener;
  /** Serves the health report. */
  readonly healthHandler: RequestListener;
  /** Serves the readiness report. */
  readonly readinessHandler: RequestListener;
  /** The checks that {@link readinessHandler} runs: those of the `health` option, and one that collects the metrics. */
  readonly health: Health;

  private readonly collector: Collector;
  private readonly pages = new SharedPages((request) => this.make(request));
  private readonly planners = new Map<EscapingScheme, FamilyPlanner>();
  private readonly self: SelfMetrics | undefined;
  private readonly errors = new CollectionErrors();
  /** Why no page could be made at the last scrape. */
  private problem: string | undefined;

  constructor(private readonly options: PrometheusReaderOptions = {}) {
    this.collector = new Collector(options.metricProducers);
    this.self = options.selfMetrics === false ? undefined : new SelfMetrics();
    this.health = options.health ?? new Health('unknown');
    this.health.addCheck('metrics', async () => {
      await this.collector.collectSlices(CALLBACK_MILLIS);
    });
    this.handler = this.handlerFor(undefined);
    this.healthHandler = healthHandler(this.health);
    this.readinessHandler = readinessHandler(this.health);
  }

  /** Returns the routes of a server of its own: metrics at `path`, `/health` and `/ready`. */
  routes(path: string, filter?: FamilyFilter): Route[] {
    return [
      { path, handler: filter === undefined ? this.handler : this.handlerFor(filter) },
      { path: '/health', handler: this.healthHandler, isProbe: true },
      { path: '/ready', handler: this.readinessHandler, isProbe: true },
    ];
  }

  /**
   * Collects and returns an exposition: 200 with a body that is encoded while it is read, 503 with the reason if nothing
   * could be collected in time, or 500 if nothing could be encoded. Never rejects.
   */
  async scrape(options: ScrapeOptions = {}): Promise<Exposition> {
    const { timeoutMillis = Infinity } = options;
    const format = negotiateFormat(options.accept);
    const filter = combineFilters(options.filter, options.names);
    const callbackMillis = Math.min(CALLBACK_MILLIS, timeoutMillis * CALLBACK_SHARE);
    const collectMillis = timeoutMillis * COLLECT_SHARE;
    try {
      const page = this.pages.page({ format, filter, callbackMillis });
      const body = await withTimeout(page, collectMillis, `collection timed out after ${collectMillis / 1000} s`);
      if (this.problem !== undefined) recovered('collect', this.problem);
      this.problem = undefined;
      return { status: 200, contentType: format.contentType, body };
    } catch (error) {
      const isEncoding = error instanceof EncodingError;
      this.self?.failed(isEncoding ? 'encode' : 'collect');
      const problem = `metrics cannot be ${isEncoding ? 'encoded' : 'collected'}: ${errorMessage(error)}`;
      report(isEncoding ? 'encode' : 'collect', problem);
      this.problem = problem;
      const body = [Buffer.from(`${problem}\n`)];
      return { status: isEncoding ? 500 : 503, contentType: 'text/plain; charset=utf-8', body };
    }
  }

  /**
   * Returns the families of a collection, for the dashboard. Their points are read later.
   *
   * @internal
   */
  async families(filter?: FamilyFilter): Promise<readonly Family[]> {
    const collected = await this.collector.collectSlices(CALLBACK_MILLIS);
    const { families } = this.planner('underscores').plan(collected);
    return filter === undefined ? families : families.filter(({ name }) => filter(name));
  }

  setMetricProducer(producer: MetricProducer): void {
    this.collector.setProducer(producer);
  }

  selectAggregation(instrument: InstrumentType): AggregationOption {
    return this.options.defaultAggregation?.(instrument) ?? { type: AGGREGATION_TYPE.DEFAULT };
  }

  /** Prometheus takes cumulative data only. */
  selectAggregationTemporality(): AggregationTemporality {
    return TEMPORALITY.CUMULATIVE;
  }

  selectCardinalityLimit(): number {
    return DEFAULT_CARDINALITY_LIMIT;
  }

  collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    return this.collector.collect(options);
  }

  /** Does nothing: Prometheus asks for metrics, they are never sent. */
  async forceFlush(): Promise<void> {}

  /** Ends collecting. Scrapes are answered with 503 from then on. */
  async shutdown(): Promise<void> {
    this.collector.shutdown();
  }

  private handlerFor(filter: FamilyFilter | undefined): RequestListener {
    return expositionHandler(
      (request, timeoutMillis) => {
        const { headers, url = '' } = request;
        return this.scrape({ accept: headers.accept, filter, names: namesInQuery(url), timeoutMillis });
      },
      { timeoutMillis: scrapeTimeoutMillis, onResponse: (stats) => this.self?.answered(stats) },
    );
  }

  /** Collects for a page. Returns what encodes it, piece by piece. */
  private async make({ format, filter, callbackMillis }: PageRequest): Promise<Pieces> {
    const collected = await this.collector.collectSlices(callbackMillis);
    for (let i = 0; i < collected.errors.length; i++) this.self?.failed('callback');
    this.errors.report(collected.errors);
    try {
      const { resource, streams } = collected;
      const own = this.self?.streams(this.collector.counts()) ?? [];
      const plan = this.planner(format.escaping).plan({ resource, streams: [...own, ...streams] });
      return this.encode(plan, format, filter);
    } catch (error) {
      throw new EncodingError(errorMessage(error));
    }
  }

  private *encode({ families, dropped }: FamilyPlan, format: Format, accepts: FamilyFilter | undefined): Pieces {
    let series = 0;
    let conflicts = 0;
    yield* this.encoder(format)(families, {
      ...(accepts === undefined ? {} : { accepts }),
      wrote: (count) => {
        series += count;
      },
      failed: ({ name }, error) => {
        this.self?.failed('encode');
        report('encode', `family ${name} cannot be encoded and is left out: ${errorMessage(error)}`, name);
      },
      conflicting: ({ name }, reason) => {
        conflicts++;
        report('conflict', `family ${name} is left out: ${reason}`, name);
      },
    });
    this.self?.finished(series, new Map([...dropped, ['conflict', (dropped.get('conflict') ?? 0) + conflicts]]));
  }

  private encoder({ name }: Format) {
    switch (name) {
      case 'protobuf':
        return writeProtobuf;
      case 'openmetrics-0.0.1':
      case 'openmetrics-1.0.0': {
        const dialect = openMetricsText(this.options.createdSamples === true);
        return (families: readonly Family[], options: EncodeOptions) => writeText(families, dialect, options);
      }
      default:
        return (families: readonly Family[], options: EncodeOptions) => writeText(families, PROMETHEUS_TEXT, options);
    }
  }

  /** Returns the planner for an escaping scheme. If no name needs escaping, all scrapers share the label texts of one. */
  private planner(asked: EscapingScheme): FamilyPlanner {
    const { translationStrategy: strategy = 'UnderscoreEscapingWithSuffixes', prefix } = this.options;
    const escaping = keepsUtf8(strategy) ? asked : 'underscores';
    let planner = this.planners.get(escaping);
    if (planner === undefined) {
      planner = new FamilyPlanner({
        strategy,
        escaping,
        scopeInfo: this.options.scopeInfoEnabled ?? true,
        targetInfo: this.options.targetInfoEnabled ?? true,
        isResourceLabel: resourceLabelFilter(this.options.resourceConstantLabels),
        defaultLabels: this.options.defaultLabels,
        ...(prefix === undefined ? {} : { prefix }),
        catalogs: this.options.catalogs ?? [],
      });
      this.planners.set(escaping, planner);
    }
    return planner;
  }
}

/** No page can be made of what was collected. */
class EncodingError extends Error {}
