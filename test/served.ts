import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Meter } from '@opentelemetry/api';
import { MeterProvider, type MeterProviderOptions } from '../src/engine/meter-provider';
import { PrometheusReader, type PrometheusReaderOptions } from '../src/exporter/prometheus-reader';
import type { Catalog } from '../src/instruments';

/** A provider and its Prometheus page. */
export interface Served {
  readonly provider: MeterProvider;
  readonly reader: PrometheusReader;
  readonly meter: Meter;
  /** Returns the page for an `Accept` header. */
  page(accept?: string): Promise<string>;
  /** Returns the lines of the families whose names begin with a prefix. */
  lines(prefix: string, accept?: string): Promise<string[]>;
}

/** Creates a provider with a Prometheus reader, without a server. */
export function serve(
  options: PrometheusReaderOptions & Pick<MeterProviderOptions, 'views' | 'cardinalityLimit' | 'initializeToZero'> = {},
  ...catalogs: readonly Catalog[]
): Served {
  const { views = [], cardinalityLimit, initializeToZero, ...readerOptions } = options;
  const reader = new PrometheusReader({ selfMetrics: false, catalogs, ...readerOptions });
  const provider = new MeterProvider({
    readers: [reader],
    views,
    ...(cardinalityLimit === undefined ? {} : { cardinalityLimit }),
    ...(initializeToZero === undefined ? {} : { initializeToZero }),
  });
  const page = async (accept?: string) => {
    const { body } = await reader.scrape({ accept });
    return text(Readable.from(body));
  };
  return {
    provider,
    reader,
    meter: provider.getMeter('test'),
    page,
    lines: async (prefix, accept) => {
      const about = (line: string) => line.replace(/^# (HELP|TYPE|UNIT) /, '').startsWith(prefix);
      return (await page(accept)).split('\n').filter(about);
    },
  };
}
