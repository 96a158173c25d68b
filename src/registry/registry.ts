import type { GaugeMerge, HttpRole, InstrumentKind } from '../catalog/definition';
import type { LabelValues } from '../catalog/labels';
import type { LintException } from './lint-exceptions';

/** A value that a label can have. */
export interface RegistryMember {
  /** The name of the constant that generated code has for it. */
  readonly key: string;
  readonly value: string;
  readonly brief: string;
}

/** A label, from an attribute of the registry. */
export interface RegistryLabel {
  /** The key of the attribute. */
  readonly key: string;
  /** The label name in expositions. */
  readonly label: string;
  readonly brief: string;
  readonly examples: readonly string[];
  readonly members: readonly RegistryMember[];
  readonly values: LabelValues;
  /** The name of the generated type and constants; undefined for a label without members. */
  readonly enumName: string | undefined;
  /** Why the label is defined this way, where its document leaves a choice. */
  readonly reason: string | undefined;
  /** The naming rules that do not apply. */
  readonly exceptions: readonly LintException[];
  /** `file:line:column` of the definition. */
  readonly position: string;
}

/** A metric of the registry. */
export interface RegistryMetric {
  readonly name: string;
  /** The name of the metric's property in the generated catalog. */
  readonly key: string;
  readonly instrument: InstrumentKind;
  readonly unit: string;
  readonly brief: string;
  readonly note: string | undefined;
  /** The section of the document that defines the metric. */
  readonly section: string;
  readonly labels: readonly RegistryLabel[];
  readonly buckets: readonly number[] | undefined;
  readonly initialize: boolean;
  /** Whether callbacks observe the metric when it is collected. */
  readonly asynchronous: boolean;
  readonly cardinalityLimit: number | undefined;
  /** How the values of a gauge in several processes become one. */
  readonly merge: GaugeMerge | undefined;
  /** The names of the values 0, 1, 2 and so on of a gauge whose value is a state. */
  readonly states: readonly string[] | undefined;
  /** The aggregation of queries, for a gauge that every instance exports with the same value. */
  readonly aggregate?: 'max' | 'min' | 'avg' | undefined;
  /** What of HTTP server requests the metric records without code. */
  readonly http: HttpRole | undefined;
  /** Why the metric is defined this way, where its document leaves a choice. */
  readonly reason: string | undefined;
  /** The metric that replaces this one, if it is deprecated for that reason. */
  readonly renamedTo: string | undefined;
  /** The naming rules that do not apply. */
  readonly exceptions: readonly LintException[];
  /** `file:line:column` of the definition. */
  readonly position: string;
}

/** An OpenTelemetry Weaver registry of metrics (file format definition/2). */
export interface Registry {
  /** The name of the system's folder. */
  readonly name: string;
  readonly schemaUrl: string;
  readonly version: string;
  readonly description: string;
  readonly metrics: readonly RegistryMetric[];
  /** The labels of all attributes that the registry defines, used or not. */
  readonly labels: readonly RegistryLabel[];
}
