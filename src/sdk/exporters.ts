import {
  ConsoleMetricExporter,
  type IMetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { report } from '../diagnostics';
import type { OtlpProtocol, Settings } from './config';

/** Readers that push: for `otlp` and `console` among the exporters. Exporter packages load when they are asked for. */
export function pushReaders(settings: Settings): IMetricReader[] {
  const exporters: (PushMetricExporter | undefined)[] = [];
  if (settings.exporters.includes('otlp')) exporters.push(otlpExporter(settings.protocol));
  if (settings.exporters.includes('console')) exporters.push(new ConsoleMetricExporter());
  return exporters
    .filter((exporter) => exporter !== undefined)
    .map(
      (exporter) =>
        new PeriodicExportingMetricReader({
          exporter,
          exportIntervalMillis: settings.exportIntervalMillis,
          exportTimeoutMillis: settings.exportTimeoutMillis,
        }),
    );
}

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
