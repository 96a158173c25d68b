export { AggregatorRegistry } from './aggregator-registry';
export type { MetricAggregator } from './aggregators';
export { aggregators } from './aggregators';
export { exponentialBuckets, linearBuckets } from './bucket-generators';
export type { OpenMetricsContentType, PrometheusContentType, RegistryContentType } from './content-types';
export {
  OPENMETRICS_CONTENT_TYPE as openMetricsContentType,
  PROMETHEUS_CONTENT_TYPE as prometheusContentType,
} from './content-types';
export type { CounterChild, CounterConfiguration, IncreaseDataWithExemplar } from './counter';
export { Counter } from './counter';
export type { DefaultMetricsCollectorConfiguration } from './default-metrics';
export { collectDefaultMetrics } from './default-metrics';
export { register } from './default-registry';
export type { GaugeChild, GaugeConfiguration } from './gauge';
export { Gauge } from './gauge';
export type { HistogramChild, HistogramConfiguration } from './histogram';
export { Histogram } from './histogram';
export type { LabelValues } from './label-values';
export type { Metric, MetricConfiguration } from './metric';
export type { Aggregator, JsonExemplar, JsonLabels, JsonValue, MetricJson, MetricKind } from './metric-json';
export type { ObserveDataWithExemplar } from './observation';
export type { PushgatewayOptions, PushParameters, PushResult } from './pushgateway';
export { Pushgateway } from './pushgateway';
export type { RegisteredMetric } from './registry';
export { Registry } from './registry';
export { bridgePromClient, type PromClientRegistry } from './registry-producer';
export type { SummaryChild, SummaryConfiguration } from './summary';
export { Summary } from './summary';
export { validateMetricName } from './validation';
