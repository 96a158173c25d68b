import { DEFAULT_CARDINALITY_LIMIT } from '../../catalog/definition';
import type { RegistryMetric } from '../../registry/registry';
import type { ServedFamily } from '../check/served-families';
import type { Finding } from '../finding';

/** The series of a family. */
export interface FamilyCardinality {
  readonly name: string;
  readonly series: number;
  readonly limit: number;
  /** The number of distinct values by label, the largest first. */
  readonly labels: readonly (readonly [label: string, values: number])[];
}

/** A family with this part of its limit or more is reported. */
const NEAR = 0.8;

/** Returns the number of series of each family, the largest first. A histogram counts once for each label set. */
export function countSeries(
  families: readonly ServedFamily[],
  metrics: readonly RegistryMetric[],
  limit: number = DEFAULT_CARDINALITY_LIMIT,
): FamilyCardinality[] {
  const limits = new Map(metrics.map(({ name, cardinalityLimit }) => [name, cardinalityLimit]));
  const counted = families.map(({ name, series }) => {
    const values = new Map<string, Set<string>>();
    for (const { labels } of series.values()) {
      for (const [label, value] of labels) values.set(label, (values.get(label) ?? new Set()).add(value));
    }
    const labels = [...values].map(([label, set]) => [label, set.size] as const).sort(([, a], [, b]) => b - a);
    return { name, series: series.size, limit: limits.get(name) ?? limit, labels };
  });
  return counted.sort((a, b) => b.series - a.series);
}

/** Returns a finding for each family that has reached its limit or is near it. */
export function findLargeFamilies(counts: readonly FamilyCardinality[], families: readonly ServedFamily[]): Finding[] {
  return counts.flatMap(({ name, series, limit, labels }): Finding[] => {
    const family = families.find((each) => each.name === name);
    if (series < NEAR * limit || family === undefined) return [];
    const isReached = series >= limit;
    const [largest] = labels;
    return [
      {
        code: isReached ? 'cardinality_limit_reached' : 'cardinality_limit_near',
        severity: isReached ? 'error' : 'warning',
        message: `${name} has ${series} series; the limit is ${limit}`,
        ...family.place,
        ...(largest === undefined ? {} : { suggestion: `the label ${largest[0]} has ${largest[1]} values` }),
      },
    ];
  });
}

/** Returns the counts as lines of a table. */
export function cardinalityTable(counts: readonly FamilyCardinality[]): string[] {
  const width = Math.max(6, ...counts.map(({ name }) => name.length));
  const row = (name: string, series: string, limit: string, labels: string) =>
    `${name.padEnd(width)}  ${series.padStart(8)}  ${limit.padStart(8)}  ${labels}`.trimEnd();
  return [
    row('family', 'series', 'limit', 'values by label'),
    ...counts.map(({ name, series, limit, labels }) =>
      row(name, String(series), String(limit), labels.map(([label, values]) => `${label} ${values}`).join(', ')),
    ),
  ];
}
