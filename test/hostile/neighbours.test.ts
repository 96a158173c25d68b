import { context, metrics, ROOT_CONTEXT } from '@opentelemetry/api';
import { MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics';
import { start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { afterEach, describe, expect, it } from 'vitest';
import { ManualReader } from '../instruments/manual-reader';
import { LISTENING, plainEnvironment } from '../process/apps';
import { OtlpBackend } from '../servers/otlp-backend';
import { ROOT, run } from '../servers/processes';

const QUIET = { http: false, prometheus: { server: false } } as const;
const SCHEDULED = 'hodei_jobs_scheduled_total';

afterEach(() => {
  metrics.disable();
  context.disable();
});

/** Runs a program that may await and use `require`. Returns its output if it ends without an error. */
async function evaluate(program: string, flags: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const source = `(async () => { ${program} })();`;
  const child = run(process.execPath, [...flags, '-e', source], { env: { ...plainEnvironment(), ...env } });
  expect(await child.ended, child.stderr()).toEqual({ code: 0, signal: null });
  expect(child.stderr().replace(LISTENING, '')).toBe('');
  return child.stdout();
}

describe('next to another MeterProvider', () => {
  it('a start after it serves facades, records other instruments on both, and gives the slot back', async () => {
    const reader = new ManualReader();
    const provider = new StockMeterProvider({ readers: [reader] });
    metrics.setGlobalMeterProvider(provider);
    const sdk = await start({ ...QUIET, logger: { ...console, verbose() {}, warn() {} }, systems: [hodei] });
    hodei.recordJobScheduled('a');
    metrics.getMeter('app').createCounter('own').add(1);
    const collected = await reader.metrics();
    expect(collected.has(SCHEDULED)).toBe(false);
    expect(collected.get('own')?.dataPoints.map(({ value }) => value)).toEqual([1]);
    const page = (await sdk.scrape()).body;
    expect(page).toContain(`${SCHEDULED}{tenant_id="a"} 1\n`);
    expect(page).toMatch(/^own_total\{.*\} 1$/m);
    await sdk.shutdown();
    expect(metrics.getMeterProvider()).toBe(provider);
    await provider.shutdown();
  });

  it('a start before it keeps recording until it is shut down, and then leaves the slot to it', async () => {
    const sdk = await start({ ...QUIET, systems: [hodei] });
    const reader = new ManualReader();
    const stock = new StockMeterProvider({ readers: [reader] });
    expect(metrics.setGlobalMeterProvider(stock)).toBe(false);
    hodei.recordJobScheduled('a');
    expect((await sdk.scrape()).body).toContain(`${SCHEDULED}{tenant_id="a"} 1\n`);
    await sdk.shutdown();
    expect(metrics.setGlobalMeterProvider(stock)).toBe(true);
    hodei.recordJobScheduled('b');
    const points = (await reader.metrics()).get(SCHEDULED)?.dataPoints ?? [];
    expect(points.map(({ attributes, value }) => [attributes.tenant_id, value])).toEqual([['b', 1]]);
    await stock.shutdown();
  });

  it('stock providers, readers and exporters of the app work next to it', async () => {
    const output = await evaluate(`
      const { start } = require('meterbridge');
      const { MeterProvider, PeriodicExportingMetricReader, InMemoryMetricExporter, AggregationTemporality } = require('@opentelemetry/sdk-metrics');
      const { PrometheusExporter } = require('@opentelemetry/exporter-prometheus');
      const sdk = await start({ http: false, prometheus: { port: 0, host: '127.0.0.1' } });
      const memory = new InMemoryMetricExporter(AggregationTemporality.DELTA);
      const periodic = new PeriodicExportingMetricReader({ exporter: memory, exportIntervalMillis: 60000 });
      const prometheus = new PrometheusExporter({ preventServerStart: true });
      const own = new MeterProvider({ readers: [periodic, prometheus] });
      own.getMeter('own').createCounter('mine').add(5);
      require('@opentelemetry/api').metrics.getMeter('app').createCounter('yours').add(7);
      await own.forceFlush();
      const [{ scopeMetrics }] = memory.getMetrics();
      const page = (await sdk.scrape()).body;
      console.log(scopeMetrics[0].metrics[0].dataPoints[0].value, /^yours_total.* 7$/m.test(page), page.includes('mine'));
      await own.shutdown();
      await sdk.shutdown();`);
    expect(output).toBe('5 true false\n');
  });
});

describe('a context manager of the app that throws', () => {
  it.each(['trace_based', 'always_on'] as const)('costs no measurement with %s', async (exemplarFilter) => {
    const sdk = await start({ ...QUIET, systems: [hodei], exemplarFilter });
    let isBroken = false;
    const act = () => {
      if (isBroken) throw new Error('of the context manager');
      return ROOT_CONTEXT;
    };
    const manager = {
      active: act,
      with: (_context: unknown, run: () => unknown) => {
        act();
        return run();
      },
      bind: (_context: unknown, target: unknown) => target,
      enable: () => manager,
      disable: () => manager,
    };
    context.setGlobalContextManager(manager as never);
    metrics
      .getMeter('app')
      .createObservableGauge('observed')
      .addCallback((result) => result.observe(1));
    for (isBroken of [false, true]) {
      hodei.recordJobScheduled('a');
      hodei.recordSchedulingLatency(0.1);
      metrics.getMeter('app').createCounter('c').add(1, { broken: isBroken });
      const { body } = await sdk.scrape();
      expect(body).toContain(`${SCHEDULED}{tenant_id="a"} ${isBroken ? 2 : 1}\n`);
      expect(body).toMatch(/^observed\{.*\} 1$/m);
    }
    await sdk.shutdown();
  });
});

describe('a program that changes the language', () => {
  it('by enumerable members of built-in prototypes loses and gains no label', async () => {
    const output = await evaluate(`
      Object.prototype.polluted = 'yes';
      Array.prototype.extra = function () {};
      const { start } = require('meterbridge');
      const { hodei } = require('meterbridge/systems/hodei');
      const sdk = await start({ systems: [hodei], http: false, prometheus: { server: false, selfMetrics: false } });
      hodei.recordJobScheduled('a');
      const counter = require('@opentelemetry/api').metrics.getMeter('app').createCounter('own');
      for (let i = 0; i < 2; i++) counter.add(1, { a: ['x'] });
      const { body } = await sdk.scrape();
      console.log(body.split('\\n').filter((line) => /^(own|${SCHEDULED})/.test(line)).join('\\n'));
      console.log(body.includes('polluted'));
      await sdk.shutdown();`);
    expect(output).toBe(`${SCHEDULED}{tenant_id="a"} 1\nown_total{a="[\\"x\\"]",otel_scope_name="app"} 2\nfalse\n`);
  });

  it.each([['--disable-proto=throw'], ['--disable-proto=delete'], ['--no-opt'], ['--throw-deprecation']])(
    'by the flag %s is served and exported as any other',
    async (flag) => {
      const backend = await OtlpBackend.start();
      try {
        const output = await evaluate(
          `const { hodei } = require('meterbridge/systems/hodei'); hodei.recordJobScheduled('a'); console.log('done');`,
          [flag, '--require', `${ROOT}/dist/register.js`],
          {
            ...backend.environment,
            OTEL_METRICS_EXPORTER: 'prometheus,otlp',
            OTEL_EXPORTER_PROMETHEUS_PORT: '0',
            METERBRIDGE_SYSTEMS: 'hodei',
          },
        );
        expect(output).toBe('done\n');
        expect(backend.lastValue(SCHEDULED, { tenant_id: 'a' })).toBe(1);
      } finally {
        await backend.stop();
      }
    },
  );
});

describe('modules that are evaluated again', () => {
  it('have facades that record to the running SDK, and to the one after it', async () => {
    const output = await evaluate(`
      const load = () => {
        for (const file of Object.keys(require.cache)) if (!file.includes('@opentelemetry')) delete require.cache[file];
        return { start: require('meterbridge').start, hodei: require('meterbridge/systems/hodei').hodei };
      };
      const quiet = { http: false, prometheus: { server: false } };
      const copies = [load(), load(), load()];
      for (const { start } of copies) {
        const sdk = await start({ ...quiet, systems: [copies[0].hodei] });
        for (const { hodei } of copies) hodei.recordJobScheduled('a');
        console.log(/^${SCHEDULED}.*$/m.exec((await sdk.scrape()).body)[0]);
        await sdk.shutdown();
      }`);
    expect(output).toBe(`${SCHEDULED}{tenant_id="a"} 3\n`.repeat(3));
  });
});
