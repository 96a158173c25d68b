import { type Attributes, ValueType } from '@opentelemetry/api';
import { PrometheusSerializer, PrometheusExporter as StockExporter } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType, MeterProvider } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { PrometheusReader } from '../../src/exporter/prometheus-reader';
import { type NamedKind, translateLabel, translateName } from '../../src/exposition/names/translate';

const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);

/** Returns the name and the labels that the stock exporter serves, or nothing if it leaves the metric out. */
function serveStock(name: string, unit: string, kind: NamedKind, attributes: Attributes = {}) {
  const page = serializer.serialize({
    resource: resourceFromAttributes({}),
    scopeMetrics: [
      {
        scope: { name: 'scope' },
        metrics: [
          {
            descriptor: {
              name,
              unit,
              description: '',
              valueType: ValueType.DOUBLE,
            },
            aggregationTemporality: AggregationTemporality.CUMULATIVE,
            dataPointType: DataPointType.SUM,
            isMonotonic: kind === 'counter',
            dataPoints: [{ attributes, startTime: [0, 0], endTime: [0, 0], value: 1 }],
          },
        ],
      },
    ],
  });
  return {
    name: /^# TYPE (\S+)/m.exec(page)?.[1],
    labels: [...page.matchAll(/[{,]([^={,]+)="/g)].map(([, label]) => label),
  };
}

const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...'abzABZ059____....--//::') },
  { weight: 1, arbitrary: fc.constantFrom('é', 'ß', '漢', '😀', ' ', '+', '%') },
);
const anyName = fc.string({ unit: character, minLength: 1, maxLength: 12 });
const name = fc.oneof(
  anyName,
  anyName.map((text) => `${text}_total`),
  anyName.map((text) => `${text}.total`),
);
const unit = fc.constantFrom('', '1', 's', 'ms', 'By', 'By/s', '{request}', '%', 'Cel', 'odd unit');
const kind = fc.constantFrom<NamedKind>('counter', 'other');

it('the legacy strategy gives each metric the name that @opentelemetry/exporter-prometheus gives it', () => {
  fc.assert(
    fc.property(name, unit, kind, (name, unit, kind) => {
      expect(translateName(name, unit, kind, 'legacy')).toBe(serveStock(name, unit, kind).name);
    }),
    { numRuns: 5000 },
  );
});

it('the legacy strategy gives each attribute the label that @opentelemetry/exporter-prometheus gives it, unless that is no valid label', () => {
  fc.assert(
    fc.property(anyName, (key) => {
      const [stock] = serveStock('metric', '', 'other', { [key]: 'v' }).labels;
      const expected = /^[0-9]/.test(String(stock)) ? `key_${stock}` : stock;
      expect(translateLabel(key, 'legacy')).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});

it('a page with the legacy strategy has the names, types and labels of the page of @opentelemetry/exporter-prometheus', async () => {
  const stock = new StockExporter({ preventServerStart: true });
  const ours = new PrometheusReader({ translationStrategy: 'legacy', selfMetrics: false });
  const resource = resourceFromAttributes({ 'service.name': 'shop' });
  const provider = new MeterProvider({ resource, readers: [stock, ours] });
  onTestFinished(() => provider.shutdown());
  const meter = provider.getMeter('library', '1.2.0');
  meter.createHistogram('http.server.request.duration', { unit: 's' }).record(0.2, { 'http.route': '/x' });
  meter.createUpDownCounter('v8js.memory.heap.used', { unit: 'By' }).add(5, { 'v8js.heap.space.name': 'old' });
  meter.createObservableGauge('nodejs.eventloop.utilization', { unit: '1' }).addCallback((r) => r.observe(0.5));
  meter.createCounter('jobs', { unit: '{job}' }).add(1);
  meter.createCounter('bytes_total', { unit: 'By' }).add(1, { 'a.b': 'c' });
  const { resourceMetrics } = await stock.collect();
  const stockPage = new PrometheusSerializer().serialize(resourceMetrics);
  const { body } = await ours.scrape();
  let page = '';
  for await (const piece of body) page += Buffer.from(piece).toString();
  expect(findSeries(page)).toEqual(findSeries(stockPage));
  expect(findTypes(page)).toEqual(findTypes(stockPage));
});

/** Returns every series of a page, with its labels in alphabetical order. */
function findSeries(page: string): string[] {
  const lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines
    .map((line) => {
      const [, name, labels = ''] = /^([^ {]+)(?:\{(.*)\})? /.exec(line) ?? [];
      return `${name}{${labels.split(',').sort()}}`;
    })
    .sort();
}

function findTypes(page: string): string[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('# TYPE'))
    .sort();
}
