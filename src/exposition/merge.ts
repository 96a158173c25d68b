import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { CollectedPoint } from '../collection/points';
import { addExponential } from './exponential-buckets';
import type { FamilyType } from './families';

/**
 * Returns one point in place of two that have the same labels: counters and histograms are added up, of gauges the later
 * one stays. Returns `undefined` for two histograms whose buckets differ, which cannot be added up.
 */
export function mergePoints(
  type: FamilyType,
  first: CollectedPoint,
  second: CollectedPoint,
): CollectedPoint | undefined {
  const value = mergeValues(type, first.value, second.value);
  if (value === undefined) return undefined;
  const exemplars = [...(first.exemplars ?? []), ...(second.exemplars ?? [])];
  const merged = { ...(type === 'gauge' ? second : first), attributes: first.attributes, value };
  return exemplars.length === 0 ? merged : { ...merged, exemplars };
}

function mergeValues(
  type: FamilyType,
  first: CollectedPoint['value'],
  second: CollectedPoint['value'],
): CollectedPoint['value'] | undefined {
  switch (type) {
    case 'counter':
      return (first as number) + (second as number);
    case 'histogram':
      return addHistograms(first as Histogram, second as Histogram);
    case 'native':
      return addExponential(first as ExponentialHistogram, second as ExponentialHistogram);
    default:
      return second;
  }
}

function addHistograms(first: Histogram, second: Histogram): Histogram | undefined {
  const { boundaries, counts } = first.buckets;
  const others = second.buckets.boundaries;
  if (boundaries.length !== others.length || boundaries.some((bound, i) => bound !== others[i])) return undefined;
  return {
    ...(first.sum === undefined || second.sum === undefined ? {} : { sum: first.sum + second.sum }),
    count: first.count + second.count,
    buckets: { boundaries, counts: counts.map((count, i) => count + (second.buckets.counts[i] ?? 0)) },
  };
}
