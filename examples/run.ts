/**
 * Runs the example systems, each in its own process, and sends them traffic until they are stopped. Starts Prometheus too if
 * it is installed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { drive as driveAllSource } from './allsource/traffic';
import { drive as driveControlPlane } from './control-plane/traffic';
import { drive as driveHodei } from './hodei/traffic';
import { isPrometheusInstalled, printAlerts, startPrometheus, writeConfiguration } from './monitoring';
import { drive as driveOrchestrator } from './orchestrator/traffic';
import { drive as driveStreamProcessor } from './stream-processor/traffic';
import { drive as driveTicker } from './ticker/traffic';

interface Example {
  readonly system: string;
  /** The port of its metrics. The variable `<SYSTEM>_PORT` sets another one. */
  readonly port: number;
  readonly env?: (port: number) => Record<string, string>;
  readonly preload?: boolean;
  /** Whether the SDK's own server serves the metrics, which also has the dashboard. */
  readonly dashboard?: boolean;
  readonly drive: (api: string, signal: AbortSignal) => Promise<void>;
}

/** The line that an example prints when it is ready. */
interface Ready {
  readonly metrics: string;
  readonly api: string;
}

interface Running extends Ready {
  readonly system: string;
}

const EXAMPLES: readonly Example[] = [
  {
    system: 'ticker',
    port: 3001,
    preload: true,
    dashboard: true,
    env: (port) => ({
      METERBRIDGE_SYSTEMS: 'ticker',
      OTEL_SERVICE_NAME: 'ticker',
      OTEL_RESOURCE_ATTRIBUTES: 'service.version=0.1.0',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
      API_PORT: String(portOf('TICKER_API_PORT', 3000)),
    }),
    drive: driveTicker,
  },
  {
    system: 'stream-processor',
    port: 9090,
    dashboard: true,
    env: () => ({
      API_PORT: String(portOf('STREAM_PROCESSOR_API_PORT', 9094)),
      // So small that every layer of its state is used.
      STATE_OBJECTS: '8',
      STATE_TEXTS: '16',
    }),
    drive: driveStreamProcessor,
  },
  { system: 'hodei', port: 8080, drive: driveHodei },
  // The documented ports of the next two, 9090 and 8080, are those of the stream processor and of hodei.
  { system: 'orchestrator', port: 9092, drive: driveOrchestrator },
  { system: 'allsource', port: 8082, drive: driveAllSource },
  {
    system: 'control-plane',
    port: 8081,
    env: () => ({
      CORE_NODES: `core-1=http://127.0.0.1:${portOf('ALLSOURCE_PORT', 8082)}`,
      PROMETHEUS_URL: prometheusAddress === undefined ? '' : `http://${prometheusAddress}`,
    }),
    drive: driveControlPlane,
  },
];

const PROMETHEUS_PORT = 9091;
/** The folder of all data, which is kept between runs. */
const FOLDER = resolve(process.env.DATA_DIR ?? '.data');
/** Replaces the documented scrape and evaluation intervals. */
const { SCRAPE_INTERVAL } = process.env;

const prometheusAddress = isPrometheusInstalled()
  ? `127.0.0.1:${portOf('PROMETHEUS_PORT', PROMETHEUS_PORT)}`
  : undefined;

const children: ChildProcess[] = [];
const stop = new AbortController();

function portOf(variable: string, documented: number): number {
  const given = process.env[variable];
  if (given === undefined || given === '') return documented;
  const port = Number(given);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`invalid ${variable} ${JSON.stringify(given)}: expected a port from 0 to 65535`);
}

function variableOf(system: string): string {
  return `${system.toUpperCase().replaceAll('-', '_')}_PORT`;
}

