import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, canRun, freePort, programPath, ROOT, run, until } from './processes';

const INSTALL = 'run .ci/victoria-metrics, which unpacks it from Debian';
const program = programPath('victoria-metrics', join(ROOT, '.cache/victoria-metrics/usr/bin'));

export const hasVictoriaMetrics = canRun(program, 'victoria-metrics', INSTALL);

/** A sample of a query's result: its labels, and its time and value. */
export interface QuerySample {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
}

/** A real OTLP backend on the loopback. It stores names and attributes as they are sent, and drops delta sums. */
export class VictoriaMetrics {
  private constructor(
    readonly url: string,
    private readonly child: Child,
    private readonly folder: string,
  ) {}

  /** @param port a free port by default */
  static async start(port?: number): Promise<VictoriaMetrics> {
    if (program === undefined) throw new Error(`victoria-metrics is missing: ${INSTALL}`);
    const folder = mkdtempSync(join(tmpdir(), 'victoria-metrics-'));
    const address = `127.0.0.1:${port ?? (await freePort())}`;
    const child = run(program, [
      `-storageDataPath=${join(folder, 'data')}`,
      `-httpListenAddr=${address}`,
      '-search.latencyOffset=0s',
    ]);
    const server = new VictoriaMetrics(`http://${address}`, child, folder);
    await until(async () => ((await fetch(`${server.url}/health`)).ok ? true : undefined));
    return server;
  }

  /** For `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`. */
  get otlpEndpoint(): string {
    return endpointAt(this.url);
  }

  /** What the backend has logged. */
  log(): string {
    return this.child.stderr();
  }

  /** Returns the result of an instant query. */
  async query(expression: string): Promise<readonly QuerySample[]> {
    // A sample becomes visible some time after it was pushed, sooner after a flush.
    await fetch(`${this.url}/internal/force_flush`);
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await response.json()) as { data: { result: QuerySample[] } };
    return data.result;
  }

  /** Returns the result of an instant query as soon as it is not empty. */
  queryUntilFound(expression: string): Promise<readonly QuerySample[]> {
    return until(async () => {
      const result = await this.query(expression);
      return result.length > 0 ? result : undefined;
    });
  }

  async stop(): Promise<void> {
    await this.child.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Returns the OTLP endpoint of a VictoriaMetrics at a base URL, whether or not it runs yet. */
export function endpointAt(url: string): string {
  return `${url}/opentelemetry/v1/metrics`;
}
