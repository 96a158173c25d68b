import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import type { Histogram, MetricData } from '@opentelemetry/sdk-metrics';
import { DEFINITION, type InstrumentKind, type MetricDefinition } from '../../catalog/definition';
import { attributesKey } from '../../collection/attributes-key';
import { DATA_POINT_TYPE, INSTRUMENT_TYPE, TEMPORALITY } from '../../collection/enums';
import { toHrTime } from '../../collection/hr-time';
import type { CollectedDescriptor, CollectedPoint, Exemplar } from '../../collection/points';
import type { QuantileValue, Summary } from '../../collection/summary-point';
import { splitSummary } from '../../exporter/split-summary';
import { MERGES } from './gauge-merges';
import type { JsonExemplar, JsonLabels, JsonValue, MetricJson, MetricKind } from './metric-json';

/**
 * Returns a metric of prom-client in the shape of `@opentelemetry/sdk-metrics`; a summary as its parts, which carry it.
 *
 * @throws Error if the type is not one of prom-client
 */
export function convertMetric(metric: MetricJson, startTime: HrTime, endTime: HrTime): MetricData[] {
  const { type, name, values } = metric;
  const times = { startTime, endTime };
  const descriptor = createDescriptor(metric);
  const common = { descriptor, aggregationTemporality: TEMPORALITY.CUMULATIVE };
  switch (type) {
    case 'counter': {
      const dataPoints = values.map((each) => convertNumber(each, times));
      return [{ ...common, dataPointType: DATA_POINT_TYPE.SUM, isMonotonic: true, dataPoints }];
    }
    case 'gauge':
      return [
        {
          ...common,
          dataPointType: DATA_POINT_TYPE.GAUGE,
          dataPoints: values.map((each) => convertNumber(each, times)),
        },
      ];
    case 'histogram': {
      const dataPoints = groupSeries(values, name, 'le').map((series) => ({ ...times, ...convertHistogram(series) }));
      return [{ ...common, dataPointType: DATA_POINT_TYPE.HISTOGRAM, dataPoints }];
    }
    case 'summary': {
      const dataPoints = groupSeries(values, name, 'quantile').map((series) => ({
        ...times,
        attributes: series.attributes,
        value: convertSummary(series),
      }));
      return splitSummary({ descriptor, dataPoints });
    }
    default:
      throw new Error(`invalid type ${String(type)}: expected counter, gauge, histogram or summary`);
  }
}

interface Kind {
  readonly instrument: InstrumentKind;
  readonly type: CollectedDescriptor['type'];
}

/** The instrument that would record each kind of metric. */
const KINDS: Readonly<Record<MetricKind, Kind>> = {
  counter: { instrument: 'counter', type: INSTRUMENT_TYPE.COUNTER },
  gauge: { instrument: 'gauge', type: INSTRUMENT_TYPE.GAUGE },
  histogram: { instrument: 'histogram', type: INSTRUMENT_TYPE.HISTOGRAM },
  summary: { instrument: 'histogram', type: INSTRUMENT_TYPE.HISTOGRAM },
};

/** A metric of prom-client has its Prometheus name already: it is served as it is. */
function createDescriptor({ name, help, type, aggregator }: MetricJson): CollectedDescriptor {
  const { instrument, type: instrumentType } = KINDS[type] ?? KINDS.gauge;
  const documented = { name, instrument, description: help };
  const definition: MetricDefinition =
    instrument === 'gauge' ? { ...documented, merge: MERGES[aggregator] ?? 'process' } : documented;
  return {
    name,
    description: help,
    unit: '',
    type: instrumentType,
    valueType: ValueType.DOUBLE,
    [DEFINITION]: definition,
  };
}

interface Times {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

function convertNumber({ labels, value, exemplar }: JsonValue, times: Times): CollectedPoint<number> {
  const point = { ...times, attributes: convertLabels(labels), value };
  return exemplar ? { ...point, exemplars: [convertExemplar(exemplar, times.endTime)] } : point;
}

/** The samples of one histogram or summary. */
interface Series {
  readonly attributes: Attributes;
  /** The samples in their order, by the value of the label in which they differ. */
  readonly parts: [label: string, sample: JsonValue][];
  sum: number;
  count: number;
}

/** Returns the series that samples belong to: those that differ in nothing but one label. */
function groupSeries(values: readonly JsonValue[], name: string, label: 'le' | 'quantile'): Series[] {
  const groups = new Map<string, Series>();
  for (const sample of values) {
    const { [label]: part, ...labels } = sample.labels;
    const attributes = convertLabels(labels);
    const key = attributesKey(attributes);
    let series = groups.get(key);
    if (series === undefined) {
      series = { attributes, parts: [], sum: 0, count: 0 };
      groups.set(key, series);
    }
    if (part !== undefined) series.parts.push([String(part), sample]);
    else if (sample.metricName === `${name}_sum`) series.sum = sample.value;
    else if (sample.metricName === `${name}_count`) series.count = sample.value;
  }
  return [...groups.values()];
}

function convertHistogram({
  attributes,
  parts,
  sum,
  count,
}: Series): Pick<CollectedPoint<Histogram>, 'attributes' | 'value' | 'exemplars'> {
  const boundaries: number[] = [];
  const counts: number[] = [];
  const exemplars: Exemplar[] = [];
  let below = 0;
  for (const [bound, { value, exemplar }] of parts) {
    if (bound !== '+Inf') boundaries.push(Number(bound));
    counts.push(value - below);
    below = value;
    if (exemplar) exemplars.push(convertExemplar(exemplar, NO_TIME));
  }
  const histogram = { buckets: { boundaries, counts }, sum, count };
  return { attributes, value: histogram, ...(exemplars.length === 0 ? {} : { exemplars }) };
}

function convertSummary({ parts, sum, count }: Series): Summary {
  const quantiles: QuantileValue[] = parts.map(([quantile, { value }]) => ({ quantile: Number(quantile), value }));
  return { count, sum, quantiles: quantiles.sort((a, b) => a.quantile - b.quantile) };
}

/** Labels of prom-client can be numbers; on a page all are text. */
function convertLabels(labels: JsonLabels | undefined): Attributes {
  const attributes: Attributes = {};
  for (const key in labels) if (Object.hasOwn(labels, key)) attributes[key] = String(labels[key]);
  return attributes;
}

const NO_TIME: HrTime = [0, 0];

/** Labels that hold the identifiers of a span become those of the exemplar. */
function convertExemplar({ labelSet, value, timestamp }: JsonExemplar, fallback: HrTime): Exemplar {
  const { trace_id: traceId, span_id: spanId, ...others } = convertLabels(labelSet);
  const isTrace = isHexadecimal(traceId, 32);
  const isSpan = isHexadecimal(spanId, 16);
  return {
    value,
    timestamp: timestamp === undefined ? fallback : toHrTime(timestamp * 1000),
    filteredAttributes: {
      ...(traceId === undefined || isTrace ? {} : { trace_id: traceId }),
      ...(spanId === undefined || isSpan ? {} : { span_id: spanId }),
      ...others,
    },
    ...(isTrace ? { traceId } : {}),
    ...(isSpan ? { spanId } : {}),
  };
}

function isHexadecimal(value: unknown, length: number): value is string {
  return typeof value === 'string' && value.length === length && /^[0-9a-f]+$/.test(value);
}
