/** The type of a metric of prom-client. */
export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'summary';

/** How prom-client combines the values of several processes. */
export type Aggregator = 'omit' | 'sum' | 'first' | 'min' | 'max' | 'average';

/** Labels of a sample. */
export type JsonLabels = Readonly<Record<string, string | number>>;

/** An exemplar as prom-client has it. */
export interface JsonExemplar {
  readonly labelSet: JsonLabels;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timestamp?: number;
}

/** One sample of a metric. */
export interface JsonValue {
  readonly value: number;
  readonly labels: JsonLabels;
  /** The name of the sample, if it is not that of the metric. */
  readonly metricName?: string;
  readonly exemplar?: JsonExemplar | null;
}

/** A metric as `getMetricsAsJSON()` of a registry returns it. */
export interface MetricJson {
  readonly name: string;
  readonly help: string;
  readonly type: MetricKind;
  readonly values: readonly JsonValue[];
  readonly aggregator: Aggregator;
}
