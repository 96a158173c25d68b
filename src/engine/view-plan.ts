import { ValueType } from '@opentelemetry/api';
import {
  type AggregationOption,
  AggregationTemporality,
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  DataPointType,
  type IAttributesProcessor,
  type IMetricReader,
  InstrumentType,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import { DEFINITION, type MetricDefinition } from '../catalog/define';
import { DocumentedLabels } from '../catalog/views';
import { Buckets, HistogramSeries } from './aggregation/histogram';
import { LastValueSeries } from './aggregation/last-value';
import { SumSeries } from './aggregation/sum';
import type { InstrumentDescriptor, StreamOptions, StreamReader } from './stream';

/** An instrumentation scope. */
export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly schemaUrl: string | undefined;
}

/** What holds for every stream of a provider. */
export interface PlanContext extends Pick<StreamOptions, 'zero' | 'sampler' | 'now'> {
  /** The cardinality limit of streams whose view has none; the readers' own unless given. */
  readonly limit: number | undefined;
}

/**
 * What to make of a synchronous instrument: the streams of the views that select it, or of the readers' defaults where
 * none does; or `stock`, where something is asked for that the engine does not do, so that the stock SDK does all of it.
 */
export function planInstrument(
  descriptor: InstrumentDescriptor,
  scope: Scope,
  views: readonly ViewOptions[],
  readers: readonly IMetricReader[],
  { limit, zero, sampler, now }: PlanContext,
): readonly StreamOptions[] | 'stock' {
  const selected = views.filter((view) => selects(view, descriptor, scope));
  const wanted: readonly ViewOptions[] = selected.length > 0 ? selected : defaultView(descriptor, readers);
  const streams: StreamOptions[] = [];
  for (const view of wanted) {
    const { name = descriptor.name, description = descriptor.description } = view;
    const stream = { ...descriptor, name, description };
    const aggregation = aggregate(view.aggregation, stream);
    if (aggregation === 'stock') return 'stock';
    const processors = view.attributesProcessors ?? [];
    streams.push({
      ...aggregation,
      descriptor: stream,
      least:
        descriptor.type === InstrumentType.COUNTER || descriptor.type === InstrumentType.HISTOGRAM
          ? 0
          : -Number.MAX_VALUE,
      processors,
      processorsArePure: processors.every(isPure),
      limit: view.aggregationCardinalityLimit ?? limit ?? defaultLimit(descriptor, readers),
      readers: streamReaders(descriptor, readers),
      zero,
      sampler,
      now,
    });
  }
  return streams;
}

/** A view selects an instrument when each of its criteria holds, as in `@opentelemetry/sdk-metrics`. */
function selects(view: ViewOptions, { name, type, unit }: InstrumentDescriptor, scope: Scope): boolean {
  return (
    (view.instrumentType === undefined || view.instrumentType === type) &&
    matchesName(view.instrumentName ?? '*', name) &&
    (view.instrumentUnit === undefined || view.instrumentUnit === unit) &&
    (view.meterName === undefined || view.meterName === scope.name) &&
    (view.meterVersion === undefined || view.meterVersion === scope.version) &&
    (view.meterSchemaUrl === undefined || scope.schemaUrl === undefined || view.meterSchemaUrl === scope.schemaUrl)
  );
}

/** As the SDK matches, down to a second asterisk that means a repetition. */
function matchesName(pattern: string, name: string): boolean {
  if (pattern === '*') return true;
  if (!pattern.includes('*')) return pattern === name;
  const escaped = pattern.replace(/[\^$\\.+?()[\]{}|]/g, '\\$&').replace('*', '.*');
  return new RegExp(`^${escaped}$`).test(name);
}

/** Where no view selects an instrument, its readers say how to aggregate. They seldom differ; where they do, no stream fits all. */
function defaultView(descriptor: InstrumentDescriptor, readers: readonly IMetricReader[]): ViewOptions[] {
  const [first, ...others] = readers.map((reader) => reader.selectAggregation(descriptor.type));
  const differ = others.some((other) => JSON.stringify(other) !== JSON.stringify(first));
  if (differ) return [{ aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }];
  return [first === undefined ? {} : { aggregation: first }];
}

