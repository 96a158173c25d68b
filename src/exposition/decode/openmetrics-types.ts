import type { MetricFamilyType } from './metric-family';

/** The suffixes that the samples of each type may have (OpenMetrics 1.0, "Overall Structure" of each metric type). */
export const SUFFIXES: Readonly<Record<MetricFamilyType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['', '_count', '_sum', '_created'],
  info: ['_info'],
  stateset: [''],
  unknown: [''],
};

/** Whether a word is a type of OpenMetrics. */
export function isMetricFamilyType(word: string): word is MetricFamilyType {
  return Object.hasOwn(SUFFIXES, word);
}
