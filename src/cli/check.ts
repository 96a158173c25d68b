import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { errorMessage } from '../issues';
import { readRegistry } from '../registry/read-registry';
import type { RegistryMetric } from '../registry/registry';
import { type CheckOptions, findDifferences } from './check/compare';
import { isUrl, type RequestOptions, readPage } from './check/fetch-page';
import { readPageFamilies } from './check/page-families';
import { readPrometheusFamilies } from './check/prometheus-server';
import type { ServedFamily } from './check/served-families';
import { addCommand, findingsAction } from './command';
import type { Console } from './console';
import { type Finding, FindingsError } from './finding';
import { formatText } from './format';
import { addRequestOptions, collect, parsePositive } from './options';

const DETAILS = `SOURCE is the URL of an endpoint, a file, or - for the standard input. With --job it is the URL of a Prometheus server,
and what that server holds of the job is compared.

Compared are families, types, help texts, units (in OpenMetrics), labels, the values of closed labels, and buckets. A
family that may have no series yet (it has an open label, or initialize: false) is a note when it is missing. Families
of the endpoint and its runtime (process_*, nodejs_*, go_*, target_info and the like) are accepted.

Examples:
  meterbridge check http://localhost:9464/metrics semconv/shop
  meterbridge check page.txt semconv/shop --allow-extra
  meterbridge check http://prometheus:9090 --job shop semconv/shop`;

interface Options extends RequestOptions, CheckOptions {
  readonly job?: string;
  readonly since: number;
  readonly openmetrics?: true;
  readonly watch?: true;
  readonly interval: number;
}

/** Adds the command that compares what is served with a registry. */
export function addCheck(program: Command): void {
  const command = addCommand(
    program,
    'check <source> <folder...>',
    'compare an endpoint, a saved page or the data of a Prometheus server with registries',
    DETAILS,
  )
    .option('--allow-extra', 'accept families that no registry defines')
    .option('--ignore <pattern>', 'do not compare families whose names match, as in "nodejs_*"; repeatable', collect)
    .option('--ignore-label <label>', 'accept a label on every family; repeatable', collect)
    .option('--require-all', 'treat a missing family as an error even if it may have no series yet')
    .option('--job <name>', 'read the series of a job from the Prometheus server at SOURCE')
    .option('--since <minutes>', 'how far back the series of a job are read', parsePositive, 5)
    .option('--openmetrics', 'request OpenMetrics from the endpoint instead of the text format')
    .addOption(new Option('--watch', 'compare again and again; print what changed').conflicts(['json', 'sarif']))
    .option('--interval <seconds>', 'the pause between two comparisons', parsePositive, 5);
  addRequestOptions(command).action(findingsAction(check));
}

async function check(
  console: Console,
  source: string,
  folders: readonly string[],
  options: Options,
): Promise<readonly Finding[]> {
  const metrics = folders.flatMap((folder) => readRegistry(folder).metrics);
  if (options.watch) return watch(console, source, metrics, options);
  const findings = await compareOnce(console, source, metrics, options);
  if (findings.length === 0) console.print(`${source} serves what the registry defines (${metrics.length} metrics)`);
  return findings;
}

async function compareOnce(
  console: Console,
  source: string,
  metrics: readonly RegistryMetric[],
  options: Options,
): Promise<readonly Finding[]> {
  console.progress(`reading ${source}`);
  const families = await readFamilies(source, options);
  console.progress(`comparing ${families.length} families`);
  return findDifferences(metrics, families, options);
}

async function readFamilies(source: string, options: Options): Promise<readonly ServedFamily[]> {
  const { job, since, openmetrics } = options;
  if (job === undefined) return readPageFamilies(await readPage(source, openmetrics ? 'openmetrics' : 'text', options));
  if (!isUrl(source)) throw new Error(`invalid source "${source}": expected the URL of a Prometheus server with --job`);
  return readPrometheusFamilies(source, job, since, options);
}

/** Compares until the process is interrupted. A source that cannot be read is printed too, and read again. */
async function watch(
  console: Console,
  source: string,
  metrics: readonly RegistryMetric[],
  options: Options,
): Promise<readonly Finding[]> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  let printed: string | undefined;
  let findings: readonly Finding[] = [];
  while (!stopping.signal.aborted) {
    let text: string;
    try {
      findings = await compareOnce(console, source, metrics, options);
      text = formatText(findings, console.style) || `${source} serves what the registry defines`;
    } catch (error) {
      findings = error instanceof FindingsError ? error.findings : [];
      text = findings.length > 0 ? formatText(findings, console.style) : errorMessage(error);
    }
    if (text !== printed) console.print(`${new Date().toISOString()}\n${text}`);
    printed = text;
    await sleep(options.interval * 1000, undefined, { signal: stopping.signal }).catch(() => {});
  }
  return findings;
}
