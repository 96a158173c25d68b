import type { Attributes } from '@opentelemetry/api';
import type { AggregationType, IAttributesProcessor, ViewOptions } from '@opentelemetry/sdk-metrics';
import { bucketsOf, type Catalog, type MetricDefinition } from './define';
import { OVERFLOW_ATTRIBUTES } from './overflow';

/**
 * The enum's value, written out so that a library with a catalog needs only the types of the SDK. The compiler refuses
 * a number that is not the member's.
 */
const EXPLICIT_BUCKET_HISTOGRAM: AggregationType.EXPLICIT_BUCKET_HISTOGRAM = 4;

/**
 * Views that give a catalog's metrics their documented buckets, labels and limits, for the `views` option of any
 * `MeterProvider` of `@opentelemetry/sdk-metrics`.
 *
 * @example
 * new MeterProvider({ views: catalogViews(shop), readers: [new PrometheusBridge()] });
 */
export function catalogViews(...catalogs: readonly (Catalog | { readonly catalog: Catalog })[]): ViewOptions[] {
  return catalogs.flatMap((given) =>
    Object.values(('catalog' in given ? given.catalog : given).metrics).map(definitionView),
  );
}

function definitionView(definition: MetricDefinition): ViewOptions {
  const view: ViewOptions = {
    instrumentName: definition.name,
    attributesProcessors: [new DocumentedLabels(Object.keys(definition.labels ?? {}))],
  };
  if (definition.limit !== undefined) view.aggregationCardinalityLimit = definition.limit;
  const boundaries = bucketsOf(definition);
  if (boundaries !== undefined) {
    view.aggregation = { type: EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [...boundaries] } };
  }
  return view;
}

/** Leaves out every attribute that is not a label of the metric, but for the mark of the overflow series. */
export class DocumentedLabels implements IAttributesProcessor {
  private readonly allowed: ReadonlySet<string>;

  constructor(labels: readonly string[]) {
    this.allowed = new Set([...labels, ...Object.keys(OVERFLOW_ATTRIBUTES)]);
  }

  process(incoming: Attributes): Attributes {
    return Object.fromEntries(Object.entries(incoming).filter(([name]) => this.allowed.has(name)));
  }
}
