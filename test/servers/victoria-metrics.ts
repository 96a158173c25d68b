import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, canRun, freePort, programPath, ROOT, run, until } from './processes';

const INSTALL = 'run .ci/victoria-metrics, which unpacks it from Debian';
const program = programPath('victoria-metrics', join(ROOT, '.cache/victoria-metrics/usr/bin'));

export const hasVictoriaMetrics = canRun(program, 'victoria-metrics', INSTALL);

/** A real OTLP backend on the loopback, which keeps names and attributes as they are sent. */
export class VictoriaMetrics {
  private constructor(
    readonly url: string,
    private readonly child: Child,
    private readonly folder: string,
  ) {}

  static async start(): Promise<VictoriaMetrics> {
    if (program === undefined) throw new Error(`victoria-metrics is missing: ${INSTALL}`);
    const folder = mkdtempSync(join(tmpdir(), 'victoria-metrics-'));
    const port = await freePort();
    const child = run(program, [
      `-storageDataPath=${join(folder, 'data')}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-search.latencyOffset=0s',
    ]);
    const server = new VictoriaMetrics(`http://127.0.0.1:${port}`, child, folder);
    await until(async () => ((await fetch(`${server.url}/health`)).ok ? true : undefined));
    return server;
  }

  /** For `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`. */
  get otlpEndpoint(): string {
    return `${this.url}/opentelemetry/v1/metrics`;
  }

  /** What the backend has logged. */
  log(): string {
    return this.child.stderr();
  }

  async query(expression: string): Promise<readonly { metric: Record<string, string>; value: [number, string] }[]> {
    // What was pushed is not visible at once; a flush makes it so within a second.
    await fetch(`${this.url}/internal/force_flush`);
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await response.json()) as {
      data: { result: { metric: Record<string, string>; value: [number, string] }[] };
    };
    return data.result;
  }

  async stop(): Promise<void> {
    await this.child.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
