import type { Attributes } from '@opentelemetry/api';
import type { MetricDefinition } from '../catalog/definition';
import type { CompositeType } from '../catalog/sample-names';
import { DATA_POINT_TYPE } from '../collection/enums';
import type { CollectedStream, ReusedPoints } from '../collection/slices';
import { SUMMARY_POINT } from '../collection/summary-point';
import type { LabelWriter } from './encode/label-writer';

/** The points of one metric stream in a family, and what writes their labels. */
export interface FamilyPart {
  readonly stream: CollectedStream;
  readonly labels: LabelWriter;
  /** Whether a point belongs to the family. All do by default. */
  readonly accepts?: (attributes: Attributes) => boolean;
}

/** What a family is. The points of a histogram hold a `Histogram`, of a native one an `ExponentialHistogram`, of a summary a `Summary`, else a number. */
export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'native' | 'summary' | 'info';

/** What is served under one name: one HELP, one TYPE, and all of its series together, though they may come from several metrics. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  /** The words of the unit that the name ends with, or an empty string. */
  readonly unit: string;
  /** The definition and the name of its catalog, if the metric is documented. */
  readonly documented?: Documented;
  readonly parts: readonly FamilyPart[];
  readonly history: FamilyHistory;
}

/** What was learned of a family while its points were read; kept from one collection to the next. */
export interface FamilyHistory {
  mayRepeat: boolean;
  /** The series that are known to be written alike, each with these labels; see {@link ReusedPoints.generation}. */
  distinct?: { readonly generation: object; readonly labels: LabelWriter };
}

/** Why a family, or a metric that would have been a part of it, is not on a page. */
export type DropReason = 'conflict' | 'delta' | 'invalid';

/** The families of one collection, ordered by name. */
export interface FamilyPlan {
  readonly families: readonly Family[];
  /** How many metrics were left out, by reason. Each was reported. */
  readonly dropped: ReadonlyMap<DropReason, number>;
}

/** What documents a metric. */
export interface Documented {
  /** The name of the catalog. */
  readonly catalog: string;
  readonly definition: MetricDefinition;
}

/** Returns the type of the family that a stream belongs to. */
export function familyType({ dataPointType, isMonotonic }: CollectedStream): FamilyType {
  switch (dataPointType) {
    case DATA_POINT_TYPE.SUM:
      return isMonotonic === true ? 'counter' : 'gauge';
    case DATA_POINT_TYPE.HISTOGRAM:
      return 'histogram';
    case DATA_POINT_TYPE.EXPONENTIAL_HISTOGRAM:
      return 'native';
    case SUMMARY_POINT:
      return 'summary';
    default:
      return 'gauge';
  }
}

/** Returns the type whose samples a family has, if they have several names. */
export function compositeType({ type }: Pick<Family, 'type'>): CompositeType | undefined {
  if (type === 'summary') return type;
  return type === 'histogram' || type === 'native' ? 'histogram' : undefined;
}
