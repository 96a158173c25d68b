import type { HttpRole, InstrumentKind } from '../catalog/definition';
import type { LabelValues } from '../catalog/labels';

/** A value that a label can have. */
export interface RegistryMember {
  /** The name of the constant that generated code has for it. */
  readonly key: string;
  readonly value: string;
  readonly brief: string;
}

/** A label, from an attribute of the registry. */
export interface RegistryLabel {
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
  /** What of HTTP server requests the metric records without code. */
  readonly http: HttpRole | undefined;
  /** Why the metric is defined this way, where its document leaves a choice. */
  readonly reason: string | undefined;
}

/** An OpenTelemetry Weaver registry of metrics (file format definition/2). */
export interface Registry {
  /** The name of the system's folder. */
  readonly name: string;
  readonly schemaUrl: string;
  readonly version: string;
  readonly description: string;
  readonly metrics: readonly RegistryMetric[];
}
