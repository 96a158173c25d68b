/** The type of a metric family. The text format writes `untyped` for `unknown`, and `gauge_histogram` for `gaugehistogram`. */
export type MetricFamilyType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown';

/** One sample line of an exposition. */
export interface Sample {
  /** The name as it is written, suffix included: `http_requests_total`, `latency_seconds_bucket`. */
  readonly name: string;
  /** The labels in the order in which they are written, `le` and `quantile` included. */
  readonly labels: ReadonlyMap<string, string>;
  /** Any number; `NaN`, `Infinity` and `-Infinity` are values as well. */
  readonly value: number;
  /** Milliseconds since 1970 in both formats; `undefined` if the line has no timestamp. */
  readonly timestamp: number | undefined;
  /** OpenMetrics only. */
  readonly exemplar: SampleExemplar | undefined;
}

/** The example measurement of a sample (OpenMetrics 1.0, "Exemplars"). */
export interface SampleExemplar {
  /** Usually `trace_id` and `span_id`. */
  readonly labels: ReadonlyMap<string, string>;
  /** The measured value. */
  readonly value: number;
  /** Milliseconds since 1970; `undefined` if the exemplar has no timestamp. */
  readonly timestamp: number | undefined;
}

/** The samples of one name, with their metadata. */
export interface MetricFamily {
  /**
   * The name of the TYPE line. In OpenMetrics the samples of some types have a suffix that this name lacks: those of the
   * counter `http_requests` are named `http_requests_total`.
   */
  readonly name: string;
  /** `unknown` if the page has no TYPE line for the family. */
  readonly type: MetricFamilyType;
  /** The unescaped help text; `undefined` if the page has none. */
  readonly help: string | undefined;
  /** OpenMetrics only; `undefined` if the page has none. */
  readonly unit: string | undefined;
  /** In the order in which they are written. */
  readonly samples: readonly Sample[];
}
