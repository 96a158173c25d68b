import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sdk, start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { Counter, Gauge, Histogram, Registry as PromRegistry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CheckOptions, findDifferences } from '../../src/cli/check/compare';
import { readPageFamilies } from '../../src/cli/check/page-families';
import { type Finding, FindingsError } from '../../src/cli/finding';
import { readRegistry } from '../../src/registry/read-registry';
import { ROOT, run, until } from '../servers/processes';
import { hasPrometheus, PrometheusServer } from '../servers/prometheus';
import { meterbridge } from './command-line';

const SHOP = 'test/cli/shop';

async function findings(...args: string[]): Promise<{ code: number | null; found: Finding[] }> {
  const { code, stdout, stderr } = await meterbridge(ROOT, 'check', ...args, '--json');
  if (stdout === '') throw new Error(stderr);
  return { code, found: (JSON.parse(stdout) as { findings: Finding[] }).findings };
}

/** Compares a page with the registry of the shop, as the command does. */
function compare(text: string, options: CheckOptions = {}, contentType = 'text/plain'): Finding[] {
  const families = readPageFamilies({ source: 'page', text, contentType });
  return findDifferences(readRegistry(SHOP).metrics, families, options);
}

const describeShort = ({ code, severity, line, column }: Finding) => `${severity} ${code} ${line}:${column}`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'check-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function page(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const HOLDS = `# HELP shop_orders_total Customers' orders.
# TYPE shop_orders_total counter
shop_orders_total{result="paid",country="fr"} 1
shop_orders_total{country="",result="2nd try"} 1
# HELP shop_wait_seconds Time until an order is packed
# TYPE shop_wait_seconds histogram
shop_wait_seconds_bucket{le="1"} 0
shop_wait_seconds_bucket{le="60.0"} 0
shop_wait_seconds_bucket{le="3600"} 0
shop_wait_seconds_bucket{le="+Inf"} 0
shop_wait_seconds_sum 0
shop_wait_seconds_count 0
# HELP shop_2nd_floor_lamps Lamps that are on.
# TYPE shop_2nd_floor_lamps gauge
shop_2nd_floor_lamps 3
# TYPE target_info gauge
target_info{service_name="shop"} 1
`;

describe('meterbridge check of a saved page', () => {
  it('exits with 0 when the page holds what the registry defines', async () => {
    const complete = page('holds.txt', HOLDS.replace('country=""', 'country="de"'));
    const { code, stdout } = await meterbridge(ROOT, 'check', complete, SHOP);
    expect([code, stdout]).toEqual([0, `${complete} serves what the registry defines (3 metrics)\n`]);
  });

  it('reports each difference at its place in the page', () => {
    const found = compare(`# HELP shop_orders_total Orders
