/** Definitions and instruments alone, for a library: needs `@opentelemetry/api` and runs under any OpenTelemetry SDK. */
export {
  type Bound,
  type BoundCounter,
  type BoundGauge,
  type BoundHistogram,
  bind,
  clear,
  type HistogramValue,
  remove,
} from './bind';
export {
  type Catalog,
  CatalogError,
  DEFAULT_BUCKETS,
  DEFAULT_LIMIT,
  defineCatalog,
  type InstrumentKind,
  type MetricDefinition,
} from './define';
export { Facade } from './facade';
export { globalInstruments } from './global-meter';
export {
  type CatalogCounter,
  type CatalogGauge,
  type CatalogHistogram,
  type CatalogUpDownCounter,
  createInstruments,
  type InstrumentOf,
  type InstrumentSource,
  type Instruments,
} from './instruments';
export { type LabelDefinitions, type LabelSet, type LabelValue, type LabelValues, OTHER } from './labels';
export { type Outcome, startTimer, time, timeSync } from './timer';
export { catalogViews } from './views';
