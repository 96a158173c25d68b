/** Definitions and instruments alone, for a library: needs `@opentelemetry/api` and runs under any OpenTelemetry SDK. */

export {
  type Catalog,
  CatalogError,
  DEFAULT_BUCKETS,
  DEFAULT_LIMIT,
  defineCatalog,
  type InstrumentKind,
  type MetricDefinition,
} from '../catalog/define';
export { type LabelDefinitions, type LabelSet, type LabelValue, type LabelValues, OTHER } from '../catalog/labels';
export { catalogViews } from '../catalog/views';
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
  type CatalogCounter,
  type CatalogGauge,
  type CatalogHistogram,
  type CatalogUpDownCounter,
  createInstruments,
  type InstrumentOf,
  type InstrumentSource,
  type Instruments,
} from './catalog-instruments';
export { globalInstruments } from './deferred';
export { Facade } from './facade';
export { type Outcome, startTimer, time, timeSync } from './timer';
