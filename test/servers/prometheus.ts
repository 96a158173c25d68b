import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, canRun, freePort, programPath, run, until } from './processes';

const INSTALL = 'install the Debian package prometheus';
const prometheus = programPath('prometheus');
const promtool = programPath('promtool');

export const hasPrometheus = canRun(prometheus, 'prometheus', INSTALL);
export const hasPromtool = canRun(promtool, 'promtool', INSTALL);

/** One series of an instant query's answer. */
export interface QueriedSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

export interface ScrapeTarget {
  readonly job: string;
  readonly target: string;
  readonly path: string;
  /** Further lines of the job's configuration, indented by four spaces. */
  readonly config?: string;
}

export interface LaunchOptions {
  /** The path of the program. The installed one by default. */
  readonly program?: string;
  /** The user that the server runs as, if this process runs as root. */
  readonly uid?: number;
}

/** The HTTP API of a Prometheus server. */
export class PrometheusApi {
  constructor(readonly url: string) {}

  async get<T>(path: string): Promise<T> {
    const response = await fetch(this.url + path);
    const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }

  async query(expression: string): Promise<readonly QueriedSeries[]> {
    const { result } = await this.get<{ result: readonly QueriedSeries[] }>(
      `/api/v1/query?query=${encodeURIComponent(expression)}`,
    );
    return result;
  }

  /** The type and help under which each family was scraped. */
  metadata(): Promise<Record<string, readonly { type: string; help: string }[]>> {
    return this.get('/api/v1/metadata?limit=10000');
  }

  /** Waits until every target was scraped without an error. */
  async allUp(count: number): Promise<void> {
    await until(async () => {
      const { activeTargets } = await this.get<{
        activeTargets: readonly { health: string; lastError: string; scrapeUrl: string }[];
      }>('/api/v1/targets');
      const down = activeTargets.filter(({ health }) => health === 'down');
      if (down.length > 0) throw new Error(down.map((each) => `${each.scrapeUrl}: ${each.lastError}`).join('; '));
      return activeTargets.filter(({ health }) => health === 'up').length === count ? true : undefined;
    }, 30_000);
  }
}

/** A real Prometheus server on the loopback. */
export class PrometheusServer extends PrometheusApi {
  private constructor(
    url: string,
    private readonly child: Child,
    private readonly folder: string,
  ) {
    super(url);
  }

  /**
   * Starts a server that scrapes the targets every second.
   *
   * @param extra further lines of its configuration
   * @param jobConfig further lines of each job
   * @param launch the program and its user
   */
  static async start(
    targets: readonly ScrapeTarget[],
    extra = '',
    flags: readonly string[] = [],
    jobConfig = '',
    launch: LaunchOptions = {},
  ): Promise<PrometheusServer> {
    const program = launch.program ?? prometheus;
    if (program === undefined) throw new Error(`prometheus is missing: ${INSTALL}`);
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const port = await freePort();
    const jobs = targets.map(
      ({ job, target, path, config = '' }) =>
        `  - job_name: '${job}'\n    metrics_path: '${path}'\n    static_configs:\n      - targets: ['${target}']\n${config}${jobConfig}`,
    );
    const config = `global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\n${extra}scrape_configs:\n${jobs.join('')}`;
    writeFileSync(join(folder, 'prometheus.yml'), config);
    const user = process.getuid?.() === 0 && launch.uid !== undefined ? { uid: launch.uid, gid: launch.uid } : {};
    if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
    const args = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
      ...flags,
    ];
    const child = run(program, args, user);
    const server = new PrometheusServer(`http://127.0.0.1:${port}`, child, folder);
    await until(async () => ((await fetch(`${server.url}/-/ready`)).ok ? true : undefined));
    return server;
  }

  async stop(): Promise<void> {
    await this.child.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs `promtool check metrics`. Returns its exit code and its findings, one per line. */
export async function promtoolCheckMetrics(page: string): Promise<{ code: number | null; findings: string[] }> {
  if (promtool === undefined) throw new Error(`promtool is missing: ${INSTALL}`);
  const child = run(promtool, ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.process.stdin?.end(page);
  const { code } = await child.ended;
  const findings = `${child.stdout()}${child.stderr()}`.split('\n').filter((line) => line !== '');
  return { code, findings };
}
