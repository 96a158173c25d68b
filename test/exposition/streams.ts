import { type Attributes, ValueType } from '@opentelemetry/api';
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { DEFINITION, type MetricDefinition } from '../../src/catalog/definition';
import { DATA_POINT_TYPE, INSTRUMENT_TYPE, TEMPORALITY } from '../../src/collection/enums';
import type { CollectedPoint, Exemplar } from '../../src/collection/points';
import type { CollectedStream } from '../../src/collection/slices';
import { SUMMARY_POINT, type Summary } from '../../src/collection/summary-point';
import type { EncodeOptions } from '../../src/exposition/encode/encoder';
import type { Family, FamilyPlan } from '../../src/exposition/families';
import { type FamilyOptions, FamilyPlanner } from '../../src/exposition/family-planner';

type Value = number | Histogram | ExponentialHistogram | Summary;

/** A series: its attributes, its value and its exemplars. */
export type Series = readonly [attributes: Attributes, value: Value, exemplars?: readonly Exemplar[]];

export interface StreamOptions {
  readonly unit?: string;
  readonly description?: string;
  readonly definition?: MetricDefinition;
  readonly scope?: string;
  readonly temporality?: CollectedStream['aggregationTemporality'];
  /** The number of points in a slice. All by default. */
  readonly slice?: number;
}

const KINDS = {
  counter: { dataPointType: DATA_POINT_TYPE.SUM, isMonotonic: true },
  gauge: { dataPointType: DATA_POINT_TYPE.GAUGE },
  histogram: { dataPointType: DATA_POINT_TYPE.HISTOGRAM },
  summary: { dataPointType: SUMMARY_POINT },
  native: { dataPointType: DATA_POINT_TYPE.EXPONENTIAL_HISTOGRAM },
} as const;

/** Returns a metric stream with fixed times. */
export function stream(
  kind: keyof typeof KINDS,
  name: string,
  series: readonly Series[],
  options: StreamOptions = {},
): CollectedStream {
  const { unit = '', description = '', definition, scope = 'test', temporality, slice = series.length || 1 } = options;
  const points = series.map(
    ([attributes, value, exemplars]): CollectedPoint => ({
      startTime: [1_700_000_000, 500_000_000],
      endTime: [1_700_000_060, 0],
      attributes,
      value,
      ...(exemplars === undefined ? {} : { exemplars }),
    }),
  );
  return {
    descriptor: {
      name,
      description,
      unit,
      type: INSTRUMENT_TYPE.COUNTER,
      valueType: ValueType.DOUBLE,
      ...(definition === undefined ? {} : { [DEFINITION]: definition }),
    },
    aggregationTemporality: temporality ?? TEMPORALITY.CUMULATIVE,
    ...KINDS[kind],
    scope: { name: scope },
    size: points.length,
    *slices() {
      for (let start = 0; start < points.length; start += slice) yield points.slice(start, start + slice);
    },
  };
}

/** Returns a histogram value with the counts of its buckets. */
export function histogram(boundaries: number[], counts: number[], sum?: number): Histogram {
  const count = counts.reduce((total, each) => total + each, 0);
  return { count, buckets: { boundaries, counts }, ...(sum === undefined ? {} : { sum }) };
}

const PLAIN: FamilyOptions = {
  strategy: 'UnderscoreEscapingWithSuffixes',
  escaping: 'underscores',
  scopeInfo: false,
  targetInfo: false,
  isResourceLabel: () => false,
};

export function planner(options: Partial<FamilyOptions> = {}): FamilyPlanner {
  return new FamilyPlanner({ ...PLAIN, ...options });
}

/** Plans families of streams, without scope labels and `target_info` unless the options ask for them. */
export function plan(
  streams: readonly CollectedStream[],
  options: Partial<FamilyOptions> = {},
  resource: Attributes = {},
): FamilyPlan {
  return planner(options).plan({ resource: { attributes: resource }, streams });
}

/** What an encoder reported. */
export interface Encoded {
  readonly pieces: readonly Uint8Array[];
  readonly pauses: number;
  readonly series: number;
  readonly failed: readonly string[];
  readonly conflicts: readonly string[];
}

/** Runs an encoder to its end. */
export function encode(
  encoder: (families: readonly Family[], options: EncodeOptions) => Iterable<Uint8Array | undefined>,
  families: readonly Family[],
): Encoded {
  const pieces: Uint8Array[] = [];
  const failed: string[] = [];
  const conflicts: string[] = [];
  let pauses = 0;
  let series = 0;
  const options: EncodeOptions = {
    wrote: (count) => {
      series += count;
    },
    failed: ({ name }) => void failed.push(name),
    conflicting: ({ name }) => void conflicts.push(name),
  };
  for (const piece of encoder(families, options)) {
    if (piece === undefined) pauses++;
    else pieces.push(piece);
  }
  return { pieces, pauses, series, failed, conflicts };
}
