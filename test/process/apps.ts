import { join } from 'node:path';
import { type Child, freePort, ROOT, run, until } from '../servers/processes';

/** How an app is preloaded. */
export type Preload = readonly string[];

const app = (name: string) => join(ROOT, 'test/process/apps', name);

export interface RunningApp extends Child {
  /** The port of the app's own server. */
  readonly port: number;
  readonly metricsUrl: string;
}

/** The line in which a preload says where metrics are served. */
export const LISTENING = /^meterbridge listening: .*\n/m;

/** Runs an app of `apps/` with the given Node.js flags and environment. Its `stderr` is without {@link LISTENING}. */
export function runApp(name: string, flags: Preload, env: NodeJS.ProcessEnv): Child {
  const child = run(process.execPath, [...flags, app(name)], { env: { ...plainEnvironment(), ...env } });
  return { ...child, stderr: () => child.stderr().replace(LISTENING, '') };
}

/** Runs an app that serves, with the Prometheus endpoint on a port of its own, until both answer. */
export async function serveApp(name: string, flags: Preload, env: NodeJS.ProcessEnv = {}): Promise<RunningApp> {
  const metricsPort = await freePort();
  const child = runApp(name, flags, {
    METERBRIDGE_SYSTEMS: 'hodei',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort),
    ...env,
  });
  const port = await until(() => {
    const line = /\{"port":\d+\}/.exec(child.stdout());
    if (line === null && child.process.exitCode !== null) throw new Error(`the app ended: ${child.stderr()}`);
    return line === null ? undefined : (JSON.parse(line[0]) as { port: number }).port;
  });
  return { ...child, port, metricsUrl: `http://localhost:${metricsPort}/api/v1/metrics` };
}

/** The page of metrics as text. */
export async function pageOf(url: string): Promise<string> {
  const response = await fetch(url);
  return response.text();
}

/** The value of a series on a page, or nothing where it is not there. */
export function sampleOf(page: string, series: string): number | undefined {
  const line = page.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** The environment without anything that configures OpenTelemetry. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(OTEL|METERBRIDGE)_/.test(name)));
}
