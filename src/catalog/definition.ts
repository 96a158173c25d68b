import { closedCombinations, type LabelSchema } from './labels';

/**
 * The key under which a metric definition travels on the options of an instrument, and then on its descriptor, so that an
 * exporter knows that the metric is documented. Shared by every copy of the package in a process.
 */
export const DEFINITION: unique symbol = Symbol.for('meterbridge.definition') as never;

/** The options of an instrument, or its descriptor, that carry a definition. */
export interface DefinitionCarrier {
  readonly [DEFINITION]?: MetricDefinition;
}

/**
 * The kind of instrument of a metric, in the words of OpenTelemetry Weaver. A `gauge` is set, an `updowncounter` is
 * incremented and decremented; Prometheus serves both as gauges.
 */
export type InstrumentKind = 'counter' | 'updowncounter' | 'gauge' | 'histogram';

/** All values of {@link InstrumentKind}. */
export const INSTRUMENT_KINDS: readonly InstrumentKind[] = ['counter', 'updowncounter', 'gauge', 'histogram'];

/**
 * What a metric records of HTTP server requests: the seconds of each, their number, those that are being handled, or the
 * bytes of their bodies or of the bodies of their responses.
 */
export type HttpRole = 'duration' | 'requests' | 'in_flight' | 'request_size' | 'response_size';

/** The kind of instrument that each {@link HttpRole} needs. */
export const HTTP_ROLES: Readonly<Record<HttpRole, InstrumentKind>> = {
  duration: 'histogram',
  requests: 'counter',
  in_flight: 'updowncounter',
  request_size: 'histogram',
  response_size: 'histogram',
};

/** The value of one series of an asynchronous metric. */
export interface Observation {
  /** The value, in the unit of the metric. Of a counter: the total so far, not an increment. */
  readonly value: number;
  /** Every label of the metric. Left out for a metric without labels. */
  readonly labels?: Readonly<Record<string, string | number>> | undefined;
}

/** What an asynchronous metric is at the moment: one value, the values of several series, or nothing. */
export type Observed<O extends Observation = Observation> = number | Iterable<O> | undefined;

/** Returns what an asynchronous metric is at the moment. Called once for each collection. */
export type Collect<O extends Observation = Observation> = () => Observed<O> | PromiseLike<Observed<O>>;

/**
 * How the values of a gauge in several processes of one program become one value: their sum, minimum, maximum or mean, the
 * value that changed last, or one series per process with the label `process`.
 */
export type GaugeMerge = 'sum' | 'min' | 'max' | 'mean' | 'last' | 'process';

/** All values of {@link GaugeMerge}. */
export const GAUGE_MERGES: readonly GaugeMerge[] = ['sum', 'min', 'max', 'mean', 'last', 'process'];

