import type { Attributes } from '@opentelemetry/api';
import type { AggregationType, IAttributesProcessor, ViewOptions } from '@opentelemetry/sdk-metrics';
import { bucketBounds, type Catalog, type MetricDefinition } from './definition';
import { OVERFLOW_ATTRIBUTES } from './overflow';

/** A catalog, or an object that has one, such as a facade. */
export type CatalogSource = Catalog | { readonly catalog: Catalog };

/** Returns the catalog of a {@link CatalogSource}. */
export function resolveCatalog(source: CatalogSource): Catalog {
  return 'catalog' in source ? source.catalog : source;
}

/** Written as a number so that a catalog loads no SDK. The compiler refuses any other number. */
const EXPLICIT_BUCKET_HISTOGRAM: AggregationType.EXPLICIT_BUCKET_HISTOGRAM = 4;

/**
 * Returns views that set the documented buckets, labels and cardinality limits, for the `views` option of a
 * `MeterProvider` of `@opentelemetry/sdk-metrics`. The provider of meterbridge needs no such views.
 *
 * @param sources catalogs, or facades
 * @example
 * new MeterProvider({ views: catalogViews(shop), readers: [reader] });
 */
export function catalogViews(...sources: readonly CatalogSource[]): ViewOptions[] {
  return sources.flatMap((source) => Object.values(resolveCatalog(source).metrics).map(definitionView));
}

function definitionView(definition: MetricDefinition): ViewOptions {
  const view: ViewOptions = {
    instrumentName: definition.name,
    attributesProcessors: [new DocumentedLabels(Object.keys(definition.labels ?? {}))],
  };
  if (definition.cardinalityLimit !== undefined) view.aggregationCardinalityLimit = definition.cardinalityLimit;
  const boundaries = bucketBounds(definition);
  if (boundaries !== undefined) {
    view.aggregation = { type: EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [...boundaries] } };
  }
  return view;
}

/** Drops every attribute that is not a label of the metric, except the overflow attribute. */
export class DocumentedLabels implements IAttributesProcessor {
  private readonly names: ReadonlySet<string>;

  constructor(labels: readonly string[]) {
    this.names = new Set([...labels, ...Object.keys(OVERFLOW_ATTRIBUTES)]);
  }

  process(incoming: Attributes): Attributes {
    return Object.fromEntries(Object.entries(incoming).filter(([name]) => this.names.has(name)));
  }
}
