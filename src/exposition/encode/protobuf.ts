import type { HrTime } from '@opentelemetry/api';
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { CollectedPoint, Exemplar } from '../../collection/points';
import type { Summary } from '../../collection/summary-point';
import { report } from '../../diagnostics';
import type { Family, FamilyType } from '../families';
import { readPoints } from '../family-points';
import { PIECE_BYTES } from './byte-writer';
import { downscale, type ExponentialBuckets } from './downscale';
import type { EncodeOptions, Pieces } from './encoder';
import { exemplarLabels, exemplarsOfPoint, latestExemplar } from './exemplars';
import { type BucketLayout, bucketLayout, cumulate } from './histogram-buckets';
import type { LabelWriter } from './label-writer';
import { ProtobufWriter } from './protobuf-writer';

/** `MetricType` of `io.prometheus.client`. */
const TYPES: Readonly<Record<FamilyType, number>> = {
  counter: 0,
  gauge: 1,
  info: 1,
  summary: 2,
  histogram: 4,
  native: 4,
};

/** The schemas that a native histogram can have; OpenTelemetry calls them scales. */
const HIGHEST_SCHEMA = 8;
const LOWEST_SCHEMA = -4;
/** What counts as zero if the histogram does not say (OpenTelemetry specification, Prometheus compatibility, "Exponential Histograms"). */
const ZERO_THRESHOLD = 1e-128;

/**
 * Writes families as length-delimited `io.prometheus.client.MetricFamily` messages.
 *
 * Counters, histograms and summaries carry the start time of their series. Histograms with exponential buckets become native
 * histograms; one whose scale is below -4 is left out. Because the length of a family precedes it, a family is
 * written as a whole, in pieces and with pauses, before its first byte is handed out.
 */
export function* writeProtobuf(families: readonly Family[], { accepts, failed, wrote }: EncodeOptions): Pieces {
  const page = new ProtobufWriter();
  for (const family of families) {
    if (accepts !== undefined && !accepts(family.name)) continue;
    const message = new FamilyMessage(family);
    try {
      for (const run of readPoints(family)) {
        if (run !== undefined) for (const point of run.points) if (message.add(run.labels, point)) yield undefined;
        if (run === undefined) yield undefined;
      }
    } catch (error) {
      failed(family, error);
      continue;
    }
    wrote(message.series);
    yield* message.appendTo(page);
  }
  if (page.length > 0) yield page.take();
}

/** A `MetricFamily` message being written. */
class FamilyMessage {
  series = 0;
  private readonly pieces: Buffer[] = [];
  private readonly writer = new ProtobufWriter();
  private readonly counts: number[] = [];
  /** The boundaries of the histogram before, which those of the next one usually are too. */
  private boundaries: readonly number[] | undefined;
  private layout: BucketLayout = { bounds: [], lastCount: [] };
  private upperBounds: readonly Uint8Array[] = [];
  /** How many bytes the length of a series probably takes. */
  private readonly lengthBytes: number;
  private readonly labelSink = {
    label: (name: string, value: string) => this.label(name, value),
  };

  constructor(private readonly family: Family) {
    const { name, help, type, unit } = family;
    this.lengthBytes = type === 'histogram' ? 2 : 1;
    this.writer.string(1, name);
    this.writer.string(2, help);
    this.writer.integer(3, TYPES[type]);
    if (unit !== '') this.writer.string(5, unit);
  }

  /** Adds a series. Returns whether enough was written for a pause. */
  add(labels: LabelWriter, point: CollectedPoint): boolean {
    const { writer } = this;
    if (this.family.type === 'native' && (point.value as ExponentialHistogram).scale < LOWEST_SCHEMA) {
      report('encode', `a native histogram of ${this.family.name} is left out: its scale is below ${LOWEST_SCHEMA}`);
      return false;
    }
    const metric = writer.begin(4, this.lengthBytes);
    labels.each(point.attributes, this.labelSink);
    this.value(point);
    writer.end(metric, this.lengthBytes);
    this.series++;
    if (writer.length < PIECE_BYTES) return false;
    this.pieces.push(writer.take());
    return true;
  }

  /** Hands out the message behind its length. A family without series is left out. */
  *appendTo(page: ProtobufWriter): Generator<Uint8Array> {
    if (this.series === 0) return;
    const size = this.pieces.reduce((total, { length }) => total + length, this.writer.length);
    page.delimiter(size);
    if (this.pieces.length > 0) {
      yield page.take();
      yield* this.pieces;
    }
    page.append(this.writer);
    if (page.length >= PIECE_BYTES) yield page.take();
  }

  private label(name: string, value: string): void {
    const { writer } = this;
    const label = writer.begin(1);
    writer.string(1, name);
    writer.string(2, value);
    writer.end(label);
  }

