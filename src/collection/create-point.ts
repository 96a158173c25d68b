import type { Attributes, HrTime } from '@opentelemetry/api';
import type { CollectedPoint, Exemplar } from './points';

/** The number of points that are overwritten again and again: few enough for the cache of a processor core. */
export const REUSED_POINTS = 100;

/** A point that is overwritten; see {@link ReusedPoints}. */
export type ReusedPoint = { -readonly [K in keyof CollectedPoint]: CollectedPoint[K] | undefined };

/** Creates a point. It has no exemplars if there are none. */
export function createPoint<T = CollectedPoint['value']>(
  startTime: HrTime,
  endTime: HrTime,
  attributes: Attributes,
  value: unknown,
  exemplars: readonly Exemplar[],
): CollectedPoint<T> {
  const point = { startTime, endTime, attributes, value } as CollectedPoint<T>;
  return exemplars.length === 0 ? point : { ...point, exemplars };
}

/** Creates an empty point. All have the same fields in the same order, for which V8 compiles one access. */
export function createReusedPoint(): ReusedPoint {
  return { startTime: undefined, endTime: undefined, attributes: undefined, value: undefined, exemplars: undefined };
}

export function overwritePoint(
  point: ReusedPoint,
  startTime: HrTime,
  endTime: HrTime,
  attributes: Attributes,
  value: unknown,
  exemplars: readonly Exemplar[],
): CollectedPoint {
  point.startTime = startTime;
  point.endTime = endTime;
  point.attributes = attributes;
  point.value = value as CollectedPoint['value'];
  point.exemplars = exemplars.length === 0 ? undefined : exemplars;
  return point as CollectedPoint;
}
