import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { median } from './measure';

const ROUNDS = 9;
const ROOT = join(__dirname, '..', '..');
const REGISTER = join(ROOT, 'dist/register.js');

const STOCK = `
const { metrics } = require('@opentelemetry/api');
const { MeterProvider } = require('@opentelemetry/sdk-metrics');
const { PrometheusExporter } = require('@opentelemetry/exporter-prometheus');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new PrometheusExporter({ port: 0 })] }));
new HttpInstrumentation();
`;
const PROM = `
const client = require('prom-client');
client.collectDefaultMetrics();
`;
/** A process that ends as soon as its server listens. */
const APP = "require('http').createServer().listen(0, '127.0.0.1', () => process.kill(process.pid, 'SIGKILL'));";

const PRELOADS: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'nothing', args: ['-e', APP] },
  { name: 'prom-client with default metrics', args: ['-e', PROM + APP] },
  { name: 'stock SDK, exporter and HTTP instrumentation', args: ['-e', STOCK + APP] },
  { name: '--require meterbridge/register', args: ['--require', REGISTER, '-e', APP] },
];

function millis(args: readonly string[]): Promise<number> {
  const start = performance.now();
  const env = { ...process.env, METERBRIDGE_SYSTEMS: 'hodei', OTEL_EXPORTER_PROMETHEUS_PORT: '0' };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: 'ignore' });
  return new Promise((resolve) => child.once('exit', () => resolve(performance.now() - start)));
}

/** Measures processes from their start to a listening server. */
export async function benchStartUp(): Promise<void> {
  const samples = new Map(PRELOADS.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { name, args } of PRELOADS) {
      const took = await millis(args);
      if (round > 0) samples.get(name)?.push(took);
    }
  }
  console.log('\n### From the start of the process to a listening server (ms)\n\n| preloaded | median |\n|---|---:|');
  for (const [name, values] of samples) console.log(`| ${name} | ${median(values).toFixed(0)} |`);
}
