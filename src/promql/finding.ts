/** How much a finding matters. A `note` is advice and does not fail a check. */
export type Severity = 'error' | 'warning' | 'note';

/** The kinds of findings in queries, and how severe each is by default. docs/promql-findings.md explains them. */
export const FINDING_CODES = {
  unreadable_file: 'error',
  syntax_error: 'error',
  type_error: 'error',
  unknown_metric: 'error',
  unknown_label: 'error',
  impossible_label_value: 'error',
  rate_of_gauge: 'error',
  gauge_function_on_counter: 'warning',
  counter_without_rate: 'warning',
  bare_histogram: 'error',
  missing_le: 'error',
  not_a_histogram: 'error',
  quantile_out_of_range: 'error',
  quantile_above_buckets: 'error',
  threshold_unreachable: 'error',
  range_too_short: 'warning',
  mismatched_labels: 'error',
  never_matches: 'error',
  time_of_non_timestamp: 'error',
  missing_aggregation: 'warning',
  dropped_label: 'warning',
  absent_without_labels: 'warning',
  for_exceeds_range: 'note',
  alert_never_fires: 'error',
  alert_never_resolves: 'warning',
  misleading_description: 'warning',
} as const satisfies Readonly<Record<string, Severity>>;

export type FindingCode = keyof typeof FINDING_CODES;

/** A place in a file. */
export interface Position {
  /** From 1. It is 1 if a source has no lines. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** A problem of a query. */
export interface QueryFinding extends Position {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** What is wrong, and why. */
  readonly message: string;
  readonly file: string;
  /** What to write instead. */
  readonly suggestion?: string;
}
