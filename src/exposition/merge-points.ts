import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { mergeExponentialHistograms, mergeHistograms } from '../collection/merge-points';
import type { CollectedPoint } from '../collection/points';
import type { FamilyType } from './families';

/**
 * Returns one point in place of two that have the same labels: counters and histograms are added up, of gauges the later
 * one is kept. Returns `undefined` for what cannot be added up: summaries, and
 * histograms whose buckets differ.
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
      return mergeHistograms(first as Histogram, second as Histogram);
    case 'native':
      return mergeExponentialHistograms(first as ExponentialHistogram, second as ExponentialHistogram);
    case 'summary':
      return undefined;
    default:
      return second;
  }
}