function defaultLimit(descriptor: InstrumentDescriptor, readers: readonly IMetricReader[]): number {
  return Math.min(...readers.map((reader) => reader.selectCardinalityLimit(descriptor.type)), 2000);
}

function streamReaders({ type }: InstrumentDescriptor, readers: readonly IMetricReader[]): StreamReader[] {
  let deltas = 0;
  return readers.map((reader, index) => {
    const temporality = reader.selectAggregationTemporality(type);
    const delta = temporality === AggregationTemporality.DELTA ? deltas++ : -1;
    return { index, delta, temporality };
  });
}

type Aggregation = Pick<StreamOptions, 'dataPointType' | 'isMonotonic' | 'createSeries' | 'drop'>;

function aggregate(
  option: AggregationOption = { type: AggregationType.DEFAULT },
  descriptor: InstrumentDescriptor,
): Aggregation | 'stock' {
  const { type } = descriptor;
  switch (option.type) {
    case AggregationType.DROP:
      return { ...lastValue, drop: true };
    case AggregationType.DEFAULT:
      if (type === InstrumentType.GAUGE || type === InstrumentType.OBSERVABLE_GAUGE) return lastValue;
      if (type === InstrumentType.HISTOGRAM) return histogram(descriptor.advice.explicitBucketBoundaries, true, type);
      return sum(type);
    case AggregationType.SUM:
      return sum(type);
    case AggregationType.LAST_VALUE:
      return lastValue;
    case AggregationType.EXPLICIT_BUCKET_HISTOGRAM:
      return histogram(option.options?.boundaries, option.options?.recordMinMax ?? true, type);
    default:
      return 'stock';
  }
}

const lastValue: Aggregation = {
  dataPointType: DataPointType.GAUGE,
  createSeries: (stream, attributes) => new LastValueSeries(stream, attributes),
};

function sum(type: InstrumentType): Aggregation {
  return {
    dataPointType: DataPointType.SUM,
    isMonotonic: type === InstrumentType.COUNTER || type === InstrumentType.HISTOGRAM,
    createSeries: (stream, attributes) => new SumSeries(stream, attributes),
  };
}

function histogram(given: number[] = SDK_BOUNDARIES, recordMinMax: boolean, type: InstrumentType): Aggregation {
  const boundaries = given.filter(Number.isFinite).sort((a, b) => a - b);
  const onlyGrows = type === InstrumentType.COUNTER || type === InstrumentType.HISTOGRAM;
  const buckets = new Buckets(boundaries, recordMinMax, onlyGrows);
  return {
    dataPointType: DataPointType.HISTOGRAM,
    createSeries: (stream, attributes) => new HistogramSeries(stream, attributes, buckets),
  };
}

/** The default boundaries of the OpenTelemetry specification (Metrics SDK, Explicit Bucket Histogram Aggregation). */
const SDK_BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

/** Whether a processor's result depends on the attributes alone, so that it is worked out once for each set. */
function isPure(processor: IAttributesProcessor): boolean {
  return PURE.some((kind) => processor instanceof kind);
}

// The SDK exports its processors only through these functions.
const PURE = [
  DocumentedLabels,
  createAllowListAttributesProcessor([]).constructor as new () => IAttributesProcessor,
  createDenyListAttributesProcessor([]).constructor as new () => IAttributesProcessor,
];

/** The descriptor of an instrument as it is asked for. */
export function describe(
  name: string,
  type: InstrumentType,
  options: {
    description?: string;
    unit?: string;
    valueType?: ValueType;
    advice?: InstrumentDescriptor['advice'];
    [DEFINITION]?: MetricDefinition;
  } = {},
): InstrumentDescriptor {
  const { description = '', unit = '', valueType = ValueType.DOUBLE, advice = {} } = options;
  const definition = options[DEFINITION];
  const descriptor = { name, type, description, unit, valueType, advice };
  return definition === undefined ? descriptor : { ...descriptor, [DEFINITION]: definition };
}
