import { describe, expect, it } from 'vitest';
import type { MetricDefinition } from '../../src/catalog/definition';
import type { CollectedStream } from '../../src/collection/slices';
import { openMetricsText } from '../../src/exposition/encode/openmetrics';
import { PROMETHEUS_TEXT, writeText } from '../../src/exposition/encode/text';
import type { FamilyOptions } from '../../src/exposition/family-planner';
import { encode, histogram, plan, stream } from './streams';

interface Case {
  readonly name: string;
  readonly streams: readonly CollectedStream[];
  readonly options?: Partial<FamilyOptions>;
  readonly resource?: Record<string, string>;
}

const orders: MetricDefinition = {
  name: 'shop_orders_total',
  instrument: 'counter',
  description: 'Orders\nplaced \\o/ "quoted"',
  labels: { result: ['paid', 'refused'] },
};
const visits: MetricDefinition = { name: 'shop_visits', instrument: 'counter', description: 'Visits' };
const wait: MetricDefinition = {
  name: 'shop_wait_seconds',
  instrument: 'histogram',
  description: 'Wait',
  unit: 's',
  buckets: [0.5, 1, 2e6],
};
const shards: MetricDefinition = { name: 'shop_shards_total', instrument: 'gauge', description: 'Shards' };

const exemplar = {
  value: 0.7,
  timestamp: [1_700_000_030, 250_000_000] as [number, number],
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  filteredAttributes: { user: 'alice' },
};

const CASES: readonly Case[] = [
  {
    name: 'documented',
    streams: [
      stream(
        'counter',
        'shop_orders_total',
        [
          [{ result: 'paid' }, 2],
          [{ result: 'refused' }, 0],
        ],
        { definition: orders },
      ),
      stream('gauge', 'shop_shards_total', [[{}, 4]], { definition: shards }),
      stream('counter', 'shop_visits', [[{}, 3]], { definition: visits }),
      stream('histogram', 'shop_wait_seconds', [[{}, histogram([0.5, 1, 2e6], [1, 0, 1, 0], 2)]], {
        definition: wait,
        unit: 's',
      }),
    ],
  },
  {
    name: 'translated',
    streams: [
      stream('counter', 'http.requests', [[{ 'http.route': '/a"b\\c\nd', code: 200 }, 3]], { scope: 'lib' }),
      stream('gauge', 'memory', [[{ state: 'ünï🦀' }, 1.5e9]], { unit: 'By', description: 'Memory', scope: 'lib' }),
    ],
    options: { scopeInfo: true, targetInfo: true },
    resource: { 'service.name': 'shop', 'host.name': 'a' },
  },
  {
    name: 'exemplars',
    streams: [
      stream('counter', 'jobs', [[{}, 3, [exemplar]]]),
      stream('histogram', 'took', [[{ queue: 'a' }, histogram([0.5, 1], [1, 1, 0], 1), [exemplar]]]),
    ],
  },
  {
    name: 'special-values',
    streams: [
      stream('gauge', 'g', [
        [{ a: '1' }, Number.NaN],
        [{ a: '2' }, Infinity],
        [{ a: '3' }, -Infinity],
        [{ a: '4' }, -0],
        [{ a: '5' }, 1e21],
        [{ a: '6' }, 5e-324],
      ]),
      stream('histogram', 'h', [[{}, histogram([-1, 0, 0, 1e-5, 1e6], [1, 1, 1, 1, 1, 1])]]),
    ],
  },
  {
    name: 'utf-8-names',
    streams: [
      stream('counter', 'größe.gesamt', [
        [{ größe: 'x', b: 'y' }, 1],
        [{}, 2],
      ]),
    ],
    options: { strategy: 'NoTranslation', escaping: 'allow-utf-8' },
  },
];

describe('golden expositions', () => {
  for (const { name, streams, options, resource } of CASES) {
    const page = (format: 'text' | 'openmetrics') => {
      const dialect = format === 'text' ? PROMETHEUS_TEXT : openMetricsText(name === 'documented');
      const { families } = plan(streams, options, resource);
      const { pieces, failed } = encode((all, encodeOptions) => writeText(all, dialect, encodeOptions), families);
      expect(failed).toEqual([]);
      return Buffer.concat(pieces).toString();
    };
    it(`writes ${name} in the text format`, async () => {
      await expect(page('text')).toMatchFileSnapshot(`golden/${name}.txt`);
    });
    it(`writes ${name} in OpenMetrics`, async () => {
      await expect(page('openmetrics')).toMatchFileSnapshot(`golden/${name}.om`);
    });
  }
});
