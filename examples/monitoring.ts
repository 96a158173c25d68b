import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';

/** The documented jobs of `semconv/prometheus.yml` by system. */
const JOBS: Readonly<Record<string, string>> = {
  ticker: 'ticker-poc',
  'stream-processor': 'stream-processor',
  hodei: 'hodei-server',
  orchestrator: 'orchestrator',
  allsource: 'allsource-core',
  'control-plane': 'allsource-control-plane',
};
const SEMCONV = join(__dirname, '..', '..', 'semconv');
/** How long Prometheus keeps the data, as the allsource document asks for. */
const RETENTION = '30d';
const ALERTS_MILLIS = 2000;

interface Configuration {
  global: { scrape_interval: string; evaluation_interval: string };
  rule_files: string[];
  scrape_configs: {
    job_name: string;
    metrics_path?: string;
    static_configs: { targets: string[] }[];
    scrape_interval?: string;
    scrape_timeout?: string;
  }[];
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

export function isPrometheusInstalled(): boolean {
  return spawnSync('prometheus', ['--version'], { stdio: 'ignore' }).status === 0;
}

/**
 * Writes `semconv/prometheus.yml` with the addresses of running systems.
 *
 * @param targets the URLs of the metrics by system
 * @param interval the interval of all scrapes and rules; the documented ones if it is not given
 * @returns the path of the file
 */
export function writeConfiguration(
  folder: string,
  targets: ReadonlyMap<string, string>,
  interval: string | undefined,
): string {
  const configuration = parse(readFileSync(join(SEMCONV, 'prometheus.yml'), 'utf8')) as Configuration;
  configuration.rule_files = configuration.rule_files.map((file) => join(SEMCONV, file));
  const systems = new Map([...targets].map(([system, url]) => [JOBS[system], new URL(url).host]));
  configuration.scrape_configs = configuration.scrape_configs.filter(({ job_name }) => systems.has(job_name));
  for (const job of configuration.scrape_configs) {
    job.static_configs = [{ targets: [systems.get(job.job_name) as string] }];
    if (interval === undefined) continue;
    delete job.scrape_interval;
    delete job.scrape_timeout;
  }
  if (interval !== undefined) configuration.global = { scrape_interval: interval, evaluation_interval: interval };
  mkdirSync(folder, { recursive: true });
  const path = resolve(folder, 'prometheus.yml');
  writeFileSync(path, `# Written from semconv/prometheus.yml by npm start.\n${stringify(configuration)}`);
  return path;
}

/** Starts Prometheus with a configuration. Its data stays in the folder. */
export function startPrometheus(configuration: string, folder: string, address: string): ChildProcess {
  const args = [
    `--config.file=${configuration}`,
    `--storage.tsdb.path=${join(folder, 'prometheus')}`,
    `--storage.tsdb.retention.time=${RETENTION}`,
    `--web.listen-address=${address}`,
    '--enable-feature=exemplar-storage',
    '--log.level=error',
  ];
  return spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Prints each alert when it begins and when it ends to fire, until the signal aborts. */
export function printAlerts(prometheus: string, signal: AbortSignal): void {
  const firing = new Map<string, string>();
  const update = async () => {
    const response = await fetch(`${prometheus}/api/v1/alerts`, { signal });
    const { data } = (await response.json()) as { data: { alerts: Alert[] } };
    const now = new Map(
      data.alerts
        .filter(({ state }) => state === 'firing')
        .map((alert) => [JSON.stringify(alert.labels), textOf(alert)]),
    );
    for (const [key, text] of now) if (!firing.has(key)) console.log(`ALERT    ${text}`);
    for (const [key, text] of firing) if (!now.has(key)) console.log(`resolved ${text}`);
    firing.clear();
    for (const [key, text] of now) firing.set(key, text);
  };
  const timer = setInterval(() => {
    // Prometheus is not ready yet, or was stopped.
    update().catch(() => {});
  }, ALERTS_MILLIS);
  signal.addEventListener('abort', () => clearInterval(timer));
}

function textOf({ labels, annotations }: Alert): string {
  return `${labels.alertname} (${labels.severity}): ${annotations.summary}`;
}
