import { DEFINITION, type GaugeMerge } from '../catalog/definition';
import { DATA_POINT_TYPE } from '../collection/enums';
import type { CollectedMetadata } from '../collection/points';

/**
 * How the values of several processes become one:
 *
 * - `count`: added up. What a process has counted stays when it ends.
 * - any other: as the definition of a gauge says. The value of a process ends with it.
 */
export type MergeRule = 'count' | GaugeMerge;

/**
 * Returns the rule of a stream. Values that only grow are counted, values that are incremented and decremented are added
 * up. A documented gauge is merged as its definition says, and added up by default, as prom-client does. An undocumented
 * one has one series per process: which of the other rules is right depends on its meaning.
 */
export function selectMergeRule({ dataPointType, isMonotonic, descriptor }: CollectedMetadata): MergeRule {
  if (dataPointType === DATA_POINT_TYPE.SUM) return isMonotonic === true ? 'count' : 'sum';
  if (dataPointType !== DATA_POINT_TYPE.GAUGE) return 'count';
  const definition = descriptor[DEFINITION];
  return definition === undefined ? 'process' : (definition.merge ?? 'sum');
}

/** What merging a gauge needs of the value of one process. */
export interface GaugeValue {
  readonly value: number;
  /** When the value was last seen to change, in milliseconds; -Infinity for a zero that has not changed yet. */
  readonly changedAt: number;
}

/** Returns one value for those of several processes, of which there is at least one. */
export function mergeGauges(rule: GaugeMerge, values: readonly GaugeValue[]): number {
  switch (rule) {
    case 'min':
      return values.reduce((least, { value }) => Math.min(least, value), Infinity);
    case 'max':
      return values.reduce((greatest, { value }) => Math.max(greatest, value), -Infinity);
    case 'mean':
      return add(values) / values.length;
    case 'last':
      return values.reduce((last, each) => (each.changedAt >= last.changedAt ? each : last)).value;
    default:
      return add(values);
  }
}

function add(values: readonly GaugeValue[]): number {
  return values.reduce((sum, { value }) => sum + value, 0);
}
