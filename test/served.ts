import type { Meter } from '@opentelemetry/api';
import { MeterProvider, type MeterProviderOptions } from '../src/engine/meter-provider';
import { PrometheusBridge, type PrometheusBridgeOptions } from '../src/exporter/prometheus-exporter';
import { negotiateFormat } from '../src/exposition/negotiation';
import { type Catalog, catalogViews } from '../src/instruments';

/** A provider and the page that is served of it. */
export interface Served {
  readonly provider: MeterProvider;
  readonly bridge: PrometheusBridge;
  readonly meter: Meter;
  /** The page that a scraper with this `Accept` header gets. */
  page(accept?: string): Promise<string>;
  /** The lines of the page that are about families whose name begins like this. */
  lines(prefix: string, accept?: string): Promise<string[]>;
}

/** Serves what is recorded on the engine, without a server. */
export function serve(
  options: PrometheusBridgeOptions & Pick<MeterProviderOptions, 'views' | 'cardinalityLimit' | 'zero'> = {},
  ...catalogs: readonly Catalog[]
): Served {
  const { views = [], cardinalityLimit, zero, ...bridgeOptions } = options;
  const bridge = new PrometheusBridge({ selfMetrics: false, ...bridgeOptions, preventServerStart: true });
  const provider = new MeterProvider({
    readers: [bridge],
    views: [...catalogViews(...catalogs), ...views],
    ...(cardinalityLimit === undefined ? {} : { cardinalityLimit }),
    ...(zero === undefined ? {} : { zero }),
  });
  const page = async (accept?: string) => {
    const { body } = await bridge.expose(undefined, negotiateFormat(accept));
    return Buffer.concat([...body]).toString();
  };
  return {
    provider,
    bridge,
    meter: provider.getMeter('test'),
    page,
    lines: async (prefix, accept) => {
      const about = (line: string) => line.replace(/^# (HELP|TYPE|UNIT) /, '').startsWith(prefix);
      return (await page(accept)).split('\n').filter(about);
    },
  };
}
