import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExporterConfig, PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { report } from '../diagnostics';
import { FamilyBuilder } from '../prometheus/families';
import { TEXT_CONTENT_TYPE, writeText } from '../prometheus/text';
import { type Exposition, healthHandler, metricsHandler, type RequestHandler, readinessHandler } from './handler';
import { Health } from './health';
import { MetricsServer } from './listener';

/** Options of {@link PrometheusBridge}. */
export interface PrometheusBridgeOptions
  extends Pick<ExporterConfig, 'host' | 'port' | 'endpoint' | 'preventServerStart' | 'metricProducers'> {
  /** Whether undocumented metrics carry `otel_scope_*` labels. `true` by default. Documented ones never do. */
  readonly scopeInfoEnabled?: boolean;
  /** Whether `target_info` is served beside undocumented metrics. `true` by default. */
  readonly targetInfoEnabled?: boolean;
  /** What `/health` and `/ready` answer. One without checks of its own, unless given. */
  readonly health?: Health;
}

/** Limits a page to families whose names it accepts. */
export type FamilyFilter = (family: string) => boolean;

/** How long the callbacks of asynchronous instruments may take together before a page is served without them. */
const COLLECT_TIMEOUT_MILLIS = 5000;

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

  private readonly families: FamilyBuilder;
  private readonly listener: MetricsServer;
  private collection: Promise<CollectionResult> | undefined;

  constructor(options: PrometheusBridgeOptions = {}) {
    const { host, port, endpoint = PrometheusExporter.DEFAULT_OPTIONS.endpoint, metricProducers } = options;
    super({ preventServerStart: true, ...(metricProducers === undefined ? {} : { metricProducers }) });
    this.families = new FamilyBuilder({
      scopeInfo: options.scopeInfoEnabled ?? true,
      targetInfo: options.targetInfoEnabled ?? true,
    });
    this.health = options.health ?? new Health('unknown');
    this.health.addCheck('metrics', async () => {
      await this.collectShared();
    });
    this.handler = this.handlerFor();
    this.healthHandler = healthHandler(this.health);
    this.readinessHandler = readinessHandler(this.health);
    this.listener = new MetricsServer(
      {
        host: host ?? (process.env.OTEL_EXPORTER_PROMETHEUS_HOST || 'localhost'),
        port: port ?? (Number(process.env.OTEL_EXPORTER_PROMETHEUS_PORT) || PrometheusExporter.DEFAULT_OPTIONS.port),
      },
      this.routes(endpoint.startsWith('/') ? endpoint : `/${endpoint}`),
    );
    if (options.preventServerStart !== true) void this.startServer();
  }

  /** What a server of its own answers: metrics at `path`, and `/health` and `/ready`. */
  routes(path: string, filter?: FamilyFilter): Map<string, RequestHandler> {
    return new Map([
      [path, filter === undefined ? this.handler : this.handlerFor(filter)],
      ['/health', this.healthHandler],
      ['/ready', this.readinessHandler],
    ]);
  }

  /** Serves the families that the filter accepts. */
  handlerFor(filter?: FamilyFilter): RequestHandler {
    return metricsHandler(() => this.expose(filter));
  }

  /**
   * Collects and writes a page. Scrapes that come while a collection runs share it.
   *
   * @returns 200 and the page, 503 and the reason when nothing could be collected, or 500 when it could not be encoded
   */
  async expose(filter?: FamilyFilter): Promise<Exposition> {
    let collected: CollectionResult;
    try {
      collected = await this.collectShared();
    } catch (error) {
      report('collect', `metrics cannot be collected: ${error}`);
      return failed(503, `Metrics cannot be collected: ${error}`);
    }
    for (const error of collected.errors) report('collect', `part of the metrics is missing: ${error}`);
    try {
      const families = this.families.build(collected.resourceMetrics);
      const served = filter === undefined ? families : families.filter(({ name }) => filter(name));
      return { status: 200, contentType: TEXT_CONTENT_TYPE, body: writeText(served) };
    } catch (error) {
      report('collect', `metrics cannot be encoded: ${error}`);
      return failed(500, `Error encoding metrics: ${error}`);
    }
  }

  override getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void {
    this.handler(request, response);
  }

  override async startServer(): Promise<void> {
    await this.listener.start();
  }

  override stopServer(): Promise<void> {
    return this.listener.shutdown();
  }

  private collectShared(): Promise<CollectionResult> {
    this.collection ??= this.collect({ timeoutMillis: COLLECT_TIMEOUT_MILLIS }).finally(() => {
      this.collection = undefined;
    });
    return this.collection;
  }
}

function failed(status: 500 | 503, reason: string): Exposition {
  return { status, contentType: 'text/plain; charset=utf-8', body: [Buffer.from(`${reason}\n`)] };
}
