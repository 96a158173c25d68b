import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Meter } from '@opentelemetry/api';
import { MeterProvider, type MeterProviderOptions } from '../src/engine/meter-provider';
import { PrometheusReader, type PrometheusReaderOptions } from '../src/exporter/prometheus-reader';
import type { Catalog } from '../src/instruments';

/** A provider and the page that is served of it. */
export interface Served {
  readonly provider: MeterProvider;
  readonly reader: PrometheusReader;
  readonly meter: Meter;
  /** The page that a scraper with this `Accept` header gets. */
  page(accept?: string): Promise<string>;
  /** The lines of the page that are about families whose name begins like this. */
  lines(prefix: string, accept?: string): Promise<string[]>;
}

/** Serves what is recorded on the engine, without a server. */
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
