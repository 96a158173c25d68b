import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import zlib from 'node:zlib';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { PrometheusReader, type PrometheusReaderOptions } from '../../src/exporter/prometheus-reader';
import type { TranslationStrategy } from '../../src/exposition/names/translate';
import { readBody } from '../../src/http/read-body';

const ACCEPTS = [
  'text/plain;version=0.0.4',
  'text/plain;version=1.0.0;escaping=allow-utf-8',
  'application/openmetrics-text;version=1.0.0',
  'application/openmetrics-text;version=1.0.0;escaping=underscores',
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
];
const STRATEGIES: TranslationStrategy[] = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
];
const DECODERS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  identity: (body) => body,
  gzip: zlib.gunzipSync,
  br: zlib.brotliDecompressSync,
};
/** Enough histograms for a page of several pieces. */
const HISTOGRAMS = 300;
const SCRAPERS = 20;
/** Series of the counter above the cardinality limit overflow. */
const LIMIT = 20;

/** Gives the producer of its provider to another reader, too. */
class Spy extends PrometheusReader {
  producer: MetricProducer | undefined;

  override setMetricProducer(producer: MetricProducer): void {
    this.producer = producer;
    super.setMetricProducer(producer);
  }
}

const attributes = fc.oneof(
  fc.record({ tenant: fc.nat(30).map((n) => `tenant-${n}`), 'op.name': fc.constantFrom('read', 'write', '') }),
  fc.record({ op_name: fc.constantFrom('read', 'é"\n\\'), shard: fc.nat(9) }),
  fc.constant({}),
);
const value = fc.oneof(
  fc.nat(100),
  fc.double({ min: 0, max: 1e12, noNaN: true }),
  fc.constantFrom(0.1, 999_999_999, 1e9),
);
const change = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), attributes, value }),
  fc.record({ kind: fc.constant('record' as const), series: fc.nat(2 * HISTOGRAMS), value }),
  fc.record({
    kind: fc.constant('gauge' as const),
    attributes,
    value: fc.oneof(value, fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, -1.5)),
  }),
  fc.record({ kind: fc.constant('remove' as const), attributes }),
  fc.record({ kind: fc.constant('end' as const), series: fc.nat(HISTOGRAMS) }),
  fc.record({ kind: fc.constantFrom('clear' as const, 'reset' as const) }),
);
const step = fc.record({
  changes: fc.array(change, { maxLength: 40 }),
  accept: fc.constantFrom(...ACCEPTS),
  encoding: fc.constantFrom(...Object.keys(DECODERS)),
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listen(reader: PrometheusReader): Promise<string> {
  const server = createServer(reader.handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Returns the body, or `undefined` after having left in the middle. */
function scrape(url: string, headers: Record<string, string>, leaves: boolean): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => {
        pieces.push(piece);
        if (!leaves) return;
        request.destroy();
        resolve(undefined);
      });
      response.on('end', () => resolve(Buffer.concat(pieces)));
      response.on('error', () => {});
    });
    request.on('error', (error) => (leaves ? resolve(undefined) : reject(error)));
  });
}

describe('a page that is scraped again and again', () => {
  it.each(STRATEGIES)(
    'has the bytes of a page of a new reader, for 20 scrapers of which some leave, whatever changed before (%s)',
    async (translationStrategy) => {
      const options: PrometheusReaderOptions = { translationStrategy, selfMetrics: false, createdSamples: true };
      const check = async (steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) => {
        const reader = new Spy(options);
        const views = [{ instrumentName: 'jobs.done', aggregationCardinalityLimit: LIMIT }];
        const provider = new MeterProvider({ views, readers: [reader], exemplarFilter: 'always_on' });
        const meter = provider.getMeter('lib', '1');
        const counter = meter.createCounter('jobs.done', { unit: '1' });
        const gauge = meter.createGauge('heap.size', { unit: 'By' });
        const plain = meter.createHistogram('latency', { advice: { explicitBucketBoundaries: [0.1, 1, 10, 100] } });
        const label = (series: number) => ({
          path: `/items/${series}`,
          'http.method': series % 3 === 0 ? 'GET' : 'POST',
        });
        for (let i = 0; i < HISTOGRAMS; i++) plain.record(i / 7, label(i));
        const url = await listen(reader);
        for (const { changes, accept, encoding } of steps) {
          for (const each of changes) {
            if (each.kind === 'count') counter.add(each.value, each.attributes);
            else if (each.kind === 'gauge') gauge.record(each.value, each.attributes);
            else if (each.kind === 'record') plain.record(each.value, label(each.series));
            else if (each.kind === 'remove') counter.remove(each.attributes);
            else if (each.kind === 'end') plain.remove(label(each.series));
            else if (each.kind === 'clear') gauge.clear();
            else provider.reset();
          }
          const headers = { accept, 'accept-encoding': encoding };
          const scrapes = Array.from({ length: SCRAPERS }, (_, i) => scrape(url, headers, i % 7 === 3));
          const bodies = await Promise.all(scrapes);
          const fresh = new PrometheusReader(options);
          fresh.setMetricProducer(reader.producer as MetricProducer);
          const expected = await readBody((await fresh.scrape({ accept })).body);
          expect(expected.length).toBeGreaterThan(0);
          for (const body of bodies) {
            if (body !== undefined) expect(DECODERS[encoding]?.(body).equals(expected)).toBe(true);
          }
          expect(bodies.filter((body) => body !== undefined).length).toBeGreaterThanOrEqual(SCRAPERS - 3);
        }
        await provider.shutdown();
      };
      await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 5 }), check), { numRuns: 5 });
    },
    120_000,
  );
});
