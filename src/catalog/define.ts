import { shown } from '../diagnostics';
import { isClosed, type LabelDefinitions } from './labels';

/**
 * The key under which a metric definition travels on the options of an instrument, and then on its descriptor, so that an
 * exporter knows that the metric is documented. Shared by every copy of the package in a process.
 */
export const DEFINITION: unique symbol = Symbol.for('meterbridge.definition') as never;

/** The kinds of instrument a metric can be. A gauge is set, an `updowncounter` is counted up and down; Prometheus sees both as gauges. */
export type InstrumentKind = 'counter' | 'updowncounter' | 'gauge' | 'histogram';

/** What a metric is. */
export interface MetricDefinition {
  /** The family's name, served to the letter: `[a-zA-Z_:][a-zA-Z0-9_:]*`. */
  readonly name: string;
  readonly instrument: InstrumentKind;
  /** The HELP text. */
  readonly description: string;
  /** The UCUM unit, for OTLP backends; never changes the served name. */
  readonly unit?: string;
  /** The part of its document that has it; pages group by it. */
  readonly section?: string;
  /** Labels in the order in which they are served. None by default. */
  readonly labels?: LabelDefinitions;
  /** Upper bounds of a histogram's buckets, ascending, without `+Inf`. {@link DEFAULT_BUCKETS} unless given. */
  readonly buckets?: readonly number[];
  /**
   * Whether the metric exists from the start, as 0 or as an empty histogram: a metric without labels as one series,
   * one with closed labels as a series for each combination. `true` unless given; without effect where a label is open.
   */
  readonly initialize?: boolean;
  /** The most series the metric ever holds, the overflow series included; at least 2. {@link DEFAULT_LIMIT} unless given. */
  readonly cardinalityLimit?: number;
}

/** A documented set of metrics. */
export interface Catalog<M extends Record<string, MetricDefinition> = Record<string, MetricDefinition>> {
  /** The name of the instrumentation scope. */
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
  /** The metrics, under the names by which code calls them. */
  readonly metrics: M;
}

/** The client libraries' default bucket bounds, in seconds. */
export const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The default cardinality limit of the OpenTelemetry specification (Metrics SDK, Cardinality limits). */
export const DEFAULT_LIMIT = 2000;

/** A definition that cannot be served. Thrown while metrics are being defined, never while they are recorded. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
}

/**
 * Declares a set of metrics. The result types its instruments: label names and closed values are checked by the compiler.
 *
 * @throws CatalogError naming the metric, what was given and what is accepted
 * @example
 * const shop = defineCatalog({
 *   name: 'shop',
 *   metrics: {
 *     orders: {
 *       name: 'shop_orders_total',
 *       instrument: 'counter',
 *       description: 'Orders placed',
 *       labels: { result: ['paid', 'refused'], country: 'string' },
 *     },
 *   },
 * });
 */
export function defineCatalog<const M extends Record<string, MetricDefinition>>(catalog: Catalog<M>): Catalog<M> {
  if (typeof catalog.name !== 'string' || catalog.name === '') {
    throw new CatalogError(`a catalog needs a name, given ${shown(catalog.name)}`);
  }
  const served = new Map<string, string>();
  for (const definition of Object.values(catalog.metrics)) {
    checkDefinition(catalog.name, definition);
    for (const name of sampleNames(definition)) {
      const other = served.get(name);
      if (other !== undefined) {
        throw new CatalogError(
          `catalog ${catalog.name}: ${definition.name} and ${other} would both serve samples named ${name}`,
        );
      }
      served.set(name, definition.name);
    }
  }
  for (const definition of Object.values(catalog.metrics)) {
    documented.set(definition.name, { catalog: catalog.name, definition });
  }
  return catalog;
}

/** Whether two definitions serve the same family: the same name, type, help, labels and buckets. */
export function sameFamily(a: MetricDefinition, b: MetricDefinition): boolean {
  const face = (d: MetricDefinition) =>
    JSON.stringify([d.name, promType(d), d.description, Object.keys(d.labels ?? {}).sort(), bucketsOf(d)]);
  return face(a) === face(b);
}

/** The Prometheus type under which a metric is served. */
export function promType(definition: MetricDefinition): 'counter' | 'gauge' | 'histogram' {
  return definition.instrument === 'updowncounter' ? 'gauge' : definition.instrument;
}

export function bucketsOf(definition: MetricDefinition): readonly number[] | undefined {
  return definition.instrument === 'histogram' ? (definition.buckets ?? DEFAULT_BUCKETS) : undefined;
}

/** Where a metric is documented. */
export interface Documented {
  /** The name of the catalog that defines it. */
  readonly catalog: string;
  readonly definition: MetricDefinition;
}

/**
 * All metrics that any catalog in this process defines, by name, so that an exporter knows which names are served
 * untranslated. On `globalThis`, because a library may bring its own copy of this package.
 */
const documented = documentedOfProcess();

function documentedOfProcess(): Map<string, Documented> {
  const slot = globalThis as { [key: symbol]: unknown };
  const symbol = Symbol.for('meterbridge.documented');
  slot[symbol] ??= new Map<string, Documented>();
  return slot[symbol] as Map<string, Documented>;
}

/** Every documented metric of a catalog that was loaded. */
export function documentedIn(catalog: string): MetricDefinition[] {
  return [...documented.values()].filter((each) => each.catalog === catalog).map(({ definition }) => definition);
}

/** The catalog that defines a metric of this name, so that it is served to the letter; nothing where none does. */
export function documentedAs(name: string): Documented | undefined {
  return documented.get(name);
}

const INSTRUMENTS: ReadonlySet<string> = new Set(['counter', 'updowncounter', 'gauge', 'histogram']);
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

function checkDefinition(catalog: string, definition: MetricDefinition): void {
  const { name, instrument, labels = {}, buckets, cardinalityLimit: limit } = definition;
  const refuse = (what: string): never => {
    throw new CatalogError(`catalog ${catalog}, metric ${shown(name)}: ${what}`);
  };
  if (!METRIC_NAME.test(name)) refuse(`a metric name matches ${METRIC_NAME}`);
  if (!INSTRUMENTS.has(instrument)) {
    refuse(`instrument is one of ${[...INSTRUMENTS].join(', ')}, given ${shown(instrument)}`);
  }
  if (typeof definition.description !== 'string')
    refuse(`description is a string, given ${shown(definition.description)}`);
  for (const [label, values] of Object.entries(labels)) {
    if (!LABEL_NAME.test(label)) refuse(`a label name matches ${LABEL_NAME}, given ${shown(label)}`);
    if (label === 'le' && instrument === 'histogram') refuse('the label le belongs to the histogram itself');
    if (isClosed(values) && new Set(values).size !== values.length) refuse(`label ${label} lists a value twice`);
    if (isClosed(values) && values.length === 0) refuse(`label ${label} lists no value`);
  }
  if (buckets !== undefined) {
    if (instrument !== 'histogram') refuse(`buckets belong to a histogram, this is a ${instrument}`);
    const ascending = buckets.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (buckets[i - 1] ?? 0)));
    if (!ascending) refuse(`buckets are finite and ascending, given [${buckets.join(', ')}]`);
  }
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 2)) {
    refuse(`cardinalityLimit is a whole number of at least 2, given ${shown(limit)}`);
  }
}

/** Every name that samples of a metric carry. */
function sampleNames({ name, instrument }: MetricDefinition): string[] {
  return instrument === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
