import type { Attributes, HrTime, ValueType } from '@opentelemetry/api';
import type { AggregationTemporality, Histogram, InstrumentType } from '@opentelemetry/sdk-metrics';
import { DEFINITION, type MetricDefinition } from '../catalog/definition';
import type { CollectedMetadata, Exemplar } from '../collection/points';
import type { Scope } from '../collection/slices';
import type { Summary } from '../collection/summary-point';
import { findCount, type PointValue } from './contribution';
import { FrameError, type FrameReader } from './frame-reader';
import { RECORD } from './frame-types';
import type { SeriesContribution } from './merged-series';
import type { MergedStore } from './merged-store';
import type { MergedStream } from './merged-stream';

/** A metric as {@link RECORD.METRIC} describes it. */
interface MetricRecord {
  readonly scope: Scope;
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly type: InstrumentType;
  readonly valueType: ValueType;
  readonly dataPointType: CollectedMetadata['dataPointType'];
  readonly aggregationTemporality: AggregationTemporality;
  readonly isMonotonic?: boolean;
  readonly definition?: MetricDefinition;
  readonly twin: number;
}

interface ReceivedStream {
  readonly merged: MergedStream;
  /** The number of its series. */
  count: number;
}

/** What one process has sent, as contributions to the series of a store. */
export class StateDecoder {
  private readonly streams: ReceivedStream[] = [];
  private readonly boundaries: (readonly number[])[] = [];
  /** By the number of the series, and its stream in {@link streamsBySeries}. */
  private readonly contributions: (SeriesContribution | undefined)[] = [];
  private readonly streamsBySeries: ReceivedStream[] = [];
  private sequence = 0;

  /** @param process the value of the `process` label of gauges that have one series per process */
  constructor(
    private readonly store: MergedStore,
    private readonly process: string,
  ) {}

  /**
   * Applies a frame, from behind the source on. One that was applied before is ignored.
   *
   * @returns the number of the request that the frame answers, or 0
   * @throws FrameError if a frame is missing before this one, or if it is malformed
   */
  apply(frame: FrameReader): number {
    const sequence = frame.integer();
    if (sequence <= this.sequence) return 0;
    if (sequence !== this.sequence + 1) throw new FrameError(`frame ${sequence} came after frame ${this.sequence}`);
    this.sequence = sequence;
    const now = Date.now();
    let id = 0;
    let answered = 0;
    while (!frame.isAtEnd) {
      const type = frame.byte();
      if (type > RECORD.SERIES) id += frame.signed();
      if (type === RECORD.ANSWER) answered = frame.integer();
      else if (type === RECORD.INTEGERS) id = this.setIntegers(id, frame, now);
      else this.applyRecord(type, id, frame, now);
    }
    return answered;
  }

  /**
   * Ends everything that the process contributes. What it has counted stays.
   *
   * @param final what the same process has said elsewhere, which ends too. The higher count of each series stays
   */
  end(final?: StateDecoder): void {
    const others = new Map(final?.contributions.flatMap((each) => (each === undefined ? [] : [[each.series, each]])));
    for (const { contribution, merged } of this.removeAll()) {
      const other = others.get(contribution.series);
      if (other !== undefined && isBehind(contribution.value, other.value)) {
        merged.discard(contribution);
        continue;
      }
      if (other !== undefined) merged.discard(other);
      merged.end(contribution, true);
    }
    final?.end();
  }

  /** Ends everything that the process contributes, as if it had never been. */
  discard(): void {
    for (const { contribution, merged } of this.removeAll()) merged.discard(contribution);
  }

  private removeAll(): { contribution: SeriesContribution; merged: MergedStream }[] {
    return this.contributions
      .splice(0)
      .flatMap((contribution, id) =>
        contribution === undefined ? [] : { contribution, merged: this.findStream(id).merged },
      );
  }

  private applyRecord(type: number, id: number, frame: FrameReader, now: number): void {
    switch (type) {
      case RECORD.METRIC:
        this.addStream(JSON.parse(frame.text()) as MetricRecord);
        break;
      case RECORD.BOUNDARIES:
        this.boundaries.push(this.store.shareBoundaries(Array.from({ length: frame.integer() }, () => frame.double())));
        break;
      case RECORD.SERIES:
        this.addSeries(frame);
        break;
      case RECORD.DOUBLE:
        this.set(id, frame.double(), now);
        break;
      case RECORD.HISTOGRAM:
        this.set(id, this.readHistogram(frame), now);
        break;
      case RECORD.EXPONENTIAL:
        this.set(id, readExponential(frame), now);
        break;
      case RECORD.SUMMARY:
        this.set(id, readSummary(frame), now);
        break;
      case RECORD.EXEMPLARS:
        this.setExemplars(id, JSON.parse(frame.text()) as Exemplar[], now);
        break;
      case RECORD.REMOVAL:
        this.remove(id);
        break;
      default:
        throw new FrameError(`record type ${type} is unknown`);
    }
  }