/** The definition of a metric. */
export interface MetricDefinition {
  /** The family name, served unchanged. Must match `[a-zA-Z_:][a-zA-Z0-9_:]*` (Prometheus data model). */
  readonly name: string;
  /** The kind of instrument that records the metric. */
  readonly instrument: InstrumentKind;
  /** The HELP text in Prometheus formats, the description in OTLP. */
  readonly description: string;
  /** The UCUM unit, for OTLP backends. Never changes the served name. None by default. */
  readonly unit?: string | undefined;
  /** The section of the document that defines the metric. The dashboard and generated documents group metrics by it. */
  readonly section?: string | undefined;
  /** The labels, in the order in which they are served. None by default. */
  readonly labels?: LabelSchema | undefined;
  /**
   * The upper bounds of the buckets of a histogram: finite, ascending, without `+Inf`. {@link DEFAULT_BUCKETS} by default.
   * A view of the provider takes precedence.
   */
  readonly buckets?: readonly number[] | undefined;
  /**
   * Whether series are created at 0 (or as an empty histogram) before the first measurement: one series for a metric
   * without labels, one for each combination of closed labels. `true` by default. Has no effect on a metric with an open
   * label, and on an asynchronous one.
   */
  readonly initialize?: boolean | undefined;
  /**
   * Whether callbacks observe the metric when it is collected, instead of code that records it (OpenTelemetry
   * specification, Metrics API, Asynchronous instruments). Not for histograms. A series that no callback observes is not
   * served. `true` if {@link collect} is given, otherwise `false` by default.
   */
  readonly asynchronous?: boolean | undefined;
  /**
   * Returns the value of a metric without labels, or the values of its series, each time the metric is collected. Makes
   * the metric asynchronous. A callback that fails or takes too long is reported, and its metric is left out. None by
   * default.
   */
  readonly collect?: Collect | undefined;
  /**
   * The maximum number of label sets, an integer of at least 1. Measurements of further label sets are recorded in one
   * overflow series (OpenTelemetry specification, Metrics SDK, Cardinality limits). The limit of the provider by default,
   * which is {@link DEFAULT_CARDINALITY_LIMIT} unless configured.
   */
  readonly cardinalityLimit?: number | undefined;
  /**
   * Records HTTP server requests in the metric without code, if the catalog is passed to `start({ catalogs })`. A catalog
   * can have one metric for each role. None by default.
   */
  readonly http?: HttpRole | undefined;
  /**
   * How the values of a gauge are merged if the program runs as several processes or threads. `sum` by default. Only for the
   * instrument `gauge`: what other instruments record is always added up.
   */
  readonly merge?: GaugeMerge | undefined;
  /**
   * The names of the values 0, 1, 2 and so on of a gauge whose value is a state, for the dashboard. None by default. Only for
   * the instrument `gauge`.
   */
  readonly states?: readonly string[] | undefined;
}

/** A documented set of metrics. Created with `defineCatalog`. */
export interface Catalog<M extends Record<string, MetricDefinition> = Record<string, MetricDefinition>> {
  /** The name of the instrumentation scope. */
  readonly name: string;
  /** The version of the instrumentation scope. */
  readonly version?: string | undefined;
  /** The schema URL of the instrumentation scope. */
  readonly schemaUrl?: string | undefined;
  /** The metrics, by the names under which code uses them. */
  readonly metrics: M;
}

/** The default bucket bounds of Prometheus client libraries, in seconds (client_golang, `DefBuckets`). Frozen. */
export const DEFAULT_BUCKETS: readonly number[] = Object.freeze([
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]);

/** The default cardinality limit of the OpenTelemetry specification (Metrics SDK, Cardinality limits). */
export const DEFAULT_CARDINALITY_LIMIT = 2000;

/** Returns whether callbacks observe a metric when it is collected. */
export function isAsynchronous({ asynchronous, collect }: MetricDefinition): boolean {
  return asynchronous === true || collect !== undefined;
}

/** Returns the label sets of the series that exist from the start ({@link MetricDefinition.initialize}). */
export function initialLabels(definition: MetricDefinition): Record<string, string>[] {
  if (definition.initialize === false || isAsynchronous(definition)) return [];
  return closedCombinations(definition.labels ?? {});
}

/** Returns the type under which Prometheus formats serve a metric. */
export function prometheusType({
  instrument,
}: Pick<MetricDefinition, 'instrument'>): 'counter' | 'gauge' | 'histogram' {
  return instrument === 'updowncounter' ? 'gauge' : instrument;
}

/** Returns the bucket bounds of a histogram, or `undefined` for any other instrument. */
export function bucketBounds({
  instrument,
  buckets,
}: Pick<MetricDefinition, 'instrument' | 'buckets'>): readonly number[] | undefined {
  return instrument === 'histogram' ? (buckets ?? DEFAULT_BUCKETS) : undefined;
}

/** Returns whether two definitions serve the same family: the same name, type, help, label names and buckets. */
export function isSameFamily(a: MetricDefinition, b: MetricDefinition): boolean {
  return familyKey(a) === familyKey(b);
}

function familyKey(definition: MetricDefinition): string {
  const { name, description, labels = {} } = definition;
  return JSON.stringify([
    name,
    prometheusType(definition),
    description,
    Object.keys(labels).sort(),
    bucketBounds(definition),
  ]);
}
