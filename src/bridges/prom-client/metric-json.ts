/** The type of a metric of prom-client. */
export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'summary';

/** How prom-client combines the values of several processes. */
export type Aggregator = 'omit' | 'sum' | 'first' | 'min' | 'max' | 'average';

/** Labels of a sample. */
export type JsonLabels = Readonly<Record<string, string | number>>;

/** An exemplar as prom-client has it. */
export interface JsonExemplar {
  /** The labels of the exemplar. */
  readonly labelSet: JsonLabels;
  /** The measured value. */
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timestamp?: number;
}

/** One sample of a metric. */
export interface JsonValue {
  /** The value of the sample. */
  readonly value: number;
  /** The labels of the sample, `le` and `quantile` included. */
  readonly labels: JsonLabels;
  /** The name of the sample, if it is not that of the metric. */
  readonly metricName?: string;
  /** The exemplar of the sample, if there is one. */
  readonly exemplar?: JsonExemplar | null;
}

/** A metric as `getMetricsAsJSON()` of a registry returns it. */
export interface MetricJson {
  /** The name of the family. */
  readonly name: string;
  /** The HELP text. */
  readonly help: string;
  /** The type of the family. */
  readonly type: MetricKind;
  /** The samples. */
  readonly values: readonly JsonValue[];
  /** How values of several processes are combined. */
  readonly aggregator: Aggregator;
}
