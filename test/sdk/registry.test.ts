import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diag, metrics } from '@opentelemetry/api';
import { ConfigurationError, type Sdk, start } from 'meterbridge';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listLogger } from '../diagnostics';
import { ROOT, run } from '../servers/processes';

const QUIET = { http: false, prometheus: { server: false, targetInfoEnabled: false } } as const;

let folder: string;
let sdk: Sdk | undefined;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'registry-')), 'shop');
  mkdirSync(join(folder, 'registry'), { recursive: true });
  writeFileSync(
    join(folder, 'registry/manifest.yaml'),
    'schema_url: https://example.com/schemas/shop/1.2.0\ndescription: The shop.\nstability: stable\n',
  );
  writeFileSync(join(folder, 'registry/metrics.yaml'), METRICS);
});
afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
  delete process.env.METERBRIDGE_REGISTRY;
  rmSync(folder, { recursive: true });
  diag.disable();
});

const METRICS = `file_format: definition/2
attributes:
  - key: result
    type: { members: [{ id: paid, value: paid, stability: stable }, { id: refused, value: refused, stability: stable }] }
    brief: The result
    stability: stable
metrics:
  - name: shop_orders_total
    instrument: counter
    unit: '{order}'
    brief: Orders
    stability: stable
    attributes: [{ ref: result }]
  - name: shop_wait_seconds
    instrument: histogram
    unit: s
    brief: Wait
    stability: stable
    annotations: { meterbridge: { buckets: [1, 60] } }
`;

/** Returns the samples of the shop. */
async function samples(): Promise<string[]> {
  const { body } = (await sdk?.scrape()) ?? { body: '' };
  return body.split('\n').filter((line) => line.startsWith('shop_'));
}

const ZERO = [
  'shop_orders_total{result="paid"} 0',
  'shop_orders_total{result="refused"} 0',
  'shop_wait_seconds_bucket{le="1"} 0',
  'shop_wait_seconds_bucket{le="60"} 0',
  'shop_wait_seconds_bucket{le="+Inf"} 0',
  'shop_wait_seconds_sum 0',
  'shop_wait_seconds_count 0',
];

describe('the option registry', () => {
  it.each([
    ['a folder', () => folder],
    ['a list of folders', () => [folder]],
  ])('serves the metrics of a registry from the start, given %s', async (_, registry) => {
    sdk = await start({ ...QUIET, registry: registry() });
    expect(await samples()).toEqual(ZERO);
  });

  it('serves what plain OpenTelemetry instruments of the documented names record, once', async () => {
    const logged: string[] = [];
    sdk = await start({ ...QUIET, registry: folder, logger: listLogger(logged) });
    const meter = metrics.getMeter('any-library');
    meter.createCounter('shop_orders_total').add(2, { result: 'paid' });
    meter.createHistogram('shop_wait_seconds').record(30);
    expect(await samples()).toEqual([
      'shop_orders_total{result="paid"} 2',
      'shop_orders_total{result="refused"} 0',
      'shop_wait_seconds_bucket{le="1"} 0',
      'shop_wait_seconds_bucket{le="60"} 1',
      'shop_wait_seconds_bucket{le="+Inf"} 1',
      'shop_wait_seconds_sum 30',
      'shop_wait_seconds_count 1',
    ]);
    expect(logged).toEqual([]);
  });

  it('gives an asynchronous metric no value of its own', async () => {
    const asynchronous = `  - name: shop_carts
    instrument: gauge
    unit: '{cart}'
    brief: Carts
    stability: stable
    annotations: { meterbridge: { asynchronous: true } }
`;
    writeFileSync(join(folder, 'registry/metrics.yaml'), METRICS + asynchronous);
    sdk = await start({ ...QUIET, registry: folder });
    expect(await samples()).toEqual(ZERO);
    metrics
      .getMeter('app')
      .createObservableGauge('shop_carts')
      .addCallback((result) => result.observe(2));
    expect(await samples()).toEqual(['shop_carts 2', ...ZERO]);
  });

  it('adds a registry to an SDK that is running', async () => {
    sdk = await start(QUIET);
    expect(await samples()).toEqual([]);
    await start({ registry: folder });
    expect(await samples()).toEqual(ZERO);
  });

  it('rejects with every issue of a registry, with its file and line', async () => {
    writeFileSync(
      join(folder, 'registry/metrics.yaml'),
      METRICS.replace('instrument: counter', 'instrument: tachometer'),
    );
    const error = await start({ ...QUIET, registry: [folder, join(folder, 'none')] }).catch((reason) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    const issues = (error as ConfigurationError).issues.map(({ path }) => path);
    expect(issues[0]).toContain('shop/registry/metrics.yaml:9:');
    expect(issues.some((path) => path.includes('none/registry/manifest.yaml'))).toBe(true);
  });

  it('rejects what is not a folder', async () => {
    for (const registry of [7, '', [''], {}]) {
      const error = await start({ ...QUIET, registry: registry as string }).catch((reason) => reason);
      expect((error as ConfigurationError).issues).toMatchObject([{ code: 'invalid_value', path: 'registry' }]);
    }
  });
});

describe('METERBRIDGE_REGISTRY', () => {
  it('is reported if the registry cannot be read, and the SDK starts without it', async () => {
    process.env.METERBRIDGE_REGISTRY = join(folder, 'none');
    const logged: string[] = [];
    sdk = await start({ ...QUIET, logger: listLogger(logged) });
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.every((line) => line.startsWith('meterbridge configuration: ') && line.includes('none'))).toBe(true);
    expect(await samples()).toEqual([]);
  });

  it('serves documented names in a preloaded app that uses the OpenTelemetry API alone', async () => {
    const app = `const { metrics } = require('@opentelemetry/api');
metrics.getMeter('app').createCounter('shop_orders_total').add(3, { result: 'refused' });`;
    const child = run(process.execPath, ['--require', join(ROOT, 'dist/register.js'), '--eval', app], {
      cwd: ROOT,
      env: { ...process.env, METERBRIDGE_REGISTRY: folder, OTEL_METRICS_EXPORTER: 'console' },
    });
    expect([(await child.ended).code, child.stderr()]).toEqual([0, '']);
    expect(child.stdout()).toMatch(/name: 'shop_orders_total'[\s\S]*result: 'refused'[\s\S]*value: 3/);
  });
});

describe('the option prometheus.defaultLabels', () => {
  it('adds labels to every series but target_info, unless the series has them', async () => {
    const defaultLabels = { region: 'eu', result: 'none' };
    sdk = await start({ http: false, registry: folder, prometheus: { server: false, defaultLabels } });
    metrics.getMeter('other').createCounter('shop_other').add(1);
    const { body } = await sdk.scrape();
    expect(body).toContain('\nshop_orders_total{result="paid",region="eu"} 0\n');
    expect(body).toContain('\nshop_wait_seconds_count{region="eu",result="none"} 0\n');
    expect(body).toMatch(/\nshop_other_total\{[^}]*region="eu",result="none"[^}]*\} 1\n/);
    expect(body).toMatch(/\ntarget_info\{(?![^}]*region)[^}]*\} 1\n/);
  });

  it.each([{ le: '1' }, { __name__: 'x' }, { 'a-b': 'x' }, { region: 1 }, ['a'], 'region=eu'])(
    'rejects %j',
    async (defaultLabels) => {
      const options = { ...QUIET, prometheus: { server: false, defaultLabels: defaultLabels as never } };
      const error = await start(options).catch((reason) => reason);
      expect((error as ConfigurationError).issues).toMatchObject([
        { code: 'invalid_value', path: 'prometheus.defaultLabels' },
      ]);
    },
  );
});
