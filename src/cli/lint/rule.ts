import type { Violation } from '../../catalog/promlint';
import type { RegistryLabel, RegistryMetric } from '../../registry/registry';

/** A naming rule: returns what is wrong with a definition, or `undefined`. */
export interface Rule<T> {
  readonly code: string;
  readonly find: (definition: T) => Violation | undefined;
}

export type MetricRule = Rule<RegistryMetric>;
export type LabelRule = Rule<RegistryLabel>;
