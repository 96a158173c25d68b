import { isObject } from '../../is-object';
import { describeValue } from './describe-value';
import type { LabelValues } from './label-values';

/** A measurement with an exemplar. */
export interface ObserveDataWithExemplar<T extends string> {
  /** A finite number. */
  readonly value: number;
  /** None by default. */
  readonly labels?: LabelValues<T>;
  /** The labels of the exemplar. Without them there is none. */
  readonly exemplarLabels?: Readonly<Record<string, string | number>>;
}

/** Returns the labels and the value that the arguments of `observe()` give. @throws TypeError if the value is not finite */
export function readObservation<T extends string>(
  first: unknown,
  second: unknown,
): { readonly labels: LabelValues<T>; readonly value: number } {
  const hasLabels = isObject(first);
  const value = hasLabels ? second : first;
  return { labels: hasLabels ? (first as LabelValues<T>) : {}, value: readFinite(value) };
}

/** Returns a finite number. @throws TypeError for anything else */
export function readFinite(value: unknown): number {
  if (!Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${describeValue(value)}`);
  return value as number;
}
