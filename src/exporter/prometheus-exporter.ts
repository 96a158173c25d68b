import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExporterConfig, PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { AggregationOption, CollectionResult, InstrumentType, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { SliceProducer } from '../collection/slices';
import { pageRoutes } from '../dashboard/routes';
import { report } from '../diagnostics';
import { openMetricsText } from '../exposition/encode/openmetrics';
import { writeProtobuf } from '../exposition/encode/protobuf';
import { PROMETHEUS_TEXT, writeText } from '../exposition/encode/text';
import { type Family, FamilyBuilder } from '../exposition/families';
import type { EscapingScheme } from '../exposition/names/escape';
import { keepsUtf8, type TranslationStrategy } from '../exposition/names/translate';
import { DEFAULT_FORMAT, type Format, negotiateFormat } from '../exposition/negotiation';
import { within } from '../http/deadline';
import {
  type Exposition,
  healthHandler,
  metricsHandler,
  type RequestHandler,
  readinessHandler,
} from '../http/handlers';
import { Health } from '../http/health';
import { MetricsServer, type ServerOptions } from '../http/metrics-server';
import { SelfMetrics } from './self-metrics';

/** Options of {@link PrometheusBridge}. */
export interface PrometheusBridgeOptions
  extends Pick<ExporterConfig, 'host' | 'port' | 'endpoint' | 'preventServerStart' | 'metricProducers'>,
    ServerOptions {
  /**
   * How undocumented names are translated (specification: `translation_strategy`). `UnderscoreEscapingWithSuffixes` by
   * default. Documented metrics keep their names under each of them.
   */
  readonly translationStrategy?: TranslationStrategy;
  /** Whether undocumented metrics carry `otel_scope_*` labels (specification: `scope_info_enabled`). `true` by default. Documented ones never do. */
  readonly scopeInfoEnabled?: boolean;
  /** Whether `target_info` is served beside undocumented metrics (specification: `target_info_enabled`). `true` by default. */
  readonly targetInfoEnabled?: boolean;
  /** Resource attributes that undocumented metrics carry as labels (specification: `resource_constant_labels`). None by default. */
  readonly resourceConstantLabels?: ResourceConstantLabels;
  /**
   * The aggregation of instruments that no view gives one (specification: `default_aggregation`), such as exponential
   * histograms. The SDK's defaults unless given.
   */
  readonly defaultAggregation?: (instrument: InstrumentType) => AggregationOption;
  /** Whether OpenMetrics pages tell with `_created` samples when counters and histograms began. `false` by default. */
  readonly createdSamples?: boolean;
  /** Whether the endpoint's own `meterbridge_*` families are served ({@link SelfMetrics}). `true` by default. */
  readonly selfMetrics?: boolean;
  /** Whether a page at `/dashboard` shows the families as they change. `false` by default. */
  readonly dashboard?: boolean;
  /** What `/health` and `/ready` answer. One without checks of its own, unless given. */
  readonly health?: Health;
}

/** Which resource attributes become labels. `*` in a pattern stands for any characters, `?` for one. */
export interface ResourceConstantLabels {
  /** Patterns of attributes to take; all, unless given. */
  readonly included?: readonly string[];
  /** Patterns of attributes to leave out of those. */
  readonly excluded?: readonly string[];
}

/** Limits a page to families whose names it accepts. */
export type FamilyFilter = (family: string) => boolean;

/** How long the callback of an asynchronous instrument may take before a page is served without its metric. */
const CALLBACK_MILLIS = 2000;
/** Of the time that a scraper waits, callbacks may take this share. */
const CALLBACK_SHARE = 0.5;
/** And collecting altogether this. */
const COLLECT_SHARE = 0.9;

/**
 * The stock `PrometheusExporter`, serving documented names to the letter.
 *
 * A `MetricReader` for any `MeterProvider` of `@opentelemetry/sdk-metrics`, wherever the stock exporter is used. Host and
 * port come from the options, else from `OTEL_EXPORTER_PROMETHEUS_HOST` and `OTEL_EXPORTER_PROMETHEUS_PORT`, else they
 * are `localhost` and 9464. Unless `preventServerStart` is set, it serves its `endpoint` (`/metrics`), `/health` and
 * `/ready`.
 */
export class PrometheusBridge extends PrometheusExporter {
  /** Serves the metrics at whatever path it is mounted. */
  readonly handler: RequestHandler;
  /** Serves the health report. */
  readonly healthHandler: RequestHandler;
  /** Serves the readiness report. */
  readonly readinessHandler: RequestHandler;
  readonly health: Health;

  private readonly builders = new Map<EscapingScheme, FamilyBuilder>();
  private server: MetricsServer | undefined;
  private readonly self: SelfMetrics | undefined;
  private collection: Promise<CollectionResult> | undefined;
  private producer: Partial<SliceProducer> = {};

  constructor(private readonly options: PrometheusBridgeOptions = {}) {
    const { metricProducers } = options;
    super({ preventServerStart: true, ...(metricProducers === undefined ? {} : { metricProducers }) });
    this.self = options.selfMetrics === false ? undefined : new SelfMetrics();
    this.health = options.health ?? new Health('unknown');
    this.health.addCheck('metrics', async () => {
      await this.collectShared(CALLBACK_MILLIS);
    });
    this.handler = this.handlerFor();
    this.healthHandler = healthHandler(this.health);
    this.readinessHandler = readinessHandler(this.health);
    if (options.preventServerStart !== true) void this.listener().start();
  }

  /** What a server of its own answers: metrics at `path`, `/health` and `/ready`, and the page where it is wanted. */
  routes(path: string, filter?: FamilyFilter): Map<string, RequestHandler> {
    return new Map([
      [path, filter === undefined ? this.handler : this.handlerFor(filter)],
      ['/health', this.healthHandler],
      ['/ready', this.readinessHandler],
      ...(this.options.dashboard === true ? pageRoutes(() => this.families(filter)) : []),
    ]);
  }

  /** Serves the families that the filter accepts, and of those only the ones that `name[]` in the query asks for. */
  handlerFor(filter?: FamilyFilter): RequestHandler {
    return metricsHandler(
      (request, millis) => {
        const asked = namesIn(request.url ?? '');
        const accepts = (family: string) => (filter?.(family) ?? true) && (asked.size === 0 || asked.has(family));
        return this.expose(accepts, negotiateFormat(request.headers.accept), millis);
      },
      (answer) => this.self?.answered(answer),
    );
  }

  /**
   * Collects and writes a page. Scrapes that come while a collection runs share it.
   *
   * @param millis how long the scraper waits
   * @returns 200 and the page, 503 and the reason when nothing could be collected in time, or 500 when it could not be encoded
   */
  async expose(filter?: FamilyFilter, format: Format = DEFAULT_FORMAT, millis = Infinity): Promise<Exposition> {
    let collected: CollectionResult;
    try {
      const collection = this.collectShared(Math.min(CALLBACK_MILLIS, millis * CALLBACK_SHARE));
      const most = millis * COLLECT_SHARE;
      collected = await within(collection, most, `nothing within ${most / 1000} s`);
    } catch (error) {
      this.self?.failed('collect');
      report('collect', `metrics cannot be collected: ${error}`);
      return failed(503, `Metrics cannot be collected: ${error}`);
    }
    for (const error of collected.errors) {
      this.self?.failed('callback');
      report('collect', `part of the metrics is missing: ${error}`);
    }
    try {
      const families = this.builder(format.escaping).build(collected.resourceMetrics);
      const all = this.self === undefined ? families : [...families, ...this.selfFamilies(this.self, families)];
      const served = filter === undefined ? all : all.filter(({ name }) => filter(name));
      return { status: 200, contentType: format.contentType, body: this.write(served, format) };
    } catch (error) {
      this.self?.failed('encode');
      report('collect', `metrics cannot be encoded: ${error}`);
      return failed(500, `Error encoding metrics: ${error}`);
    }
  }

  override setMetricProducer(producer: MetricProducer): void {
    this.producer = producer as Partial<SliceProducer>;
    super.setMetricProducer(producer);
  }

  override selectAggregation(instrument: InstrumentType): AggregationOption {
    return this.options.defaultAggregation?.(instrument) ?? super.selectAggregation(instrument);
  }

  override getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void {
    this.handler(request, response);
  }

  override async startServer(): Promise<void> {
    await this.listener().start();
  }

  override async stopServer(): Promise<void> {
    await this.server?.shutdown();
  }

  /** Its own server, made when it is first wanted: with the SDK it never is. */
  private listener(): MetricsServer {
    const { host, port, endpoint = PrometheusExporter.DEFAULT_OPTIONS.endpoint } = this.options;
    this.server ??= new MetricsServer(
      {
        host: host ?? (process.env.OTEL_EXPORTER_PROMETHEUS_HOST || 'localhost'),
        port: port ?? (Number(process.env.OTEL_EXPORTER_PROMETHEUS_PORT) || PrometheusExporter.DEFAULT_OPTIONS.port),
      },
      this.routes(endpoint.startsWith('/') ? endpoint : `/${endpoint}`),
      this.options,
    );
    return this.server;
  }

  /** The builder for a scraper's escaping scheme; where no name needs one, all scrapers share the label texts. */
  private builder(asked: EscapingScheme): FamilyBuilder {
    const { translationStrategy: strategy = 'UnderscoreEscapingWithSuffixes', resourceConstantLabels } = this.options;
    const escaping = keepsUtf8(strategy) ? asked : 'underscores';
    let builder = this.builders.get(escaping);
    if (builder === undefined) {
      builder = new FamilyBuilder({
        strategy,
        escaping,
        scopeInfo: this.options.scopeInfoEnabled ?? true,
        targetInfo: this.options.targetInfoEnabled ?? true,
        isResourceLabel: resourceLabelChoice(resourceConstantLabels),
      });
      this.builders.set(escaping, builder);
    }
    return builder;
  }

  private collectShared(timeoutMillis: number): Promise<CollectionResult> {
    this.collection ??= this.collect({ timeoutMillis }).finally(() => {
      this.collection = undefined;
    });
    return this.collection;
  }

  private async families(filter?: FamilyFilter): Promise<Family[]> {
    const { resourceMetrics } = await this.collectShared(CALLBACK_MILLIS);
    const families = this.builder('underscores').build(resourceMetrics);
    return filter === undefined ? families : families.filter(({ name }) => filter(name));
  }

  private selfFamilies(self: SelfMetrics, families: readonly Family[]): Family[] {
    self.collected(families);
    return self.families(this.producer.counts?.().overflowMeasurements ?? new Map());
  }

  private write(families: readonly Family[], { name }: Format): Iterable<Uint8Array> {
    switch (name) {
      case 'protobuf':
        return writeProtobuf(families);
      case 'openmetrics-0.0.1':
      case 'openmetrics-1.0.0':
        return writeText(families, openMetricsText(this.options.createdSamples === true));
      default:
        return writeText(families, PROMETHEUS_TEXT);
    }
  }
}

/** The families that a query asks for by `name[]`, as Go's handler takes it. */
function namesIn(url: string): ReadonlySet<string> {
  const query = url.indexOf('?');
  return new Set(query < 0 ? [] : new URLSearchParams(url.slice(query)).getAll('name[]'));
}

function resourceLabelChoice(choice: ResourceConstantLabels | undefined): (attribute: string) => boolean {
  if (choice === undefined) return () => false;
  const included = choice.included?.map(globPattern);
  const excluded = choice.excluded?.map(globPattern) ?? [];
  return (attribute) =>
    (included?.some((pattern) => pattern.test(attribute)) ?? true) &&
    !excluded.some((pattern) => pattern.test(attribute));
}

function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}

function failed(status: 500 | 503, reason: string): Exposition {
  return { status, contentType: 'text/plain; charset=utf-8', body: [Buffer.from(`${reason}\n`)] };
}
