/**
 * Catalogs and instruments for applications and libraries. Needs `@opentelemetry/api` only: works with any OpenTelemetry
 * SDK, and does nothing without one.
 */

/** Bounds of buckets. */
export { exponentialBuckets, linearBuckets } from '../catalog/buckets';
/** Declares a set of metrics. */
export { CatalogError, defineCatalog } from '../catalog/define';
/** The types and constants of definitions. */
export {
  type Catalog,
  type Collect,
  DEFAULT_BUCKETS,
  DEFAULT_CARDINALITY_LIMIT,
  type GaugeMerge,
  type HttpRole,
  type InstrumentKind,
  type MetricDefinition,
  type Observation,
  type Observed,
} from '../catalog/definition';
/** The types and constants of labels. */
export {
  type LabelInput,
  type LabelSchema,
  type LabelSelector,
  type Labels,
  type LabelValues,
  OTHER_LABEL_VALUE,
} from '../catalog/labels';
/** The views of a catalog for a stock `MeterProvider`. */
export { type CatalogSource, catalogViews } from '../catalog/views';
/** One problem of a definition. */
export { type Issue, IssueError } from '../issues';
/** The types of the instruments that a meterbridge `MeterProvider` creates. */
export type {
  BoundCounter,
  BoundGauge,
  BoundHistogram,
  Capable,
  CapableCounter,
  CapableGauge,
  CapableHistogram,
  CapableMeter,
  CapableUpDownCounter,
  HistogramValue,
  SeriesCapabilities,
} from './capabilities';
/** Recording of HTTP requests in any catalog. */
export { createHttpRecorder } from './catalog-http-recorder';
/** Creates the instruments of a catalog on a meter. */
export { createInstruments } from './catalog-instruments';
/** Creates the instruments of a catalog on the registered SDK, now or later. */
export { deferredInstruments } from './deferred';
/** The base of a class with one method for each event. */
export { Facade } from './facade';
/** What HTTP instrumentation calls for each request. */
export type {
  BoundHttpRequest,
  HttpExchange,
  HttpInstrument,
  HttpInstruments,
  HttpLabels,
  HttpRecorder,
  HttpRecorderOptions,
  HttpRequest,
  InstrumentLabels,
  UnionToIntersection,
} from './http-recorder';
/** Functions on the series of an OpenTelemetry instrument that belongs to no catalog. */
export {
  type AnyInstrument,
  type BoundInstrument,
  bindInstrument,
  clearSeries,
  removeSeries,
} from './instrument-series';
/** The types of the instruments of a catalog. */
export type {
  BoundCatalogCounter,
  BoundCatalogGauge,
  BoundCatalogHistogram,
  BoundCatalogUpDownCounter,
  CatalogCounter,
  CatalogGauge,
  CatalogHistogram,
  CatalogInstrument,
  CatalogObservable,
  CatalogUpDownCounter,
  DefinedLabels,
  InstrumentOf,
  Instruments,
  LabelArguments,
  LabelledObservation,
  LabelPair,
  ListedLabel,
  MeterLike,
  OnlyClosedValue,
  SelectorArguments,
} from './instrument-types';
/** Measures durations. */
export { type HistogramTimer, measure, type Outcome, stopwatch, type Timed } from './timer';
/** A timer of a facade. */
export { WorkTimer } from './work-timer';
