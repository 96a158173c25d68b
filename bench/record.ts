import type { Counter, Histogram } from '@opentelemetry/api';
import { MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics';
import { bindInstrument, catalogViews, MeterProvider, PrometheusReader } from 'meterbridge';
import { StreamProcessor } from 'meterbridge/systems/stream-processor';
import { type Contender, FLOOR, nanoseconds, printTable, sink } from './measure';
import { type PromClient, promClients } from './prom-clients';

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];
const STATUSES = ['200', '201', '404', '500'];
const ROUTES = ['/a', '/b/:id', '/c/:id/d', '/e'];
const ZONES = ['north', 'south', 'east', 'west'];
const TIMES = 300_000;

/** Values spread over the buckets. */
const VALUES = Array.from({ length: 1024 }, (_, i) => ((i * 37) % 1024) / 60);

function repeat(step: (i: number) => void): Contender['run'] {
  return (times) => {
    for (let i = 0; i < times; i++) step(i);
    return times;
  };
}

/** A loop that does nothing. */
const EMPTY_LOOP: Contender = { name: `${FLOOR}the loop alone`, run: repeat(() => {}) };

/** A loop that does nothing but make what the contenders are given. */
function floor(step: (i: number) => unknown): Contender {
  return {
    name: EMPTY_LOOP.name,
    run: repeat((i) => {
      sink.value = step(i);
    }),
  };
}

/** Label sets of 0 to 4 labels, made anew for each call as an app does. */
const LABELS: readonly ((i: number) => Record<string, string>)[] = [
  () => ({}),
  (i) => ({ method: METHODS[i & 3] as string }),
  (i) => ({ method: METHODS[i & 3] as string, status: STATUSES[(i >> 2) & 3] as string }),
  (i) => ({
    method: METHODS[i & 3] as string,
    status: STATUSES[(i >> 2) & 3] as string,
    route: ROUTES[(i >> 4) & 3] as string,
  }),
  (i) => ({
    method: METHODS[i & 3] as string,
    status: STATUSES[(i >> 2) & 3] as string,
    route: ROUTES[(i >> 4) & 3] as string,
    zone: ZONES[(i >> 6) & 3] as string,
  }),
];
const NAMES = ['method', 'status', 'route', 'zone'];

function otelCounters(): { engine: (name: string) => Counter; stock: (name: string) => Counter } {
  const engine = new MeterProvider({ readers: [new PrometheusReader()] });
  const stock = new StockMeterProvider({ readers: [new PrometheusReader()] });
  return {
    engine: (name) => engine.getMeter('bench').createCounter(name),
    stock: (name) => stock.getMeter('bench').createCounter(name),
  };
}

function otelHistograms(): { engine: Histogram; stock: Histogram } {
  const create = (provider: MeterProvider | StockMeterProvider) =>
    provider.getMeter('bench').createHistogram('latency', { advice: { explicitBucketBoundaries: BUCKETS } });
  return {
    engine: create(new MeterProvider({ readers: [new PrometheusReader()] })),
    stock: create(new StockMeterProvider({ readers: [new PrometheusReader()] })),
  };
}

function promCounter(client: PromClient, labels: number): InstanceType<PromClient['Counter']> {
  return new client.Counter({
    name: `requests_${labels}`,
    help: 'h',
    labelNames: NAMES.slice(0, labels),
    registers: [new client.Registry()],
  });
}

