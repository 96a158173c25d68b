import { type RequestOptions, request } from './fetch-page';
import { FamilyBuilder, type ServedFamily } from './served-families';

interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly health: string;
  readonly lastError: string;
}

interface TargetMetadata {
  readonly metric: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Series that Prometheus itself adds for each target. */
const OWN_SERIES = /^(up|scrape_.*|ALERTS.*)$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  gaugehistogram: ['_bucket', '_gsum', '_gcount'],
  summary: ['_sum', '_count'],
  counter: ['_total'],
  info: ['_info'],
};

/**
 * Returns the families of a job that a Prometheus server holds, from its HTTP API. The labels of the targets are left out,
 * and series that recording rules write.
 *
 * @param url the base URL of the server
 * @param minutes how far back series are looked for
 * @throws Error if the server cannot be read, or if it scrapes no target of the job successfully
 */
export async function readPrometheusFamilies(
  url: string,
  job: string,
  minutes: number,
  options: RequestOptions,
): Promise<ServedFamily[]> {
  const get = async <T>(path: string, query: Readonly<Record<string, string>>): Promise<T> => {
    const address = `${url.replace(/\/$/, '')}/api/v1/${path}?${new URLSearchParams(query)}`;
    const response = await request(address, options, 'application/json');
    const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
    if (status !== 'success') throw new Error(`${address}: ${error}`);
    return data;
  };
  const selector = `{job=${JSON.stringify(job)}}`;
  const { activeTargets } = await get<{ activeTargets: readonly Target[] }>('targets', { state: 'active' });
  const targets = activeTargets.filter(({ labels }) => labels.job === job);
  if (!targets.some(({ health }) => health === 'up'))
    throw new Error(describeTargets(url, job, targets, activeTargets));
  const targetLabels = new Set(targets.flatMap(({ labels }) => Object.keys(labels)));
  const metadata = await get<readonly TargetMetadata[]>('targets/metadata', {
    match_target: selector,
    limit: '100000',
  });
  const start = new Date(Date.now() - minutes * 60_000).toISOString();
  const series = await get<readonly Readonly<Record<string, string>>[]>('series', { 'match[]': selector, start });
  return collectFamilies(url, metadata, series, targetLabels);
}

function describeTargets(url: string, job: string, targets: readonly Target[], all: readonly Target[]): string {
  if (targets.length === 0) {
    const jobs = [...new Set(all.map(({ labels }) => labels.job))].join(', ') || 'none';
    return `${url} has no target of the job "${job}"; its jobs: ${jobs}`;
  }
  const states = targets.map(({ scrapeUrl, health, lastError }) => `${scrapeUrl} is ${health} ${lastError}`.trim());
  return `${url} has no target of the job "${job}" that is up: ${states.join('; ')}`;
}

function collectFamilies(
  url: string,
  metadata: readonly TargetMetadata[],
  series: readonly Readonly<Record<string, string>>[],
  targetLabels: ReadonlySet<string>,
): ServedFamily[] {
  const place = { file: url, line: 1, column: 1 };
  const families = new Map<string, FamilyBuilder>();
  const bySample = new Map<string, FamilyBuilder>();
  const names = new Set(series.map(({ __name__ = '' }) => __name__));
  for (const { metric, type, help, unit } of metadata) {
    // What was scraped as OpenMetrics has metadata without the suffix of its samples.
    const suffix = type === 'counter' ? '_total' : type === 'info' ? '_info' : '';
    const name = !names.has(metric) && names.has(metric + suffix) ? metric + suffix : metric;
    if (families.has(name)) continue;
    const family = new FamilyBuilder({ name, type, help, unit: unit === '' ? undefined : unit, place });
    families.set(name, family);
    for (const each of ['', ...(SUFFIXES[type] ?? [])]) bySample.set(metric + each, family);
  }
  for (const { __name__: name = '', ...labels } of series) {
    if (OWN_SERIES.test(name) || name.includes(':')) continue;
    const family =
      bySample.get(name) ?? new FamilyBuilder({ name, type: 'unknown', help: undefined, unit: undefined, place });
    bySample.set(name, family);
    families.set(family.metadata.name, family);
    family.add(scrapedLabels(labels, targetLabels), place, () => place);
  }
  return [...families.values()].map((family) => family.build());
}

/** Returns the labels as the target served them: without its own, and with those that Prometheus renamed in favour of them. */
function* scrapedLabels(
  labels: Readonly<Record<string, string>>,
  targetLabels: ReadonlySet<string>,
): Generator<readonly [string, string]> {
  for (const [label, value] of Object.entries(labels)) {
    const original = label.replace(/^exported_/, '');
    if (original !== label && targetLabels.has(original)) yield [original, value];
    else if (!targetLabels.has(label)) yield [label, value];
  }
}
