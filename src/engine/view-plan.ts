import type { AggregationOption, IAttributesProcessor, IMetricReader, ViewOptions } from '@opentelemetry/sdk-metrics';
import { bucketBounds, DEFAULT_CARDINALITY_LIMIT, DEFINITION, type MetricDefinition } from '../catalog/definition';
import { matchesGlob } from '../catalog/glob';
import { AGGREGATION_TYPE, INSTRUMENT_TYPE, TEMPORALITY } from '../collection/enums';
import type { Scope } from '../collection/slices';
import type { AggregationSpec } from './aggregation/aggregation';
import type { InstrumentDescriptor } from './descriptor';
import type { ExemplarReservoir } from './exemplar-reservoir';

/** Options of a view: those of `@opentelemetry/sdk-metrics`, and the reservoir of exemplars. */
export interface MeterViewOptions extends ViewOptions {
  /**
   * Creates the reservoir of one series for one reader. By default histograms keep one exemplar for each bucket,
   * exponential histograms up to 20, and other aggregations one.
   */
  exemplarReservoir?: () => ExemplarReservoir;
}

/** A reader as a stream sees it. */
export interface StreamReader {
  /** Its position among the readers of the provider. */
  readonly index: number;
  readonly isDelta: boolean;
  /** The most attribute sets that it is given at once, besides the overflow point. */
  readonly limit: number;
}

/** One metric stream that an instrument records into. Plain data. */
export interface StreamPlan {
  readonly descriptor: InstrumentDescriptor;
  readonly aggregation: Exclude<AggregationSpec, { kind: 'drop' }>;
  /** The definition that checks the labels of a documented metric, whatever its stream is named. */
  readonly definition: MetricDefinition | undefined;
  readonly processors: readonly IAttributesProcessor[];
  readonly exemplarReservoir: (() => ExemplarReservoir) | undefined;
  readonly readers: readonly StreamReader[];
  /** The limit where no reader has one, because there is no reader. */
  readonly limit: number;
}

export interface PlanRequest {
  readonly descriptor: InstrumentDescriptor;
  readonly definition: MetricDefinition | undefined;
  readonly scope: Scope;
  readonly views: readonly MeterViewOptions[];
  readonly readers: readonly IMetricReader[];
  /** The provider's limit for streams without one of their own. */
  readonly cardinalityLimit: number | undefined;
}

/**
 * Returns the streams of an instrument (OpenTelemetry specification, Metrics SDK, Measurement processing): one for each
 * view that matches, independently of the others, or else the default one. Readers that aggregate differently by default
 * get streams of their own.
 */
export function planStreams(request: PlanRequest): StreamPlan[] {
  const { views, descriptor, scope } = request;
  const matching = views.filter((view) => matches(view, descriptor, scope));
  return (matching.length > 0 ? matching : [DEFAULT_VIEW]).flatMap((view) => planView(view, request));
}

const DEFAULT_VIEW: MeterViewOptions = {};
const DEFAULT_AGGREGATION: AggregationOption = { type: AGGREGATION_TYPE.DEFAULT };

/** Returns whether every criterion of a view holds. */
export function matches(view: MeterViewOptions, { name, type, unit }: InstrumentDescriptor, scope: Scope): boolean {
  return (
    (view.instrumentType === undefined || view.instrumentType === type) &&
    (view.instrumentName === undefined || matchesGlob(view.instrumentName.toLowerCase(), name.toLowerCase())) &&
    (view.instrumentUnit === undefined || view.instrumentUnit === unit) &&
    (view.meterName === undefined || view.meterName === scope.name) &&
    (view.meterVersion === undefined || view.meterVersion === scope.version) &&
    (view.meterSchemaUrl === undefined || view.meterSchemaUrl === scope.schemaUrl)
  );
}

