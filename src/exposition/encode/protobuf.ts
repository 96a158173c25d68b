import type { DataPoint, ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { CollectedPoint, Exemplar } from '../../collection/points';
import type { Family, FamilyType } from '../families';
import type { Label } from './label-writer';
import { ProtobufMessage } from './protobuf-message';

/** `MetricType` of `io.prometheus.client`. */
const TYPES: Readonly<Record<FamilyType, number>> = { counter: 0, gauge: 1, info: 1, histogram: 4, native: 4 };

/** The schemas that a native histogram can have; OpenTelemetry calls them scales. */
const HIGHEST_SCHEMA = 8;
const LOWEST_SCHEMA = -4;
/** What counts as zero where the histogram does not say (OpenTelemetry compatibility specification, "Exponential Histograms"). */
const ZERO_THRESHOLD = 1e-128;

/**
 * Writes families as length-delimited `io.prometheus.client.MetricFamily` messages, one in a piece.
 *
 * Counters and histograms carry the time at which their series began. Histograms of exponential buckets are native
 * histograms; one too coarse for that is left out.
 */
export function* writeProtobuf(families: readonly Family[]): Generator<Uint8Array> {
  for (const { name, help, type, unit, parts } of families) {
    const family = new ProtobufMessage().string(1, name).string(2, help).enumeration(3, TYPES[type]);
    for (const { points, labels: writer } of parts) {
      for (const point of points) {
        const metric = metricOf(type, point, writer.pairs(point.attributes));
        if (metric !== undefined) family.message(4, metric);
      }
    }
    if (unit !== '') family.string(5, unit);
    yield family.delimited();
  }
}

function metricOf(type: FamilyType, point: DataPoint<unknown>, labels: readonly Label[]): ProtobufMessage | undefined {
  const metric = labelled(labels);
  switch (type) {
    case 'counter': {
      const counter = new ProtobufMessage().double(1, point.value as number);
      const exemplar = exemplarsOf(point).at(-1);
      if (exemplar !== undefined) counter.message(2, exemplarMessage(exemplar));
      return metric.message(3, counter.message(3, timestamp(...point.startTime)));
    }
    case 'histogram':
      return metric.message(7, classicHistogram(point as DataPoint<Histogram>));
    case 'native': {
      const histogram = nativeHistogram(point as DataPoint<ExponentialHistogram>);
      return histogram === undefined ? undefined : metric.message(7, histogram);
    }
    default:
      return metric.message(2, new ProtobufMessage().double(1, point.value as number));
  }
}

function labelled(labels: readonly Label[]): ProtobufMessage {
  const message = new ProtobufMessage();
  for (const [name, value] of labels) message.message(1, new ProtobufMessage().string(1, name).string(2, value));
  return message;
}

function classicHistogram(point: DataPoint<Histogram>): ProtobufMessage {
  const { count, sum, buckets } = point.value;
  const message = new ProtobufMessage().integer(1, count);
  if (sum !== undefined) message.double(2, sum);
  const exemplars = exemplarsOf(point);
  let cumulative = 0;
  let above = -Infinity;
  buckets.counts.forEach((inBucket, i) => {
    cumulative += inBucket;
    const upTo = buckets.boundaries[i] ?? Infinity;
    const bucket = new ProtobufMessage().integer(1, cumulative).double(2, upTo);
    const exemplar = exemplars.findLast(({ value }) => value > above && value <= upTo);
    if (exemplar !== undefined) bucket.message(3, exemplarMessage(exemplar));
    message.message(3, bucket);
    above = upTo;
  });
  return message.message(15, timestamp(...point.startTime));
}

function nativeHistogram(point: DataPoint<ExponentialHistogram>): ProtobufMessage | undefined {
  const { count, sum, scale, zeroCount, positive, negative } = point.value;
  if (scale < LOWEST_SCHEMA) return undefined;
  const schema = Math.min(scale, HIGHEST_SCHEMA);
  const message = new ProtobufMessage().integer(1, count);
  if (sum !== undefined) message.double(2, sum);
  message.signed(5, schema).double(6, ZERO_THRESHOLD).integer(7, zeroCount);
  buckets(message, 9, negative, scale - schema);
  buckets(message, 12, positive, scale - schema);
  // A span of nothing tells a native histogram without measurements from a classic one.
  if (count === zeroCount) message.message(12, span(0, 0));
  return message.message(15, timestamp(...point.startTime));
}

/** Writes buckets as one span and the differences between neighbours; `halvings` times two neighbours become one first. */
function buckets(
  message: ProtobufMessage,
  field: 9 | 12,
  { offset, bucketCounts }: ExponentialHistogram['positive'],
  halvings: number,
): void {
  if (bucketCounts.every((count) => count === 0)) return;
  const width = 2 ** halvings;
  const first = Math.floor(offset / width);
  const merged: number[] = [];
  bucketCounts.forEach((count, i) => {
    const place = Math.floor((offset + i) / width) - first;
    merged[place] = (merged[place] ?? 0) + count;
  });
  // OpenTelemetry numbers a bucket by its lower bound, Prometheus by its upper one.
  message.message(field, span(first + 1, merged.length));
  let before = 0;
  const differences = merged.map((count) => {
    const difference = count - before;
    before = count;
    return difference;
  });
  message.packedSigned(field + 1, differences);
}

function span(offset: number, length: number): ProtobufMessage {
  return new ProtobufMessage().signed(1, offset).integer(2, length);
}

function exemplarsOf(point: DataPoint<unknown>): readonly Exemplar[] {
  return (point as CollectedPoint).exemplars ?? [];
}

function exemplarMessage({ value, timestamp: at, traceId, spanId }: Exemplar): ProtobufMessage {
  const labels: Label[] = [];
  if (traceId !== undefined) labels.push(['trace_id', traceId]);
  if (spanId !== undefined) labels.push(['span_id', spanId]);
  return labelled(labels)
    .double(2, value)
    .message(3, timestamp(...at));
}

/** `google.protobuf.Timestamp`. */
function timestamp(seconds: number, nanoseconds: number): ProtobufMessage {
  return new ProtobufMessage().integer(1, seconds).integer(2, nanoseconds);
}