# TYPE shop_orders_total gauge
shop_orders_total{result="payed",country="fr"} 1
shop_orders_total{result="paid",land="fr",country=""} 1
shop_orders_total{otel_metric_overflow="true"} 1
# HELP shop_wait_seconds Time until an order is packed
# TYPE shop_wait_seconds histogram
shop_wait_seconds_bucket{le="0.5"} 0
shop_wait_seconds_bucket{le="+Inf"} 0
shop_wait_seconds_sum 0
shop_wait_seconds_count 0
shop_2nd_flor_lamps 3
`);
    expect(found.map(describeShort)).toEqual([
      'error wrong_type 1:1',
      'error wrong_help 1:1',
      'error unexpected_value 3:19',
      'error missing_label 4:1',
      'error unexpected_label 4:33',
      'note overflow 5:1',
      'error wrong_buckets 8:1',
      'note missing_family 38:11',
      'error unexpected_family 12:1',
    ]);
    const find = (code: string) => found.find((each) => each.code === code);
    expect(find('unexpected_value')).toMatchObject({ received: 'payed', suggestion: 'did you mean paid?' });
    expect(find('wrong_buckets')).toMatchObject({ expected: '1, 60, 3600', received: '0.5' });
    expect(find('missing_family')).toMatchObject({
      file: `${SHOP}/registry/metrics.yaml`,
      suggestion: expect.stringContaining('shop_2nd_flor_lamps'),
    });
    expect(find('unexpected_family')?.suggestion).toContain('shop_2nd_floor_lamps');
  });

  it('prints the two sides of a difference below its finding', async () => {
    const retyped = page('retyped.txt', HOLDS.replace('lamps gauge', 'lamps counter'));
    const { code, stdout } = await meterbridge(ROOT, 'check', retyped, SHOP, '--ignore', 'shop_orders_total');
    expect(code).toBe(1);
    expect(stdout).toContain(
      `${retyped}:13:1: error [wrong_type] shop_2nd_floor_lamps: the type differs\n    - gauge\n    + counter\n`,
    );
  });

  it('accepts the families and labels of its options', () => {
    const text = `${HOLDS.replace('country=""', 'country="de",app="x"')}worker_heap 1\nnodejs_heap 1\nextra{a="b"} 1\n`;
    expect(compare(text).map(({ code }) => code)).toEqual([
      'unexpected_label',
      'unexpected_family',
      'unexpected_family',
    ]);
    expect(compare(text, { ignore: ['worker_*', 'extra'], ignoreLabel: ['app'] })).toEqual([]);
    expect(compare(text, { allowExtra: true, ignoreLabel: ['app'] })).toEqual([]);
  });

  it('treats a family that may have no series as missing only when all are required', () => {
    const severities = (requireAll: boolean) =>
      Object.fromEntries(compare('', { requireAll }).map(({ message, severity }) => [message.split(' ')[0], severity]));
    // The first has an open label, the last is not initialized.
    const fresh = { shop_orders_total: 'note', shop_wait_seconds: 'error', shop_2nd_floor_lamps: 'note' };
    expect(severities(false)).toEqual(fresh);
    expect(new Set(Object.values(severities(true)))).toEqual(new Set(['error']));
  });

  it('compares metadata of a family without samples', () => {
    const text = '# HELP shop_orders_total Orders \\\\ \\n!\n# TYPE shop_orders_total counter\n';
    const found = compare(text, { ignore: ['shop_wait_seconds', 'shop_2nd_floor_lamps'] });
    expect(found).toMatchObject([{ code: 'wrong_help', received: 'Orders \\ \n!', line: 1 }]);
  });

  it('reports the place where a page cannot be parsed', () => {
    expect(() => compare('a 1\nb{ 2\n')).toThrow(FindingsError);
    try {
      compare('a 1\nb{ 2\n');
    } catch (error) {
      expect((error as FindingsError).findings).toMatchObject([{ code: 'invalid_exposition', line: 2, column: 4 }]);
    }
  });

  it('reads OpenMetrics, with its counters and units', () => {
    const text = `# TYPE shop_orders counter
