import type { Exemplar } from '../../collection/points';
import type { Family } from '../families';
import type { EncodeOptions } from './encoder';
import { exemplarLabels } from './exemplars';
import { labelText } from './label-writer';
import { canonicalBound, sampleValue } from './numbers';
import { metadataName, type TextDialect, type TextFamily } from './text';
import { escapeLabelValue } from './text-escapes';

/**
 * Returns the OpenMetrics text format (specification 1.0.0; Prometheus asks for 0.0.1 too, which is the same).
 *
 * @param created whether `_created` samples hold the start times of counters, histograms and summaries
 */
export function openMetricsText(created: boolean): TextDialect {
  return created ? WITH_CREATED : WITHOUT_CREATED;
}

const WITHOUT_CREATED = dialect(false);
const WITH_CREATED = dialect(true);

function dialect(created: boolean): TextDialect {
  return {
    layout: (families, conflicting) => layout(families, created, conflicting),
    bound: canonicalBound,
    exemplar: exemplarText,
    // Both or neither, and neither with negative buckets, a negative sum or one that is not a number ("Histogram").
    hasTotals: ({ bounds }, sum) => sum !== undefined && sum >= 0 && !((bounds[0] as number) < 0),
    // "Summary": quantile values must not be negative.
    isQuantileValue: (value) => !(value < 0),
    end: '# EOF\n',
  };
}

/** The suffixes of the sample names that a family of a type owns, whether it has such samples or not. */
const SUFFIXES = {
  counter: ['', '_total', '_created'],
  histogram: ['', '_bucket', '_sum', '_count', '_created'],
  info: ['', '_info'],
  summary: ['', '_sum', '_count', '_created'],
  gauge: [''],
  unknown: [''],
} as const;
type OpenMetricsType = keyof typeof SUFFIXES;

/** The types whose samples may have start times. */
const HAS_CREATED: ReadonlySet<OpenMetricsType> = new Set(['counter', 'histogram', 'summary']);

interface Naming {
  readonly name: string;
  readonly type: OpenMetricsType;
}

/**
 * Gives every family a name and a type under which no family owns a sample name of another (OpenMetrics 1.0, "MetricFamily").
 *
 * A counter is named without `_total`, which its samples have. It is `unknown` under its full name if it is documented
 * without `_total`, or if that name without `_total` belongs to another family: what Prometheus stores has one name,
 * whatever the format. `target_info` becomes a gauge for the same reason. What cannot be renamed is left out.
 */
function layout(
  families: readonly Family[],
  created: boolean,
  conflicting: EncodeOptions['conflicting'],
): readonly TextFamily[] {
  const owners = new Map<string, Family>();
  const chosen = new Map<Family, Naming>();
  for (const family of [...families].sort((a, b) => rank(a) - rank(b))) {
    const naming = namings(family).find(({ name, type }) =>
      SUFFIXES[type].every((suffix) => !owners.has(name + suffix)),
    );
    if (naming === undefined) {
      conflicting(family, `OpenMetrics reserves its name for samples of another family`);
      continue;
    }
    for (const suffix of SUFFIXES[naming.type]) owners.set(naming.name + suffix, family);
    chosen.set(family, naming);
  }
  return families.flatMap((family) => {
    const naming = chosen.get(family);
    return naming === undefined ? [] : [textFamily(family, naming, created)];
  });
}

/** Families that can be named in one way only come first, the documented ones before others. */
function rank(family: Family): number {
  return (namings(family).length - 1) * 2 + (family.documented === undefined ? 1 : 0);
}

/** The names and types that a family can have, the best one first. */
function namings({ name, type, documented }: Family): readonly Naming[] {
  switch (type) {
    case 'counter': {
      const stem = name.replace(/_total$/, '');
      const unknown: Naming = { name, type: 'unknown' };
      return stem === name && documented !== undefined ? [unknown] : [{ name: stem, type }, unknown];
    }
    case 'info':
      return [
        { name: name.replace(/_info$/, ''), type },
        { name, type: 'gauge' },
      ];
    case 'native':
      return [{ name, type: 'histogram' }];
    default:
      return [{ name, type }];
  }
}

function textFamily(family: Family, { name, type }: Naming, created: boolean): TextFamily {
  const written = metadataName(name);
  const unit = family.unit !== '' && name.endsWith(`_${family.unit}`) ? `# UNIT ${written} ${family.unit}\n` : '';
  return {
    family,
    head: `# TYPE ${written} ${type}\n${unit}# HELP ${written} ${escapeLabelValue(family.help)}\n`,
    sample: type === 'counter' ? `${name}_total` : family.name,
    exemplars: type === 'counter' || type === 'histogram',
    ...(created && HAS_CREATED.has(type) ? { created: `${name}_created` } : {}),
  };
}

/** Returns ` # {trace_id="..."} value timestamp`. */
function exemplarText(exemplar: Exemplar): string {
  const [seconds, nanoseconds] = exemplar.timestamp;
  const time = `${seconds}.${String(Math.floor(nanoseconds / 1e6)).padStart(3, '0')}`;
  return ` # {${labelText(exemplarLabels(exemplar))}} ${sampleValue(exemplar.value)} ${time}`;
}
