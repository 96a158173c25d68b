import type { HrTime } from '@opentelemetry/api';
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import { TEMPORALITY } from '../collection/enums';
import type { CollectedPoint } from '../collection/points';
import type { CollectedStream } from '../collection/slices';
import { findCount, type PointValue } from './contribution';
import { addValues, isExponential, isSummary, type MergedSeries } from './merged-series';
import type { MergedStream } from './merged-stream';

/** What other processes have counted since the last collection of one reader, added to the deltas of this process. */
export class DeltaConversion {
  /** What the others had counted at the last collection. */
  private readonly previous = new WeakMap<MergedSeries, PointValue>();
  /** What of it was carried over from the process that served before. */
  private readonly carried = new WeakMap<MergedSeries, PointValue>();
  private lastTime: HrTime | undefined;
  private time: HrTime | undefined;

  /** Begins a collection. */
  begin(time: HrTime): void {
    this.lastTime = this.time;
    this.time = time;
  }

  /** @param own the deltas of this process, if there are any */
  convert(stream: MergedStream, own: CollectedStream | undefined, endTime: HrTime): CollectedStream {
    const points = new Map<MergedSeries | undefined, CollectedPoint<PointValue>>();
    const extra: CollectedPoint<PointValue>[] = [];
    for (const { series, point } of stream.others(endTime)) {
      const before = this.findPrevious(series);
      const value = before === undefined ? point.value : subtract(point.value, before);
      // A series that a callback does not observe for a while is not sent a second time afterwards.
      if (findCount(value) < 0) continue;
      this.previous.set(series, point.value);
      if (findCount(value) === 0) continue;
      const startTime =
        before === undefined && this.lastTime === undefined ? point.startTime : (this.lastTime ?? point.startTime);
      points.set(series, { ...point, startTime, value });
    }
    for (const slice of own?.slices() ?? []) {
      for (const point of slice) {
        const series = stream.lookUp(point.attributes);
        const other = series === undefined ? undefined : points.get(series);
        const value = other === undefined ? point.value : addValues(point.value, other.value);
        if (other !== undefined && value !== undefined) points.delete(series);
        extra.push({ ...point, value: value ?? point.value });
      }
    }
    const all = [...extra, ...points.values()];
    const metadata = { ...stream.metadata, aggregationTemporality: TEMPORALITY.DELTA };
    return { ...metadata, size: all.length, slices: () => [all] };
  }

  /** Returns what was sent of a series until now, by this process or by the one that served before. */
  private findPrevious(series: MergedSeries): PointValue | undefined {
    const { carried } = series;
    const before = this.previous.get(series);
    const seen = this.carried.get(series);
    if (carried === undefined || carried === seen) return before;
    this.carried.set(series, carried);
    const added = seen === undefined ? carried : subtract(carried, seen);
    const sent = before === undefined ? added : (addValues(before, added) ?? before);
    this.previous.set(series, sent);
    return sent;
  }
}

/** Returns what was added to a value. Minimum and maximum of the additions are not known. */
function subtract(value: PointValue, before: PointValue): PointValue {
  if (typeof value === 'number' || typeof before === 'number') return Number(value) - Number(before);
  // Summaries are always cumulative.
  if (isSummary(value) || isSummary(before)) return value;
  const totals = {
    count: value.count - before.count,
    ...(value.sum === undefined || before.sum === undefined ? {} : { sum: value.sum - before.sum }),
  };
  if (isExponential(value)) {
    if (!isExponential(before)) return value;
    return {
      ...totals,
      scale: value.scale,
      zeroCount: value.zeroCount - before.zeroCount,
      positive: subtractBuckets(value.positive, before.positive, before.scale - value.scale),
      negative: subtractBuckets(value.negative, before.negative, before.scale - value.scale),
    };
  }
  if (isExponential(before)) return value;
  const { counts } = before.buckets;
  const { boundaries } = value.buckets;
  return {
    ...totals,
    buckets: { boundaries, counts: value.buckets.counts.map((count, i) => count - (counts[i] ?? 0)) },
  };
}

/** @param shift by how many powers of two the indexes of the earlier buckets must be scaled down */
function subtractBuckets(
  { offset, bucketCounts }: ExponentialHistogram['positive'],
  before: ExponentialHistogram['positive'],
  shift: number,
): ExponentialHistogram['positive'] {
  const counts = [...bucketCounts];
  before.bucketCounts.forEach((count, i) => {
    const at = ((before.offset + i) >> shift) - offset;
    if (count > 0) counts[at] = (counts[at] ?? 0) - count;
  });
  return { offset, bucketCounts: counts };
}
