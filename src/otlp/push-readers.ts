import {
  ConsoleMetricExporter,
  type IMetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { report } from '../diagnostics';

/** How metrics are pushed. */
export interface PushOptions {
  readonly exporters: readonly string[];
  readonly protocol: OtlpProtocol;
  readonly exportIntervalMillis: number;
  readonly exportTimeoutMillis: number;
  readonly temporality: 'cumulative' | 'delta' | 'lowmemory';
  readonly histogramAggregation: 'explicit_bucket_histogram' | 'base2_exponential_bucket_histogram';
}

type OtlpProtocol = 'http/protobuf' | 'http/json' | 'grpc';

/** Readers that push: for `otlp` and `console` among the exporters. Exporter packages load when they are asked for. */
export function createPushReaders(settings: PushOptions): IMetricReader[] {
  const exporters: PushMetricExporter[] = [];
  const otlp = settings.exporters.includes('otlp') ? otlpExporter(settings.protocol) : undefined;
  if (otlp !== undefined) exporters.push(reporting(otlp, `OTLP over ${settings.protocol}`));
  if (settings.exporters.includes('console')) exporters.push(new ConsoleMetricExporter());
  return exporters.map(
    (exporter) =>
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: settings.exportIntervalMillis,
        exportTimeoutMillis: settings.exportTimeoutMillis,
      }),
  );
}

/** The exporter, saying once for each outage what the reader would log as a stack for each try. */
function reporting(exporter: PushMetricExporter, name: string): PushMetricExporter {
  let outages = 0;
  let isDown = false;
  const reported: PushMetricExporter = Object.create(exporter);
  reported.export = (metrics, done) => {
    exporter.export(metrics, (result) => {
      const failed = result.code !== SUCCESS.code;
      if (failed && !isDown) outages++;
      isDown = failed;
      if (failed) {
        const reason = result.error?.message ?? 'no reason given';
        report('export', `metrics could not be sent by ${name}: ${reason}`, `${name} ${outages}`);
      }
      done(SUCCESS);
    });
  };
  return reported;
}

/** What an exporter says when it is done (`ExportResultCode` of `@opentelemetry/core`). */
const SUCCESS = { code: 0 } as const;

/** The exporters read `OTEL_EXPORTER_OTLP_*` themselves: endpoint, headers, compression, certificates, timeout, temporality. */
function otlpExporter(protocol: OtlpProtocol): PushMetricExporter | undefined {
  switch (protocol) {
    case 'http/protobuf':
      return new (proto().OTLPMetricExporter)();
    case 'http/json':
      return new (json().OTLPMetricExporter)();
    case 'grpc':
      try {
        const { OTLPMetricExporter } = require(GRPC_PACKAGE) as { OTLPMetricExporter: new () => PushMetricExporter };
        return new OTLPMetricExporter();
      } catch (error) {
        report(
          'configuration',
          `OTLP over grpc needs the package ${GRPC_PACKAGE}; install it beside meterbridge (${error})`,
        );
        return undefined;
      }
  }
}

const GRPC_PACKAGE = '@opentelemetry/exporter-metrics-otlp-grpc';

function proto(): typeof import('@opentelemetry/exporter-metrics-otlp-proto') {
  return require('@opentelemetry/exporter-metrics-otlp-proto');
}

function json(): typeof import('@opentelemetry/exporter-metrics-otlp-http') {
  return require('@opentelemetry/exporter-metrics-otlp-http');
}