/** Times recording, against prom-client, its fork and the stock SDK. */
export async function benchRecording(): Promise<void> {
  const clients = await promClients();
  const rows = new Map<string, Map<string, number>>();
  const { engine, stock } = otelCounters();

  const two = { method: 'GET', status: '200' };
  const bound = bindInstrument(engine('bound'), two);
  const stockBound = stock('bound');
  rows.set(
    'bound counter add',
    nanoseconds(
      [
        { name: 'meterbridge', run: repeat(() => bound.add(1)) },
        { name: 'stock OTel', run: repeat(() => stockBound.add(1, two)) },
        ...clients.map(({ name, client }) => {
          const child = promCounter(client, 2).labels('GET', '200');
          return { name, run: repeat(() => child.inc(1)) };
        }),
        EMPTY_LOOP,
      ],
      TIMES,
    ),
  );

  for (const [labels, labelsOf] of LABELS.entries()) {
    const ours = engine(`unbound_${labels}`);
    const theirs = stock(`unbound_${labels}`);
    rows.set(
      `unbound add, ${labels} labels`,
      nanoseconds(
        [
          { name: 'meterbridge', run: repeat((i) => ours.add(1, labelsOf(i))) },
          { name: 'stock OTel', run: repeat((i) => theirs.add(1, labelsOf(i))) },
          ...clients.map(({ name, client }) => {
            const counter = promCounter(client, labels);
            return { name, run: repeat((i) => (labels === 0 ? counter.inc(1) : counter.inc(labelsOf(i), 1))) };
          }),
          floor(labelsOf),
        ],
        TIMES,
      ),
    );
  }

  const shuffled = (i: number): Record<string, string> => {
    const method = METHODS[i & 3] as string;
    const status = STATUSES[(i >> 2) & 3] as string;
    return (i & 16) === 0 ? { method, status } : { status, method };
  };
  const ours = engine('shuffled');
  const theirs = stock('shuffled');
  rows.set(
    'unbound add, 2 labels, keys in either order',
    nanoseconds(
      [
        { name: 'meterbridge', run: repeat((i) => ours.add(1, shuffled(i))) },
        { name: 'stock OTel', run: repeat((i) => theirs.add(1, shuffled(i))) },
        ...clients.map(({ name, client }) => {
          const counter = promCounter(client, 2);
          return { name, run: repeat((i) => counter.inc(shuffled(i), 1)) };
        }),
        floor(shuffled),
      ],
      TIMES,
    ),
  );

  const histograms = otelHistograms();
  const boundHistogram = bindInstrument(histograms.engine, two);
  rows.set(
    'histogram record, bound, 12 buckets',
    nanoseconds(
      [
        { name: 'meterbridge', run: repeat((i) => boundHistogram.record(VALUES[i & 1023] as number)) },
        { name: 'stock OTel', run: repeat((i) => histograms.stock.record(VALUES[i & 1023] as number, two)) },
        ...clients.map(({ name, client }) => {
          const child = new client.Histogram({
            name: 'latency',
            help: 'h',
            labelNames: ['method', 'status'],
            buckets: BUCKETS,
            registers: [new client.Registry()],
          }).labels('GET', '200');
          return { name, run: repeat((i) => child.observe(VALUES[i & 1023] as number)) };
        }),
        EMPTY_LOOP,
      ],
      TIMES,
    ),
  );
  printTable('Recording', 'ns for one operation', rows);
  benchFacade();
}

/** Times documented methods of a facade. */
function benchFacade(): void {
  const provider = new MeterProvider({
    readers: [new PrometheusReader()],
    views: catalogViews(new StreamProcessor()),
  });
  const processor = new StreamProcessor(provider.getMeter('stream-processor'));
  const holder = { n: 0 };
  const rows = new Map<string, ReadonlyMap<string, number>>();
  const steps: [string, (i: number) => void][] = [
    ['recordEventReceived()', () => processor.recordEventReceived()],
    ["recordEventProcessed('success')", () => processor.recordEventProcessed('success')],
    [
      "recordStateOperation('get', 'redis', s)",
      (i) => processor.recordStateOperation('get', 'redis', VALUES[i & 1023] as number),
    ],
    ["recordKafkaMessageConsumed('orders', 1)", () => processor.recordKafkaMessageConsumed('orders', 1)],
  ];
  const increment = { name: `${FLOOR}a property increment`, run: repeat(() => holder.n++) };
  for (const [label, step] of steps) {
    rows.set(label, nanoseconds([{ name: 'meterbridge', run: repeat(step) }, increment, EMPTY_LOOP], TIMES));
  }
  printTable('Facade methods', 'ns for one call', rows);
}
