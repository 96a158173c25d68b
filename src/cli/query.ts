import { type Command, InvalidArgumentError, Option } from 'commander';
import { errorMessage } from '../issues';
import { checkQueries, DEFAULT_SCRAPE_INTERVAL } from '../promql/check-queries';
import { formatDuration, parseDuration } from '../promql/duration';
import { readQueries } from '../promql/inputs/read-queries';
import { HISTOGRAM_FORMS, type HistogramForm, Metrics } from '../promql/metrics';
import { locatedAt } from '../promql/query';
import { readRegistry } from '../registry/read-registry';
import { addCommand, findingsAction } from './command';
import type { Console } from './console';
import type { Finding } from './finding';
import { collect } from './options';

const SUMMARY = 'check PromQL queries, rules and dashboards against registries';

const DETAILS = `Checks names, types, labels, label values and buckets offline, without a Prometheus server. All inputs are checked
together, so a dashboard can use the recording rules of a rule file. docs/promql-findings.md explains each finding.

Files         what is checked
*.md          fenced promql blocks, and rules in fenced yaml blocks
*.json        Grafana dashboards: panels, legends, annotations and variables
*.yaml, *.yml rule files, PrometheusRule resources, files of "promtool test rules", lists of queries

Examples:
  meterbridge query rules.yaml dashboard.json --registry semconv/shop
  meterbridge query --registry semconv/shop --registry semconv/queue --expr 'rate(shop_orders_total[5m])'`;

interface Options {
  readonly registry: readonly string[];
  readonly expr?: readonly string[];
  readonly scrapeInterval: number;
  readonly targetLabel?: readonly string[];
  readonly histograms: HistogramForm;
  readonly external?: RegExp;
}

/** Adds the command that checks queries. */
export function addQuery(program: Command): void {
  addCommand(program, 'query [file...]', SUMMARY, DETAILS)
    .requiredOption('--registry <folder>', 'the folder of a registry that defines metrics; repeatable', collect)
    .option('--expr <promql>', 'an expression to check; repeatable', collect)
    .addOption(
      new Option('--scrape-interval <duration>', 'how often Prometheus scrapes')
        .argParser(parseScrapeInterval)
        .default(DEFAULT_SCRAPE_INTERVAL, formatDuration(DEFAULT_SCRAPE_INTERVAL)),
    )
    .option('--target-label <name>', 'a label that service discovery adds to job and instance; repeatable', collect)
    .addOption(
      new Option('--histograms <form>', 'how Prometheus stores histograms').choices(HISTOGRAM_FORMS).default('classic'),
    )
    .option('--external <regex>', 'the names of metrics that are defined elsewhere and not checked', parseRegExp)
    .action(findingsAction(query));
}

function query(console: Console, files: readonly string[], options: Options): Finding[] {
  const { registry, expr = [], scrapeInterval, targetLabel, histograms, external } = options;
  if (files.length === 0 && expr.length === 0) throw new Error('nothing to check: expected a file or --expr');
  const metrics = new Metrics(
    registry.flatMap((folder) => readRegistry(folder).metrics),
    { histograms, targetLabels: targetLabel },
  );
  const read = files.map((file) => {
    console.progress(`reading ${file}`);
    return readQueries(file);
  });
  const expressions = expr.map((text) => ({ file: '--expr', ...locatedAt(text, { line: 1, column: 1 }) }));
  const queries = [...read.flatMap((each) => each.queries), ...expressions];
  console.progress(`checking ${queries.length} queries`);
  const context = read.flatMap((each) => each.context);
  const problems = read.flatMap((each) => each.problems);
  const findings = [...problems, ...checkQueries(queries, metrics, { scrapeInterval, external }, context)];
  if (findings.length === 0) {
    const subject = queries.length === 1 ? '1 query has' : `${queries.length} queries have`;
    console.print(`${subject} no findings at a scrape interval of ${formatDuration(scrapeInterval)}`);
  }
  return findings;
}

function parseScrapeInterval(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined || seconds === 0)
    throw new InvalidArgumentError('Expected a duration such as 15s or 1m30s.');
  return seconds;
}

function parseRegExp(text: string): RegExp {
  try {
    return new RegExp(`^(?:${text})$`);
  } catch (error) {
    throw new InvalidArgumentError(`Expected a regular expression of JavaScript: ${errorMessage(error)}.`);
  }
}
