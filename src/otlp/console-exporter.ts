import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { PushExporter } from './push-exporter';

/** Returns an exporter that prints metrics to standard output, in the format of the stock `ConsoleMetricExporter`. */
export function createConsoleExporter(): PushExporter {
  const { ConsoleMetricExporter }: typeof import('@opentelemetry/sdk-metrics') = require('@opentelemetry/sdk-metrics');
  const exporter = new ConsoleMetricExporter();
  return {
    name: 'console',
    export: (metrics: ResourceMetrics) =>
      new Promise((resolve) => {
        exporter.export(metrics, () => resolve());
      }),
    shutdown: () => exporter.shutdown(),
  };
}