/** Starts an example. Returns `undefined`, and prints why, if it ends before it is ready. */
async function start(example: Example): Promise<Running | undefined> {
  const { system, preload = false } = example;
  const port = portOf(variableOf(system), example.port);
  const program = join(__dirname, system, 'main.js');
  const child = spawn(process.execPath, [...(preload ? ['--require', 'meterbridge/register'] : []), program], {
    cwd: join(__dirname, '..', '..'),
    env: {
      ...process.env,
      PORT: String(port),
      DATA_DIR: join(FOLDER, system),
      // The dashboards show its alerts.
      METERBRIDGE_PROMETHEUS_URL: prometheusAddress === undefined ? '' : `http://${prometheusAddress}`,
      ...example.env?.(port),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"ready":true')) continue;
    child.stdout.resume();
    return { system, ...(JSON.parse(line) as Ready) };
  }
  console.error(
    `${system} ended before it was ready. If port ${port} is in use, set another one with ${variableOf(system)}`,
  );
  return undefined;
}

function printOverview(running: readonly Running[], configuration: string): void {
  const [first] = running;
  const prometheus = prometheusAddress === undefined ? undefined : `http://${prometheusAddress}`;
  console.log('\nServing documented metrics of systems under traffic:\n');
  for (const { system, metrics, api } of running) console.log(`  ${system.padEnd(18)}${metrics.padEnd(42)}api ${api}`);
  console.log(`\nPrometheus configuration: ${configuration}`);
  console.log(
    prometheus === undefined
      ? 'Prometheus is not installed; if it were, it would run here too, with all rules and alerts.'
      : `Prometheus:               ${prometheus}/graph, with rules and alerts; keeps 30 days`,
  );
  console.log(`Data:                     ${FOLDER}, kept for the next run`);
  for (const { system, metrics } of running) {
    const hasDashboard = EXAMPLES.some((example) => example.system === system && example.dashboard);
    if (hasDashboard) console.log(`Dashboard:                ${new URL('/dashboard', metrics)}`);
  }
  console.log('\nTry:');
  if (first !== undefined) console.log(`  curl -s ${first.metrics}`);
  if (prometheus !== undefined) {
    console.log(`  curl -s '${prometheus}/api/v1/query' --data-urlencode 'query=rate(http_requests_total[1m])'`);
    console.log('\nAlerts are printed here when they begin and end to fire.');
  }
  console.log('Press Ctrl-C to stop everything.\n');
}

async function stopAll(): Promise<void> {
  stop.abort();
  const ended = children
    .filter((child) => child.exitCode === null && child.signalCode === null)
    .map((child) => {
      child.kill('SIGTERM');
      return new Promise((resolve) => child.once('exit', resolve));
    });
  await Promise.all(ended);
}

async function main(): Promise<void> {
  const asked = process.argv.slice(2);
  const unknown = asked.filter((name) => !EXAMPLES.some(({ system }) => system === name));
  if (unknown.length > 0) {
    console.error(
      `invalid example ${unknown.join(', ')}: expected one of ${EXAMPLES.map(({ system }) => system).join(', ')}`,
    );
    process.exitCode = 2;
    return;
  }
  mkdirSync(FOLDER, { recursive: true });
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void stopAll().then(() => process.exit(0));
    });
  }
  const chosen = EXAMPLES.filter(({ system }) => asked.length === 0 || asked.includes(system));
  const running = (await Promise.all(chosen.map((example) => start(example)))).filter((each) => each !== undefined);
  if (stopping) return;
  if (running.length === 0) {
    await stopAll();
    process.exitCode = 1;
    return;
  }
  const targets = new Map(running.map(({ system, metrics }) => [system, metrics]));
  const configuration = writeConfiguration(FOLDER, targets, SCRAPE_INTERVAL);
  if (prometheusAddress !== undefined) {
    children.push(startPrometheus(configuration, FOLDER, prometheusAddress));
    printAlerts(`http://${prometheusAddress}`, stop.signal);
  }
  printOverview(running, configuration);
  for (const { system, api } of running) {
    const example = chosen.find((each) => each.system === system);
    void example?.drive(api, stop.signal).catch((error) => console.error(`${system} traffic failed: ${error}`));
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  for (const child of children) child.kill('SIGTERM');
  process.exitCode = 1;
});
