import type { Attributes, HrTime } from '@opentelemetry/api';
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { CollectedPoint } from '../collection/points';
import type { Summary } from '../collection/summary-point';
import { FRAME, RECORD } from './frame-types';
import { FrameWriter } from './frame-writer';
import { isExponential, isSummary } from './merged-series';

/** The size at which a frame ends, in bytes. It bounds how long the receiver works at once. */
const FRAME_BYTES = 64 * 1024;

/** Writes the records of {@link FRAME.STATE} frames for one receiver; see {@link RECORD}. */
export class RecordWriter {
  private readonly writer = new FrameWriter();
  private readonly boundaries = new Map<string, number>();
  private lastBoundaries: readonly number[] | undefined;
  private lastBoundariesId = 0;
  private sequence = 0;
  private previousId = 0;
  private records = 0;
  /** Whether the last record is one of {@link RECORD.INTEGERS} that can go on. */
  private isRow = false;

  /** @param source whose state it is */
  constructor(private readonly source: number) {}

  /** Whether the frame has no records. */
  get isEmpty(): boolean {
    return this.records === 0;
  }

  /** Whether the frame must be finished. */
  get isFull(): boolean {
    return this.writer.length >= FRAME_BYTES;
  }

  /** Begins a frame. What was written since the last one was finished is left out. */
  begin(): void {
    this.writer.discard();
    this.writer.byte(FRAME.STATE);
    this.writer.integer(this.source);
    this.writer.integer(this.sequence + 1);
    this.previousId = 0;
    this.records = 0;
    this.isRow = false;
  }

  finish(): Buffer {
    this.endRow();
    this.sequence++;
    return this.writer.finish();
  }

  /** @param metric the metric as JSON */
  addMetric(metric: string): void {
    this.add(RECORD.METRIC);
    this.writer.text(metric);
  }

  addSeries(id: number, metricId: number, attributes: Attributes, startTime: HrTime): void {
    this.add(RECORD.SERIES);
    this.writer.integer(id);
    this.writer.integer(metricId);
    this.writer.text(JSON.stringify(attributes));
    this.writer.integer(startTime[0]);
    this.writer.integer(startTime[1]);
  }

  addPoint(id: number, { value, exemplars }: CollectedPoint): void {
    if (typeof value === 'number') this.addNumber(id, value);
    else if (isSummary(value)) this.addSummary(id, value);
    else if (isExponential(value)) this.addExponential(id, value);
    else this.addHistogram(id, value);
    if (exemplars !== undefined && exemplars.length > 0) {
      this.add(RECORD.EXEMPLARS, id);
      this.writer.text(JSON.stringify(exemplars));
    }
  }

  addRemoval(id: number): void {
    this.add(RECORD.REMOVAL, id);
  }

  /** @param sync the number of the request that is answered */
  addAnswer(sync: number): void {
    this.add(RECORD.ANSWER);
    this.writer.integer(sync);
  }

  addNumber(id: number, value: number): void {
    if (Number.isInteger(value) && value >= 0 && value < Number.MAX_SAFE_INTEGER && !Object.is(value, -0)) {
      if (this.isRow && id === this.previousId + 1) this.previousId = id;
      else this.add(RECORD.INTEGERS, id);
      this.isRow = true;
      this.writer.integer(value + 1);
    } else {
      this.add(RECORD.DOUBLE, id);
      this.writer.double(value);
    }
  }

  private addHistogram(id: number, value: Histogram): void {
    const boundaries = this.findBoundaries(value.buckets.boundaries);
    this.add(RECORD.HISTOGRAM, id);
    this.writer.integer(boundaries);
    for (let i = 0; i <= value.buckets.boundaries.length; i++) this.writer.integer(value.buckets.counts[i] ?? 0);
    this.writeTotals(value);
  }

  private addExponential(id: number, value: ExponentialHistogram): void {
    this.add(RECORD.EXPONENTIAL, id);
    this.writer.signed(value.scale);
    this.writer.integer(value.zeroCount);
    for (const { offset, bucketCounts } of [value.positive, value.negative]) {
      this.writer.signed(offset);
      this.writer.integer(bucketCounts.length);
      for (const count of bucketCounts) this.writer.integer(count);
    }
    this.writeTotals(value);
  }

  private addSummary(id: number, { count, sum, quantiles }: Summary): void {
    this.add(RECORD.SUMMARY, id);
    this.writer.integer(count);
    this.writer.double(sum);
    this.writer.integer(quantiles.length);
    for (const { quantile, value } of quantiles) {
      this.writer.double(quantile);
      this.writer.double(value);
    }
  }

  private writeTotals({ count, sum, min, max }: Histogram | ExponentialHistogram): void {
    this.writer.integer(count);
    for (const each of [sum, min, max]) {
      this.writer.byte(each === undefined ? 0 : 1);
      if (each !== undefined) this.writer.double(each);
    }
  }

  /** Returns the number of a list of boundaries, which many series have in common. */
  private findBoundaries(boundaries: readonly number[]): number {
    if (boundaries === this.lastBoundaries) return this.lastBoundariesId;
    const key = boundaries.join();
    let id = this.boundaries.get(key);
    if (id === undefined) {
      id = this.boundaries.size;
      this.boundaries.set(key, id);
      this.add(RECORD.BOUNDARIES);
      this.writer.integer(boundaries.length);
      for (const bound of boundaries) this.writer.double(bound);
    }
    this.lastBoundaries = boundaries;
    this.lastBoundariesId = id;
    return id;
  }

  private add(type: number, id?: number): void {
    this.endRow();
    this.records++;
    this.writer.byte(type);
    if (id === undefined) return;
    this.writer.signed(id - this.previousId);
    this.previousId = id;
  }

  private endRow(): void {
    if (this.isRow) this.writer.byte(0);
    this.isRow = false;
  }
}
