import type { Attributes } from '@opentelemetry/api';
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { DEFAULT_CARDINALITY_LIMIT } from '../catalog/definition';
import type { CollectedPoint } from '../collection/points';
import type { ReusedPoints } from '../collection/slices';
import type { Summary } from '../collection/summary-point';
import { report } from '../diagnostics';
import { bucketLayout } from './encode/histogram-buckets';
import type { Family, FamilyPart, FamilyType } from './families';
import { LabelShape } from './label-shape';
import { MergedPoints, type PointRun } from './merged-points';

/** How many points of a stream are looked at before the first one is handed out: all that the default cardinality limit allows. */
const LOOK_AHEAD = DEFAULT_CARDINALITY_LIMIT + 1;

/**
 * Yields the points of a family in runs of bounded size, each series once. `undefined` is a pause: the caller can let the
 * event loop run.
 *
 * A family whose series cannot be written alike is read straight from its stream. Any other is read as a whole first, so
 * that series with the same labels are merged. Which it is shows in the attributes of the series, or if they cannot be read
 * before the points, in the first points, for a family within the default cardinality limit in all of them. If it shows
 * later, series that repeat one already handed out are left out once, and {@link Family.history} has the family read as a
 * whole from the next collection on.
 *
 * @param keepsPoints whether the caller keeps points. If not, those of a run can be overwritten when the next one is asked for.
 */
export function* readPoints(family: Family, keepsPoints = false): Generator<PointRun | undefined> {
  const [part] = family.parts;
  if (part === undefined) return;
  if (family.parts.length > 1 || family.history.mayRepeat) {
    const merged = new MergedPoints(family);
    for (const each of family.parts) {
      for (const points of each.stream.slices()) yield* merged.add(each, servable(family, each, points));
    }
    yield* merged.runs();
    return;
  }
  const { reused } = part.stream;
  if (reused !== undefined && !keepsPoints) {
    yield* readReused(family, part, reused);
    return;
  }
  const shape = new LabelShape(part.labels);
  const written: Attributes[] = [];
  let ahead: (readonly CollectedPoint[])[] = [];
  let looked = 0;
  let merged: MergedPoints | undefined;
  for (const slice of part.stream.slices()) {
    if (merged !== undefined) {
      yield* merged.add(part, servable(family, part, slice));
      continue;
    }
    const points = servable(family, part, slice);
    if (points.some(({ attributes }) => !shape.add(attributes))) {
      family.history.mayRepeat = true;
      merged = new MergedPoints(family);
      yield* merged.exclude(part.labels, written);
      for (const each of [...ahead, points]) yield* merged.add(part, each);
      continue;
    }
    looked += points.length;
    ahead.push(points);
    if (looked < LOOK_AHEAD) continue;
    yield* handOut(part, ahead, written);
    ahead = [];
  }
  if (merged === undefined) yield* handOut(part, ahead, undefined);
  else yield* merged.runs();
}

/** Reads a family whose attributes can be read before its points. */
function* readReused(family: Family, part: FamilyPart, reused: ReusedPoints): Generator<PointRun | undefined> {
  const { history } = family;
  const { labels, accepts } = part;
  const { generation } = reused;
  if (history.distinct?.generation !== generation || history.distinct.labels !== labels) {
    const shape = new LabelShape(labels);
    for (const sets of reused.attributes()) {
      if (sets.some((attributes) => accepts?.(attributes) !== false && !shape.add(attributes))) {
        history.mayRepeat = true;
        yield* readPoints(family);
        return;
      }
      yield undefined;
    }
    history.distinct = { generation, labels };
  }
  for (const points of reused.slices()) yield { labels, points: servable(family, part, points) };
}

function* handOut(
  { labels }: FamilyPart,
  runs: readonly (readonly CollectedPoint[])[],
  written: Attributes[] | undefined,
): Generator<PointRun> {
  for (const points of runs) {
    if (points.length > 0) yield { labels, points };
    if (written !== undefined) for (const { attributes } of points) written.push(attributes);
  }
}

/** Returns the points that can be served: of a kind that the family's type can hold, and with the labels that it accepts. */
function servable(
  family: Family,
  { accepts }: FamilyPart,
  points: readonly CollectedPoint[],
): readonly CollectedPoint[] {
  const { name, type } = family;
  const isKept =
    accepts === undefined
      ? isServable
      : (_: FamilyType, point: CollectedPoint) => {
          return accepts(point.attributes) && isServable(type, point);
        };
  let kept: CollectedPoint[] | undefined;
  for (let i = 0; i < points.length; i++) {
    const point = points[i] as CollectedPoint;
    if (isKept(type, point)) {
      kept?.push(point);
      continue;
    }
    kept ??= points.slice(0, i);
    if (accepts?.(point.attributes) !== false) {
      report('encode', `a point of ${name} cannot be served as a ${type}; left out`, name);
    }
  }
  return kept ?? points;
}

/**
 * Whether a point has a value that the formats allow: counters are at least 0 and never NaN (OpenMetrics 1.0, "Counter"),
 * histograms have ascending boundaries and a count for each bucket, the quantiles of summaries are from 0 to 1, native histograms have a sum (OpenTelemetry
 * specification, Prometheus compatibility, "Exponential Histograms").
 */
function isServable(type: FamilyType, { value }: CollectedPoint): boolean {
  switch (type) {
    case 'counter':
      return (value as number) >= 0;
    case 'histogram': {
      const { boundaries, counts } = (value as Histogram).buckets;
      return counts.length === boundaries.length + 1 && bucketLayout(boundaries) !== undefined;
    }
    case 'native':
      return (value as ExponentialHistogram).sum !== undefined;
    case 'summary':
      return (value as Summary).quantiles.every(({ quantile }) => quantile >= 0 && quantile <= 1);
    default:
      return typeof value === 'number';
  }
}