# HELP shop_orders Customers' orders.
shop_orders_total{result="paid",country="fr"} 1.0
shop_orders_created{result="paid",country="fr"} 1.0
# TYPE shop_wait_seconds histogram
# UNIT shop_wait_seconds seconds
# HELP shop_wait_seconds Time until an order is packed
shop_wait_seconds_bucket{le="1.0"} 0
shop_wait_seconds_bucket{le="60.0"} 0
shop_wait_seconds_bucket{le="3600.0"} 0
shop_wait_seconds_bucket{le="+Inf"} 0
shop_wait_seconds_sum 0.0
shop_wait_seconds_count 0
# TYPE shop_2nd_floor_lamps gauge
# HELP shop_2nd_floor_lamps Lamps that are on.
shop_2nd_floor_lamps 3.0
# EOF
`;
    expect(compare(text, {}, 'application/openmetrics-text')).toEqual([]);
    const other = text.replaceAll('_seconds', '_minutes').replaceAll(' seconds', ' minutes');
    expect(compare(other, {}, 'application/openmetrics-text').map(({ code }) => code)).toEqual([
      'missing_family',
      'unexpected_family',
    ]);
  });

  it.each([
    ['a source that does not exist', ['nowhere.txt', SHOP]],
    ['--watch with JSON', ['README.md', SHOP, '--watch']],
  ])('exits with 2 for %s', async (_, args) => {
    expect((await meterbridge(ROOT, 'check', ...args, '--json')).code).toBe(2);
  });
});

describe('meterbridge check of an endpoint', () => {
  let sdk: Sdk;
  let url: string;
  beforeAll(async () => {
    sdk = await start({ systems: [hodei], prometheus: { host: '127.0.0.1', port: 0 } });
    url = sdk.urls[0] ?? '';
    hodei.recordJobScheduled('tenant-1');
  });
  afterAll(() => sdk.shutdown());

  // The requests of this process to the endpoint are measured too.
  const OWN = ['--ignore', 'http_client_*'];

  it.each([[[]], [['--openmetrics']]])('holds for our exporter with the options %j', async (options) => {
    const { code, found } = await findings(url, 'semconv/hodei', ...options, ...OWN);
    expect(found.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(code).toBe(0);
  });

  it.skipIf(!hasPrometheus)(
    'compares what a Prometheus server holds of a job',
    async () => {
      const target = new URL(url);
      const prometheus = await PrometheusServer.start([
        { job: 'hodei', target: target.host, path: target.pathname },
        { job: 'prometheus', target: 'localhost:1', path: '/' },
      ]);
      try {
        await until(async () => ((await prometheus.query('hodei_workers_total')).length > 0 ? true : undefined));
        const held = await findings(prometheus.url, 'semconv/hodei', '--job', 'hodei', ...OWN);
        expect(held.found.filter(({ severity }) => severity !== 'note')).toEqual([]);
        expect(held.code).toBe(0);
        const other = await findings(prometheus.url, 'semconv/hodei', SHOP, '--job', 'hodei', ...OWN);
        expect(other.found.filter(({ severity }) => severity === 'error')).toMatchObject([
          { code: 'missing_family', file: `${SHOP}/registry/metrics.yaml` },
        ]);
        const unknown = await meterbridge(ROOT, 'check', prometheus.url, SHOP, '--job', 'nonsense');
        expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('its jobs: hodei')]);
      } finally {
        await prometheus.stop();
      }
    },
    25_000,
  );
});

describe('meterbridge check of a program that uses prom-client', () => {
  const register = new PromRegistry();
  let server: Server;
  let url: string;
  let allowed = '';
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      if (request.headers.authorization !== allowed && allowed !== '') {
        response.writeHead(401).end();
        return;
      }
      response.setHeader('content-type', register.contentType).end(await register.metrics());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
    new Counter({
      name: 'shop_orders_total',
      help: "Customers' orders.",
      labelNames: ['result', 'country'],
      registers: [register],
    });
    new Histogram({
      name: 'shop_wait_seconds',
      help: 'Time until an order is packed',
      buckets: [1, 60, 3600],
      registers: [register],
    });
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('holds for its page, and sends the given headers', async () => {
    allowed = 'Bearer secret';
    const refused = await meterbridge(ROOT, 'check', url, SHOP);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('status 401')]);
    const { code } = await findings(url, SHOP, '--header', 'Authorization: Bearer secret');
    expect(code).toBe(0);
    allowed = '';
  });

  it('prints each change while it watches, and ends with the last result when it is interrupted', async () => {
    const child = run(process.execPath, [
      join(ROOT, 'dist/cli/main.js'),
      ...['check', url, join(ROOT, SHOP), '--watch', '--interval', '0.05'],
    ]);
    await until(() => (child.stdout().includes('1 note') ? true : undefined));
    new Gauge({ name: 'shop_lamps', help: 'Lamps', registers: [register] });
    await until(() => (child.stdout().includes('[unexpected_family] shop_lamps') ? true : undefined));
    register.removeSingleMetric('shop_lamps');
    await until(() => (child.stdout().match(/^1 note\n/gm)?.length === 2 ? true : undefined));
    expect(await child.stop('SIGINT')).toEqual({ code: 0, signal: null });
  });
});
