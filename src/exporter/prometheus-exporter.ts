import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type ExporterConfig, PrometheusExporter as StockExporter } from '@opentelemetry/exporter-prometheus';
import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  InstrumentType,
  MetricCollectOptions,
  MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { report } from '../diagnostics';
import type { Exposition } from '../http/handlers';
import { HttpServer, type HttpServerOptions } from '../http/http-server';
import { readAddress } from './environment';
import { PrometheusReader, type PrometheusReaderOptions, type ScrapeOptions } from './prometheus-reader';

/** Options of {@link PrometheusExporter}: those of the stock exporter, and further ones. */
export interface PrometheusExporterOptions
  extends ExporterConfig,
    Omit<PrometheusReaderOptions, 'metricProducers' | 'prefix'>,
    HttpServerOptions {
  /** Ignored and reported: an exporter should not add timestamps (OpenTelemetry specification, Prometheus exporter). */
  readonly appendTimestamp?: boolean;
}

const DEFAULT_PORT = 9464;
const DEFAULT_ENDPOINT = '/metrics';

/**
 * Replaces the class of this name in `@opentelemetry/exporter-prometheus` by changing the import: a `MetricReader` for any
 * `MeterProvider`, with the options and methods of that class, which serves the metrics of `catalogs` to the letter.
 *
 * Host and port come from the options, else from `OTEL_EXPORTER_PROMETHEUS_HOST` and `OTEL_EXPORTER_PROMETHEUS_PORT`, else
 * they are `localhost` and 9464. Unless `preventServerStart` is set, it serves `endpoint` (`/metrics` by default), `/health`
 * and `/ready`.
 *
 * @example
 * import { PrometheusExporter } from 'meterbridge/exporter-prometheus';
 * new MeterProvider({ views: catalogViews(shop), readers: [new PrometheusExporter({ catalogs: [shop] })] });
 */
export class PrometheusExporter extends StockExporter {
  private readonly reader: PrometheusReader;
  private server: HttpServer | undefined;
  private starting: Promise<void> | undefined;

  /** @param callback called when the server listens, or with the error for which it does not; at once if it is not started */
  constructor(
    private readonly config: PrometheusExporterOptions = {},
    callback: (error: Error | undefined) => void = () => {},
  ) {
    super({ preventServerStart: true });
    this.reader = new PrometheusReader(readerOptions(config));
    if (config.appendTimestamp === true) {
      report(
        'unused-option',
        'appendTimestamp is ignored: Prometheus sets the time of a scrape itself; remove the option',
      );
    }
    if (config.preventServerStart === true) {
      queueMicrotask(() => callback(undefined));
      return;
    }
    this.startServer().then(
      () => callback(undefined),
      (error: Error) => {
        report('listen', `the server for metrics does not run: ${error.message}`);
        callback(error);
      },
    );
  }

  /** Serves the metrics at whatever path it is mounted. */
  get handler(): RequestListener {
    return this.reader.handler;
  }

  /** The port that the server listens on, or `undefined` while it does not. */
  get port(): number | undefined {
    return this.server?.port;
  }

  /** Collects and returns an exposition. See {@link PrometheusReader.scrape}. */
  scrape(options?: ScrapeOptions): Promise<Exposition> {
    return this.reader.scrape(options);
  }

  override setMetricProducer(producer: MetricProducer): void {
    this.reader.setMetricProducer(producer);
  }

  override selectAggregation(instrument: InstrumentType): AggregationOption {
    return this.reader.selectAggregation(instrument);
  }

  override selectAggregationTemporality(): AggregationTemporality {
    return this.reader.selectAggregationTemporality();
  }

  override selectCardinalityLimit(): number {
    return this.reader.selectCardinalityLimit();
  }

  override collect(options?: MetricCollectOptions): Promise<CollectionResult> {
    return this.reader.collect(options);
  }

  override getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void {
    this.reader.handler(request, response);
  }

  /** Starts the server. Rejects if it cannot listen, with the code `EADDRINUSE` if the port is taken. */
  override startServer(): Promise<void> {
    this.starting ??= this.listen();
    return this.starting;
  }

  /** Stops the server, if it was started. */
  override async stopServer(): Promise<void> {
    await this.server?.shutdown();
  }

  override async onShutdown(): Promise<void> {
    await this.reader.shutdown();
    await this.stopServer();
  }

  private async listen(): Promise<void> {
    const { host, port, endpoint = DEFAULT_ENDPOINT } = this.config;
    const environment = readAddress(process.env);
    for (const { message } of environment.issues) report('configuration', `${message}; the default is used`);
    const address = {
      host: host ?? environment.host ?? 'localhost',
      port: port ?? environment.port ?? DEFAULT_PORT,
    };
    const path = endpoint.startsWith('/') ? endpoint : `/${endpoint}`;
    this.server = new HttpServer(address, this.reader.routes(path), this.config);
    if (await this.server.start()) return;
    throw this.server.error ?? new Error(`cannot listen on ${address.host}, port ${address.port}`);
  }
}

/** Maps the names of the stock options to those of the specification. */
function readerOptions(config: PrometheusExporterOptions): PrometheusReaderOptions {
  const { withoutScopeInfo, withoutTargetInfo, withResourceConstantLabels } = config;
  return {
    ...(withoutScopeInfo === undefined ? {} : { scopeInfoEnabled: !withoutScopeInfo }),
    ...(withoutTargetInfo === undefined ? {} : { targetInfoEnabled: !withoutTargetInfo }),
    ...(withResourceConstantLabels === undefined ? {} : { resourceConstantLabels: withResourceConstantLabels }),
    ...config,
  };
}
