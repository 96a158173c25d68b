import type { Attributes, Context } from '@opentelemetry/api';
import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import { DATA_POINT_TYPE } from '../../collection/enums';
import type { HistogramValue } from '../../instruments/capabilities';
import { SimpleFixedSizeExemplarReservoir } from '../exemplar-reservoir';
import { SeriesHandle } from '../series-handle';
import type { Aggregation, AggregationSpec } from './aggregation';
import type { Cells } from './cells';
import { ExponentialBuckets, ExponentialScale, scaleChange } from './exponential-buckets';

/** The highest scale (OpenTelemetry specification, Metrics SDK, Base2 Exponential Bucket Histogram Aggregation). */
const MAX_SCALE = 20;
const FINEST = ExponentialScale.get(MAX_SCALE);
/** The most exemplars of a point (Metrics SDK, Exemplar defaults). */
const MAX_EXEMPLARS = 20;

/** Counts measurements in buckets that grow by powers of two, at a scale that fits their range. */
export function exponentialHistogramAggregation(
  spec: AggregationSpec & { kind: 'exponential-histogram' },
): Aggregation<ExponentialData> {
  return {
    dataPointType: DATA_POINT_TYPE.EXPONENTIAL_HISTOGRAM,
    createCells: (size) => new ExponentialCells(size, spec.maxSize),
    createHandle: (owner, attributes) => new ExponentialHandle(owner, attributes),
    combine: (earlier, later) => {
      const both = new ExponentialData(spec.maxSize);
      both.merge(earlier);
      both.merge(later);
      return both;
    },
    pointValue: (data) => data.pointValue(spec.recordMinMax, spec.hasSum),
    currentValue: ({ count, sum }): HistogramValue => ({ count, sum: spec.hasSum ? sum : 0 }),
    createReservoir: () => new SimpleFixedSizeExemplarReservoir(Math.min(MAX_EXEMPLARS, spec.maxSize)),
    exemplarBucket: () => 0,
  };
}

/** The measurements of one series. */
class ExponentialData {
  count = 0;
  sum = 0;
  private zeroCount = 0;
  private min = Infinity;
  private max = -Infinity;
  private scale = FINEST;
  private readonly positive = new ExponentialBuckets();
  private negative: ExponentialBuckets | undefined = undefined;

  constructor(private readonly maxSize: number) {}

  record(value: number): void {
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (value === 0) {
      this.zeroCount++;
      return;
    }
    const buckets = value > 0 ? this.positive : this.negativeBuckets();
    const size = Math.abs(value);
    const index = this.scale.index(size);
    if (index >= buckets.low && index <= buckets.high) {
      buckets.increment(index);
      return;
    }
    if (buckets.isEmpty) buckets.add(index, 1);
    else buckets.add(index >> this.fit(buckets, index, index), 1);
  }

  merge(other: ExponentialData): void {
    this.count += other.count;
    this.sum += other.sum;
    this.zeroCount += other.zeroCount;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    // Without values other than 0 there is no scale to agree on.
    if (other.count === other.zeroCount) return;
    const { scale } = other.scale;
    if (scale < this.scale.scale) this.downscale(this.scale.scale - scale);
    this.mergeBuckets(this.positive, other.positive, scale);
    if (other.negative !== undefined) this.mergeBuckets(this.negativeBuckets(), other.negative, scale);
  }

  pointValue(recordMinMax: boolean, hasSum: boolean): ExponentialHistogram {
    const hasMinMax = recordMinMax && this.count > 0;
    // The stock SDK writes what it leaves out as undefined, against its own type.
    return {
      min: hasMinMax ? this.min : undefined,
      max: hasMinMax ? this.max : undefined,
      sum: hasSum ? this.sum : undefined,
      positive: bucketsValue(this.positive),
      negative: bucketsValue(this.negative),
      count: this.count,
      scale: this.count === this.zeroCount ? 0 : this.scale.scale,
      zeroCount: this.zeroCount,
    } as ExponentialHistogram;
  }

  private mergeBuckets(own: ExponentialBuckets, other: ExponentialBuckets, otherScale: number): void {
    if (other.isEmpty) return;
    const shift = otherScale - this.scale.scale;
    if (own.isEmpty) {
      this.downscale(scaleChange(other.low >> shift, other.high >> shift, this.maxSize));
    } else {
      this.fit(own, other.low >> shift, other.high >> shift);
    }
    const change = otherScale - this.scale.scale;
    other.counts().forEach((count, i) => {
      own.add((other.low + i) >> change, count);
    });
  }

  /** Makes room for a range. Returns by how much the scale shrank. */
  private fit(buckets: ExponentialBuckets, low: number, high: number): number {
    const change = scaleChange(Math.min(low, buckets.low), Math.max(high, buckets.high), this.maxSize);
    this.downscale(change);
    return change;
  }

  private downscale(change: number): void {
    if (change === 0) return;
    this.scale = ExponentialScale.get(this.scale.scale - change);
    this.positive.downscale(change);
    this.negative?.downscale(change);
  }

  private negativeBuckets(): ExponentialBuckets {
    this.negative ??= new ExponentialBuckets();
    return this.negative;
  }
}

function bucketsValue(buckets: ExponentialBuckets | undefined): ExponentialHistogram['positive'] {
  if (buckets === undefined || buckets.isEmpty) return { offset: 0, bucketCounts: [] };
  return { offset: buckets.low, bucketCounts: buckets.counts() };
}

class ExponentialCells implements Cells<ExponentialData> {
  private readonly data: (ExponentialData | undefined)[];

  constructor(
    size: number,
    private readonly maxSize: number,
  ) {
    this.data = new Array<undefined>(size).fill(undefined);
  }

  add(cell: number, value: number): void {
    this.find(cell).record(value);
  }

  read(cell: number): ExponentialData {
    const copy = new ExponentialData(this.maxSize);
    const data = this.data[cell];
    if (data !== undefined) copy.merge(data);
    return copy;
  }

  reset(cell: number): void {
    this.data[cell] = undefined;
  }

  clear(cell: number): void {
    this.data[cell] = undefined;
  }

  /** Returns the data of a cell, which exists from the first measurement. */
  find(cell: number): ExponentialData {
    const known = this.data[cell];
    if (known !== undefined) return known;
    const data = new ExponentialData(this.maxSize);
    this.data[cell] = data;
    return data;
  }
}

class ExponentialHandle extends SeriesHandle<ExponentialCells> {
  private cells: ExponentialCells | undefined = undefined;

  add(value: number, context?: Context, given?: Attributes): void {
    this.record(value, context, given);
  }

  record(value: number, context?: Context, given?: Attributes): void {
    const { place } = this;
    if (this.isPlain(value, context, place)) (this.cells as ExponentialCells).find(place).record(value);
    else this.owner.measureBound(this, value, context, given);
  }

  protected setCells(cells: ExponentialCells): void {
    this.cells = cells;
  }
}