  private addStream({
    definition,
    twin,
    scope,
    name,
    description,
    unit,
    type,
    valueType,
    ...rest
  }: MetricRecord): void {
    const descriptor = { name, description, unit, type, valueType };
    const documented = definition === undefined ? descriptor : { ...descriptor, [DEFINITION]: definition };
    this.streams.push({ merged: this.store.stream({ ...rest, scope, descriptor: documented }, twin), count: 0 });
  }

  private addSeries(frame: FrameReader): void {
    const id = frame.integer();
    if (id > this.contributions.length || this.contributions[id] !== undefined) {
      throw new FrameError(`series ${id} is out of order`);
    }
    const stream = this.streams[frame.integer()];
    if (stream === undefined) throw new FrameError('a series is of an unknown metric');
    const attributes = JSON.parse(frame.text()) as Attributes;
    const startTime: HrTime = [frame.integer(), frame.integer()];
    // The overflow series needs no place.
    stream.merged.reserve(stream.count++);
    this.contributions[id] = stream.merged.add(attributes, startTime, this.process);
    this.streamsBySeries[id] = stream;
  }

  /** Returns the number of the last series. */
  private setIntegers(firstId: number, frame: FrameReader, now: number): number {
    let id = firstId;
    for (let next = frame.integer(); next > 0; next = frame.integer()) this.set(id++, next - 1, now);
    return id - 1;
  }

  private set(id: number, value: PointValue, now: number): void {
    const contribution = this.find(id);
    this.findStream(id).merged.set(contribution, value, undefined, now);
  }

  private setExemplars(id: number, exemplars: readonly Exemplar[], now: number): void {
    const contribution = this.find(id);
    if (contribution.value !== undefined) contribution.series.set(contribution, contribution.value, exemplars, now);
  }

  private remove(id: number): void {
    const contribution = this.find(id);
    const stream = this.findStream(id);
    stream.count--;
    stream.merged.end(contribution, false);
    this.contributions[id] = undefined;
  }

  private find(id: number): SeriesContribution {
    const contribution = this.contributions[id];
    if (contribution === undefined) throw new FrameError(`series ${id} is unknown`);
    return contribution;
  }

  private findStream(id: number): ReceivedStream {
    return this.streamsBySeries[id] as ReceivedStream;
  }

  private readHistogram(frame: FrameReader): Histogram {
    const boundaries = this.boundaries[frame.integer()];
    if (boundaries === undefined) throw new FrameError('a histogram has unknown boundaries');
    const counts = frame.integers(boundaries.length + 1);
    return { buckets: { boundaries: boundaries as number[], counts }, ...readTotals(frame) };
  }
}

/** Returns whether a process had counted less when it had a value than when it had the other one. */
function isBehind(value: PointValue | undefined, other: PointValue | undefined): boolean {
  if (other === undefined) return false;
  return value === undefined || findCount(value) <= findCount(other);
}

function readExponential(frame: FrameReader): PointValue {
  const scale = frame.signed();
  const zeroCount = frame.integer();
  const positive = readBuckets(frame);
  const negative = readBuckets(frame);
  return { scale, zeroCount, positive, negative, ...readTotals(frame) };
}

function readSummary(frame: FrameReader): Summary {
  const count = frame.integer();
  const sum = frame.double();
  const quantiles = Array.from({ length: frame.integer() }, () => ({
    quantile: frame.double(),
    value: frame.double(),
  }));
  return { count, sum, quantiles };
}

function readBuckets(frame: FrameReader): { offset: number; bucketCounts: number[] } {
  const offset = frame.signed();
  return { offset, bucketCounts: frame.integers(frame.integer()) };
}

function readTotals(frame: FrameReader): { count: number; sum?: number; min?: number; max?: number } {
  const totals: { count: number; sum?: number; min?: number; max?: number } = { count: frame.integer() };
  if (frame.byte() !== 0) totals.sum = frame.double();
  if (frame.byte() !== 0) totals.min = frame.double();
  if (frame.byte() !== 0) totals.max = frame.double();
  return totals;
}
