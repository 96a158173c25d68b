import { prometheusType } from '../../catalog/definition';
import { matchesGlob } from '../../catalog/glob';
import { isClosed } from '../../catalog/labels';
import { unitWords } from '../../exposition/names/units';
import { findNearest, printable } from '../../issues';
import type { Severity } from '../../promql/finding';
import type { RegistryMetric } from '../../registry/registry';
import { type Finding, parsePlace } from '../finding';
import { isOwnFamily } from '../own-families';
import { findSeriesDifferences } from './compare-series';
import type { ServedFamily } from './served-families';

/** Which differences are accepted or ignored. All are optional. */
export interface CheckOptions {
  /** Families without a definition are accepted. */
  readonly allowExtra?: boolean;
  /** Patterns of families that are not compared. */
  readonly ignore?: readonly string[];
  /** Labels that any family may have, for example those of a default label set. */
  readonly ignoreLabel?: readonly string[];
  /** A family is missing even if it may have no series yet. */
  readonly requireAll?: boolean;
}

/** Returns every difference between the metrics of registries and what is served. */
export function findDifferences(
  metrics: readonly RegistryMetric[],
  families: readonly ServedFamily[],
  { allowExtra = false, ignore = [], ignoreLabel = [], requireAll = false }: CheckOptions,
): Finding[] {
  const isCompared = (name: string) => !ignore.some((pattern) => matchesGlob(pattern, name));
  const defined = new Map(metrics.filter(({ name }) => isCompared(name)).map((metric) => [metric.name, metric]));
  const served = new Map(families.filter(({ name }) => isCompared(name)).map((family) => [family.name, family]));
  const extra = [...served.keys()].filter((name) => !defined.has(name) && !isOwnFamily(name));
  const findings: Finding[] = [];
  for (const metric of defined.values()) {
    const family = served.get(metric.name);
    if (family === undefined) findings.push(missingFamily(metric, extra, requireAll));
    else findings.push(...findFamilyDifferences(metric, family), ...findSeriesDifferences(metric, family, ignoreLabel));
  }
  if (allowExtra) return findings;
  return [...findings, ...extra.flatMap((name) => unexpectedFamily(name, served.get(name), [...defined.keys()]))];
}

function missingFamily(metric: RegistryMetric, extra: readonly string[], requireAll: boolean): Finding {
  const severity: Severity = requireAll || hasSeriesFromStart(metric) ? 'error' : 'note';
  const nearest = findNearest(metric.name, extra);
  return {
    code: 'missing_family',
    severity,
    message: `${metric.name} is not served${severity === 'note' ? '; it may have no series yet' : ''}`,
    ...parsePlace(metric.position),
    ...(nearest === undefined
      ? {}
      : { suggestion: `${nearest} is served and not in the registry: rename one of them` }),
  };
}

/** Reports whether a metric exists before its first event: without labels, or with closed labels only, and recorded by code. */
function hasSeriesFromStart({ labels, initialize, asynchronous }: RegistryMetric): boolean {
  return initialize && !asynchronous && labels.every(({ values }) => isClosed(values));
}

function unexpectedFamily(name: string, family: ServedFamily | undefined, defined: readonly string[]): Finding[] {
  if (family === undefined) return [];
  const nearest = findNearest(name, defined);
  const advice = 'add it to the registry, or accept it with --allow-extra or --ignore';
  return [
    {
      code: 'unexpected_family',
      severity: 'error',
      message: `${name} is served, but no registry defines it`,
      ...family.place,
      suggestion: nearest === undefined ? advice : `${advice}; the registry defines ${nearest}`,
    },
  ];
}

function findFamilyDifferences(metric: RegistryMetric, { name, type, help, unit, place }: ServedFamily): Finding[] {
  const findings: Finding[] = [];
  const differ = (code: string, message: string, expected: string, received: string) =>
    findings.push({ code, severity: 'error', message: `${name}: ${message}`, ...place, expected, received });
  const expected = prometheusType(metric);
  // OpenMetrics has no counter whose name does not end in _total.
  const isUntypedCounter = expected === 'counter' && type === 'unknown' && !name.endsWith('_total');
  if (type !== expected && !isUntypedCounter) differ('wrong_type', 'the type differs', expected, type);
  if (help === undefined) differ('wrong_help', 'the help text is missing', printable(metric.brief), 'nothing');
  else if (help !== metric.brief) differ('wrong_help', 'the help text differs', metric.brief, help);
  const words = unitWords(metric.unit).full;
  if (unit !== undefined && unit !== words) differ('wrong_unit', 'the unit differs', words || 'no unit', unit);
  return findings;
}
