import { join } from 'node:path';
import { LISTENING, plainEnvironment, sampleOf } from '../process/apps';
import { type Child, freePort, ROOT, run, until } from '../servers/processes';

/** What an app of `apps/` prints, one object a line. */
export interface AppEvent {
  readonly started?: number;
  readonly listening?: number;
  readonly ended?: number;
  readonly signal?: string | null;
  readonly port?: number;
}

/** An app of several processes, with its endpoint. */
export class Program {
  private constructor(
    readonly child: Child,
    private readonly metricsPort: number,
  ) {}

  /** Runs an app of `apps/`. */
  static async start(name: string, env: NodeJS.ProcessEnv = {}, flags = ['--require', 'meterbridge/register']) {
    const port = await freePort();
    const child = run(process.execPath, [...flags, join(ROOT, 'test/processes/apps', name)], {
      env: { ...plainEnvironment(), OTEL_EXPORTER_PROMETHEUS_PORT: String(port), ...env },
    });
    return new Program({ ...child, stderr: () => child.stderr().replace(LISTENING, '') }, port);
  }

  get metricsUrl(): string {
    return `http://127.0.0.1:${this.metricsPort}/metrics`;
  }

  /** Everything that the app has printed so far. */
  events(): AppEvent[] {
    const lines = this.child.stdout().split('\n').slice(0, -1);
    return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as AppEvent);
  }

  /** Returns the port of the app itself when all workers listen. */
  port(): Promise<number> {
    return until(() => {
      if (this.child.process.exitCode !== null) throw new Error(this.child.stderr());
      return this.events().find(({ port }) => port !== undefined)?.port;
    });
  }

  /** The processes that have started to listen, in this order. */
  listening(): number[] {
    return this.events().flatMap(({ listening }) => listening ?? []);
  }

  /** Waits until a process is reported as ended. */
  async ended(pid: number): Promise<void> {
    await until(() => (this.events().some(({ ended }) => ended === pid) ? true : undefined));
  }

  /** Waits until a number of processes have started to listen. */
  async listeningCount(count: number): Promise<void> {
    await until(() => (this.listening().length >= count ? true : undefined));
  }

  async page(): Promise<string> {
    const response = await fetch(this.metricsUrl);
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return response.text();
  }

  /** Waits until the page has a value of a series. Returns the page. */
  pageWith(series: string, value: number): Promise<string> {
    return until(async () => {
      const page = await this.page();
      return sampleOf(page, series) === value ? page : undefined;
    });
  }

  /** Returns the value of a series, when there is one. */
  sample(series: string): Promise<number> {
    return until(async () => sampleOf(await this.page(), series));
  }

  async stop(): Promise<void> {
    await this.child.stop('SIGKILL');
    // Workers that are left end when they notice it, or not at all if they hang.
    for (const pid of new Set(this.events().flatMap(({ started }) => started ?? []))) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {}
    }
  }
}

/** Sends requests until it is stopped, and counts those that were answered by each process. */
export class Load {
  /** The number of answers by process id. */
  readonly answers = new Map<number, number>();
  /** When each process answered, in milliseconds. */
  readonly times = new Map<number, number[]>();
  private isStopped = false;
  private readonly clients: Promise<void>[];

  constructor(url: string, concurrency = 4) {
    this.clients = Array.from({ length: concurrency }, () => this.send(url));
  }

  get total(): number {
    return [...this.answers.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Waits until a number of further requests were answered. */
  async answered(count: number): Promise<void> {
    const before = this.total;
    await until(() => (this.total >= before + count ? true : undefined));
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.all(this.clients);
  }

  private async send(url: string): Promise<void> {
    while (!this.isStopped) {
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
        const pid = Number(await response.text());
        this.answers.set(pid, (this.answers.get(pid) ?? 0) + 1);
        const times = this.times.get(pid) ?? [];
        this.times.set(pid, times);
        times.push(Date.now());
      } catch {
        // The process was killed while it answered.
      }
    }
  }
}