function planView(view: MeterViewOptions, request: PlanRequest): StreamPlan[] {
  const { descriptor, definition, readers, cardinalityLimit } = request;
  const { name = descriptor.name, description = descriptor.description } = view;
  const isDocumented = definition !== undefined && view.name === undefined;
  const stream: InstrumentDescriptor = {
    ...descriptor,
    name,
    description,
    ...(isDocumented ? { [DEFINITION]: definition } : {}),
  };
  const { type } = descriptor;
  const ownLimit = view.aggregationCardinalityLimit ?? definition?.cardinalityLimit ?? cardinalityLimit;
  const groups = new Map<string, { aggregation: AggregationSpec; readers: StreamReader[] }>();
  readers.forEach((reader, index) => {
    const aggregation = resolveAggregation(view.aggregation ?? reader.selectAggregation(type), descriptor, definition);
    // Readers written for OpenTelemetry JS 1 have no such method.
    const limit = ownLimit ?? reader.selectCardinalityLimit?.(type) ?? DEFAULT_CARDINALITY_LIMIT;
    const isDelta = reader.selectAggregationTemporality(type) === TEMPORALITY.DELTA;
    const key = JSON.stringify(aggregation);
    const group = groups.get(key) ?? { aggregation, readers: [] };
    groups.set(key, group);
    group.readers.push({ index, isDelta, limit });
  });
  if (readers.length === 0) {
    // Values can still be read back.
    const aggregation = resolveAggregation(view.aggregation ?? DEFAULT_AGGREGATION, descriptor, definition);
    groups.set('', { aggregation, readers: [] });
  }
  return [...groups.values()].flatMap((group) =>
    group.aggregation.kind === 'drop'
      ? []
      : [
          {
            descriptor: stream,
            aggregation: group.aggregation,
            definition,
            processors: view.attributesProcessors ?? [],
            exemplarReservoir: view.exemplarReservoir,
            readers: group.readers,
            limit: ownLimit ?? DEFAULT_CARDINALITY_LIMIT,
          },
        ],
  );
}

/** The default boundaries of the OpenTelemetry specification (Metrics SDK, Explicit Bucket Histogram Aggregation). */
const DEFAULT_BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];
const DEFAULT_MAX_SIZE = 160;
const MIN_MAX_SIZE = 2;

/** Fills in the defaults of an aggregation (Metrics SDK, Aggregation). */
function resolveAggregation(
  option: AggregationOption,
  descriptor: InstrumentDescriptor,
  definition: MetricDefinition | undefined,
): AggregationSpec {
  const { type } = descriptor;
  // Where measurements can be negative, a sum would go down (Metrics SDK, Histogram Aggregations).
  const hasSum = isMonotonic(type);
  switch (option.type) {
    case AGGREGATION_TYPE.DROP:
      return { kind: 'drop' };
    case AGGREGATION_TYPE.SUM:
      return { kind: 'sum', isMonotonic: isMonotonic(type) };
    case AGGREGATION_TYPE.LAST_VALUE:
      return { kind: 'last-value' };
    case AGGREGATION_TYPE.EXPLICIT_BUCKET_HISTOGRAM: {
      const { boundaries = defaultBoundaries(descriptor, definition), recordMinMax = true } = option.options ?? {};
      return { kind: 'histogram', boundaries: finiteAscending(boundaries), recordMinMax, hasSum };
    }
    case AGGREGATION_TYPE.EXPONENTIAL_HISTOGRAM: {
      const { maxSize = DEFAULT_MAX_SIZE, recordMinMax = true } = option.options ?? {};
      return { kind: 'exponential-histogram', maxSize: Math.max(maxSize, MIN_MAX_SIZE), recordMinMax, hasSum };
    }
    default:
      if (type === INSTRUMENT_TYPE.GAUGE || type === INSTRUMENT_TYPE.OBSERVABLE_GAUGE) return { kind: 'last-value' };
      if (type !== INSTRUMENT_TYPE.HISTOGRAM) return { kind: 'sum', isMonotonic: isMonotonic(type) };
      return {
        kind: 'histogram',
        boundaries: finiteAscending(defaultBoundaries(descriptor, definition)),
        recordMinMax: true,
        hasSum,
      };
  }
}

function defaultBoundaries(
  { advice }: InstrumentDescriptor,
  definition: MetricDefinition | undefined,
): readonly number[] {
  return (definition && bucketBounds(definition)) ?? advice.explicitBucketBoundaries ?? DEFAULT_BOUNDARIES;
}

function finiteAscending(boundaries: readonly number[]): number[] {
  return boundaries.filter(Number.isFinite).sort((a, b) => a - b);
}

function isMonotonic(type: InstrumentDescriptor['type']): boolean {
  return (
    type === INSTRUMENT_TYPE.COUNTER ||
    type === INSTRUMENT_TYPE.OBSERVABLE_COUNTER ||
    type === INSTRUMENT_TYPE.HISTOGRAM
  );
}