  private value(point: CollectedPoint): void {
    const { writer } = this;
    switch (this.family.type) {
      case 'counter': {
        const counter = writer.begin(3);
        writer.double(1, point.value as number);
        const exemplar = latestExemplar(exemplarsOfPoint(point), -Infinity, Infinity);
        if (exemplar !== undefined) this.exemplar(2, exemplar);
        this.timestamp(3, point.startTime);
        writer.end(counter);
        break;
      }
      case 'histogram':
        this.classicHistogram(point, point.value as Histogram);
        break;
      case 'native':
        this.nativeHistogram(point, point.value as ExponentialHistogram);
        break;
      case 'summary':
        this.summary(point, point.value as Summary);
        break;
      default: {
        const gauge = writer.begin(2);
        writer.double(1, point.value as number);
        writer.end(gauge);
      }
    }
  }

  private summary(point: CollectedPoint, { count, sum, quantiles }: Summary): void {
    const { writer } = this;
    const summary = writer.begin(4);
    writer.integer(1, count);
    writer.double(2, sum);
    for (const { quantile, value } of quantiles) {
      const message = writer.begin(3);
      writer.double(1, quantile);
      writer.double(2, value);
      writer.end(message);
    }
    this.timestamp(4, point.startTime);
    writer.end(summary);
  }

  private classicHistogram(point: CollectedPoint, { sum, buckets }: Histogram): void {
    const { writer, counts } = this;
    if (buckets.boundaries !== this.boundaries) {
      this.boundaries = buckets.boundaries;
      this.layout = bucketLayout(buckets.boundaries) as BucketLayout;
      this.upperBounds = this.layout.bounds.map(upperBoundField);
    }
    const { layout, upperBounds } = this;
    const histogram = writer.begin(7, this.lengthBytes);
    writer.integer(1, cumulate(layout, buckets.counts, counts));
    if (sum !== undefined) writer.double(2, sum);
    const exemplars = exemplarsOfPoint(point);
    if (exemplars.length === 0) {
      for (let i = 0; i < upperBounds.length; i++) {
        writer.counted(3, counts[i] as number, upperBounds[i] as Uint8Array);
      }
    } else {
      this.bucketsWithExemplars(layout.bounds, exemplars);
    }
    this.timestamp(15, point.startTime);
    writer.end(histogram, this.lengthBytes);
  }

  private bucketsWithExemplars(bounds: readonly number[], exemplars: readonly Exemplar[]): void {
    const { writer, counts } = this;
    let above = -Infinity;
    for (const [i, upTo] of bounds.entries()) {
      const bucket = writer.begin(3);
      writer.integer(1, counts[i] as number);
      writer.double(2, upTo);
      const exemplar = latestExemplar(exemplars, above, upTo);
      if (exemplar !== undefined) this.exemplar(3, exemplar);
      writer.end(bucket);
      above = upTo;
    }
  }

  private nativeHistogram(point: CollectedPoint, value: ExponentialHistogram): void {
    const { writer } = this;
    const { count, sum, scale, zeroCount, positive, negative } = value;
    const schema = Math.min(scale, HIGHEST_SCHEMA);
    const histogram = writer.begin(7);
    writer.integer(1, count);
    if (sum !== undefined) writer.double(2, sum);
    writer.signed(5, schema);
    writer.double(6, ZERO_THRESHOLD);
    writer.integer(7, zeroCount);
    this.nativeBuckets(9, downscale(negative, scale - schema));
    this.nativeBuckets(12, downscale(positive, scale - schema));
    // An empty span marks a histogram without measurements as native.
    if (count === zeroCount) this.span(12, 0, 0);
    this.timestamp(15, point.startTime);
    for (const exemplar of exemplarsOfPoint(point)) this.exemplar(16, exemplar);
    writer.end(histogram);
  }

  /** Writes buckets as one span, and in the field behind it the differences between neighbours. */
  private nativeBuckets(field: 9 | 12, { offset, bucketCounts }: ExponentialBuckets): void {
    if (bucketCounts.every((count) => count === 0)) return;
    // OpenTelemetry numbers a bucket by its lower bound, Prometheus by its upper one.
    this.span(field, offset + 1, bucketCounts.length);
    let before = 0;
    const differences = bucketCounts.map((count) => {
      const difference = count - before;
      before = count;
      return difference;
    });
    this.writer.packedSigned(field + 1, differences);
  }

  private span(field: number, offset: number, length: number): void {
    const span = this.writer.begin(field);
    this.writer.signed(1, offset);
    this.writer.integer(2, length);
    this.writer.end(span);
  }

  private exemplar(field: number, exemplar: Exemplar): void {
    const message = this.writer.begin(field);
    for (const [name, value] of exemplarLabels(exemplar)) this.label(name, value);
    this.writer.double(2, exemplar.value);
    this.timestamp(3, exemplar.timestamp);
    this.writer.end(message);
  }

  /** Writes a `google.protobuf.Timestamp`. */
  private timestamp(field: number, [seconds, nanoseconds]: HrTime): void {
    const message = this.writer.begin(field);
    this.writer.integer(1, seconds);
    this.writer.integer(2, nanoseconds);
    this.writer.end(message);
  }
}

/** Returns the field `upper_bound` of a bucket. */
function upperBoundField(bound: number): Uint8Array {
  const writer = new ProtobufWriter();
  writer.double(2, bound);
  return writer.take();
}
