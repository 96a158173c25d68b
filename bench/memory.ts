import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics';
import { defineCatalog, Facade, start } from 'meterbridge';
import { FLOOR, printTable } from './measure';
import { promClients } from './prom-clients';

const SERIES = 20_000;
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];
/** The number of scrapes in each format before anything is measured: while code is compiled, its size changes. */
const WARM_UP = 15;
/** The longest that these scrapes may take, in milliseconds. */
const WARM_UP_MILLIS = 10_000;
/** The number of processes that run at a time: memory does not depend on what else runs. */
const PROCESSES = 2;
const KINDS = ['counter', 'histogram'] as const;
type Kind = (typeof KINDS)[number];

/** The formats that Prometheus asks for, and compressed text. */
const REQUESTS = [
  { accept: 'text/plain;version=0.0.4' },
  { accept: 'application/openmetrics-text;version=1.0.0' },
  { accept: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited' },
  { accept: 'text/plain;version=0.0.4', 'accept-encoding': 'gzip' },
];

const run = promisify(execFile);

/** A client library with one metric of a kind, two labels, the first of which has a value for each series. */
interface Contender {
  record(tenant: string): void;
  serve(request: IncomingMessage, response: ServerResponse): void;
}

const catalog = defineCatalog({
  name: 'bench',
  metrics: {
    counter: {
      name: 'requests_total',
      instrument: 'counter',
      description: 'Requests',
      labels: { tenant: 'string', operation: 'string' },
      cardinalityLimit: 1_000_000,
    },
    histogram: {
      name: 'latency_seconds',
      instrument: 'histogram',
      description: 'Latency',
      labels: { tenant: 'string', operation: 'string' },
      buckets: BUCKETS,
      cardinalityLimit: 1_000_000,
    },
  },
});

class Bench extends Facade<typeof catalog> {
  constructor() {
    super(catalog);
  }
}

/** What no library can be smaller than that looks series up by the texts of labels. */
const MAP = `${FLOOR}a Map of numbers`;

async function createContender(name: string, kind: Kind): Promise<Contender> {
  if (name === MAP) {
    const values = new Map<string, number>();
    return {
      record: (tenant) => void values.set(tenant, (values.get(tenant) ?? 0) + 0.5),
      serve: (_, response) => void response.end(String(values.size)),
    };
  }
  if (name === 'meterbridge') {
    const facade = new Bench();
    const sdk = await start({ systems: [facade], http: false, prometheus: { server: false } });
    const { counter, histogram } = facade.instruments;
    return {
      record: (tenant) =>
        kind === 'counter'
          ? counter.add(1, { tenant, operation: 'read' })
          : histogram.record(0.5, { tenant, operation: 'read' }),
      serve: sdk.handler,
    };
  }
  if (name === 'stock OTel') {
    const exporter = new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
    const views = [{ instrumentName: '*', aggregationCardinalityLimit: 1_000_000 }];
    const meter = new StockMeterProvider({ views, readers: [exporter] }).getMeter('bench');
    const counter = meter.createCounter('requests_total');
    const histogram = meter.createHistogram('latency_seconds', { advice: { explicitBucketBoundaries: BUCKETS } });
    return {
      record: (tenant) =>
        kind === 'counter'
          ? counter.add(1, { tenant, operation: 'read' })
          : histogram.record(0.5, { tenant, operation: 'read' }),
      serve: (incoming, response) => exporter.getMetricsRequestHandler(incoming, response),
    };
  }
  const client = (await promClients()).find((each) => each.name === name)?.client;
  if (client === undefined) throw new Error(`unknown client ${name}`);
  const registry = new client.Registry();
  const options = { help: 'h', labelNames: ['tenant', 'operation'], registers: [registry] };
  const counter = kind === 'counter' ? new client.Counter({ ...options, name: 'requests_total' }) : undefined;
  const histogram =
    kind === 'histogram' ? new client.Histogram({ ...options, name: 'latency_seconds', buckets: BUCKETS }) : undefined;
  return {
    record: (tenant) => {
      counter?.inc({ tenant, operation: 'read' });
      histogram?.observe({ tenant, operation: 'read' }, 0.5);
    },
    // The fork returns the page, prom-client a promise of it.
    serve: (_, response) => void Promise.resolve(registry.metrics()).then((page) => response.end(page)),
  };
}

/**
 * Prints the bytes that one series holds through the documented API, after scrapes in every format that the client library
 * has. Each library has a process of its own.
 */
export async function benchMemory(): Promise<void> {
  const names = ['meterbridge', 'stock OTel', ...(await promClients()).map(({ name }) => name), MAP];
  const rows = new Map<string, Map<string, number>>();
  const measured = KINDS.flatMap((kind) => {
    const row = new Map(names.map((name) => [name, Number.NaN]));
    rows.set(kind === 'counter' ? 'counter, 2 labels' : 'histogram, 2 labels, 12 buckets', row);
    return names.map((name) => ({ name, kind, row }));
  });
  const measureNext = async (): Promise<void> => {
    for (let next = measured.shift(); next !== undefined; next = measured.shift()) {
      const { stdout } = await run(process.execPath, ['--expose-gc', __filename, next.name, next.kind]);
      next.row.set(next.name, Number(stdout.trim().split('\n').at(-1)));
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, measureNext));
  printTable(
    `Memory held by ${SERIES} series beyond the first ${SERIES}, after scrapes in all formats`,
    'bytes per series',
    rows,
  );
}

async function measureOne(name: string, kind: Kind): Promise<void> {
  const { record, serve } = await createContender(name, kind);
  const server = createServer((incoming, response) => serve(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  // The first series have V8 compile everything that further ones use: code is not counted as memory of series.
  for (let i = 0; i < SERIES; i++) record(`tenant-${i}`);
  const end = performance.now() + WARM_UP_MILLIS;
  for (let round = 0; round < WARM_UP && performance.now() < end; round++) {
    for (const headers of REQUESTS) await scrape(port, headers);
  }
  const before = await heldBytes();
  for (let i = SERIES; i < 2 * SERIES; i++) record(`tenant-${i}`);
  for (const headers of REQUESTS) await scrape(port, headers);
  console.log((((await heldBytes()) - before) / SERIES).toFixed(0));
  process.exit();
}

function scrape(port: number, headers: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', agent: false, headers }, (response) => {
      response.resume();
      response.on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
}

async function heldBytes(): Promise<number> {
  // A connection holds the page that was sent until it is closed.
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

if (require.main === module) void measureOne(process.argv[2] ?? '', process.argv[3] as Kind);
