import type { Attributes } from '@opentelemetry/api';
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { DEFINITION } from '../catalog/definition';
import { isAsynchronous } from '../collection/enums';
import type { CollectedPoint } from '../collection/points';
import type { CollectedStream, ReusedPoints } from '../collection/slices';
import type { Summary } from '../collection/summary-point';
import { findCount } from './contribution';
import { FRAME, RECORD } from './frame-types';
import { FrameWriter } from './frame-writer';
import { isExponential, isSummary } from './merged-series';

/** The size at which a frame ends, in bytes. It bounds how long the receiver works at once. */
const FRAME_BYTES = 64 * 1024;

/** What was sent of a series. */
interface SentSeries {
  readonly id: number;
  readonly attributes: Attributes;
  /** The value of a number, the count of a histogram: a histogram with the same count is the same. */
  last: number | undefined;
  /** The number of the walk that last had the series. */
  walk: number;
}

interface SentStream {
  readonly id: number;
  readonly series: Map<Attributes, SentSeries>;
  /** The series in the order of the last walk, which is that of the next one unless series were added or removed. */
  readonly order: SentSeries[];
  /** What the last walk had: {@link ReusedPoints.generation}, and the {@link SentSeries.last} of each series in {@link order}. */
  known: { readonly generation: object; readonly last: Float64Array } | undefined;
  /** The number of series that the current walk has had. */
  position: number;
  walk: number;
}

/** Encodes for one receiver what changed since the last time. Values are those since the process started, so that a receiver can lose or repeat frames. */
export class StateEncoder {
  private readonly writer = new FrameWriter();
  private readonly streams = new Map<string, SentStream>();
  private readonly boundaries = new Map<string, number>();
  private lastBoundaries: readonly number[] | undefined;
  private lastBoundariesId = 0;
  private seriesCount = 0;
  /** Numbers of series that were removed, which further series get. */
  private readonly freeIds: number[] = [];
  private walk = 0;
  private sequence = 0;
  private previousId = 0;
  private records = 0;

  /** @param source whose state it is */
  constructor(private readonly source: number) {}

  /**
   * Yields frames, and `undefined` where other work may run. Must be read to its end before it is called again.
   *
   * @param isComplete whether streams and observed series that are missing have ended, and not only failed
   * @param sync the number of the request that this answers, or 0
   */
  *encode(streams: readonly CollectedStream[], isComplete: boolean, sync: number): Generator<Buffer | undefined> {
    const walk = ++this.walk;
    this.begin();
    for (const stream of streams) {
      const sent = this.findStream(stream, walk);
      const { reused } = stream;
      if (reused !== undefined && sent.known?.generation === reused.generation) {
        if (yield* this.writeChanges(sent, sent.known.last, reused)) continue;
      }
      for (const points of (reused ?? stream).slices()) {
        for (const point of points) {
          this.writePoint(sent, point, walk);
          if (this.writer.length >= FRAME_BYTES) yield this.next();
        }
        yield undefined;
      }
      if (isComplete || !isAsynchronous(stream.descriptor.type)) yield* this.removeOthers(sent, walk);
      if (reused !== undefined) rememberWalk(sent, reused);
    }
    if (isComplete) {
      for (const sent of this.streams.values()) if (sent.walk !== walk) yield* this.removeOthers(sent, walk);
    }
    if (sync > 0) {
      this.record(RECORD.ANSWER);
      this.writer.integer(sync);
    }
    if (this.records > 0) yield this.finish();
  }

  private begin(): void {
    this.writer.discard();
    this.writer.byte(FRAME.STATE);
    this.writer.integer(this.source);
    this.writer.integer(this.sequence + 1);
    this.previousId = 0;
    this.records = 0;
  }

  private finish(): Buffer {
    this.sequence++;
    this.records = 0;
    return this.writer.finish();
  }

  private next(): Buffer {
    const frame = this.finish();
    this.begin();
    return frame;
  }

  private findStream(stream: CollectedStream, walk: number): SentStream {
    const { scope, descriptor, dataPointType, aggregationTemporality, isMonotonic } = stream;
    const { name, description, unit, type, valueType } = descriptor;
    const definition = descriptor[DEFINITION];
    const metadata = {
      scope,
      name,
      description,
      unit,
      type,
      valueType,
      dataPointType,
      aggregationTemporality,
      isMonotonic,
    };
    let key = JSON.stringify(metadata);
    // Views can give one instrument two streams that differ in nothing but their series.
    while (this.streams.get(key)?.walk === walk) key += ' ';
    let sent = this.streams.get(key);
    if (sent === undefined) {
      sent = { id: this.streams.size, series: new Map(), order: [], known: undefined, position: 0, walk };
      this.streams.set(key, sent);
      this.record(RECORD.METRIC);
      this.writer.text(JSON.stringify({ ...metadata, definition, twin: key.length - key.trimEnd().length }));
    }
    sent.walk = walk;
    sent.position = 0;
    return sent;
  }

  private writePoint(stream: SentStream, point: CollectedPoint, walk: number): void {
    const { attributes, startTime, value } = point;
    const mark = findCount(value);
    const expected = stream.order[stream.position];
    let sent = expected?.attributes === attributes ? expected : stream.series.get(attributes);
    if (sent === undefined) {
      sent = { id: this.freeIds.pop() ?? this.seriesCount++, attributes, last: undefined, walk };
      stream.series.set(attributes, sent);
      this.record(RECORD.SERIES);
      this.writer.integer(sent.id);
      this.writer.integer(stream.id);
      this.writer.text(JSON.stringify(attributes));
      this.writer.integer(startTime[0]);
      this.writer.integer(startTime[1]);
    }
    sent.walk = walk;
    stream.order[stream.position++] = sent;
    // The quantiles of a summary change without a measurement when their time window moves.
    if (!Object.is(sent.last, mark) || isSummary(value)) this.writeChange(sent, mark, point);
  }

  /**
   * Writes what changed in a stream that has the same series as in the last walk. Looks at numbers alone. Returns whether it has
   * reached the end; not if a series was removed meanwhile.
   */
  private *writeChanges(
    stream: SentStream,
    last: Float64Array,
    reused: ReusedPoints,
  ): Generator<Buffer | undefined, boolean> {
    let position = 0;
    for (const points of reused.slices()) {
      // Points are read at once and without those that were removed, after which the places are others.
      if (!reused.isCurrent()) return false;
      for (const point of points) {
        const mark = findCount(point.value);
        if (!Object.is(last[position], mark)) {
          last[position] = mark;
          this.writeChange(stream.order[position] as SentSeries, mark, point);
          if (this.writer.length >= FRAME_BYTES) yield this.next();
        }
        position++;
      }
      yield undefined;
    }
    stream.position = position;
    return true;
  }

  private writeChange(sent: SentSeries, mark: number, { value, exemplars }: CollectedPoint): void {
    sent.last = mark;
    if (typeof value === 'number') this.writeNumber(sent.id, value);
    else if (isSummary(value)) this.writeSummary(sent.id, value);
    else if (isExponential(value)) this.writeExponential(sent.id, value);
    else this.writeHistogram(sent.id, value);
    if (exemplars !== undefined && exemplars.length > 0) {
      this.record(RECORD.EXEMPLARS, sent.id);
      this.writer.text(JSON.stringify(exemplars));
    }
  }

  private writeNumber(id: number, value: number): void {
    if (Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)) {
      this.record(RECORD.INTEGER, id);
      this.writer.integer(value);
    } else {
      this.record(RECORD.DOUBLE, id);
      this.writer.double(value);
    }
  }

  private writeHistogram(id: number, value: Histogram): void {
    const boundaries = this.findBoundaries(value.buckets.boundaries);
    this.record(RECORD.HISTOGRAM, id);
    this.writer.integer(boundaries);
    for (let i = 0; i <= value.buckets.boundaries.length; i++) this.writer.integer(value.buckets.counts[i] ?? 0);
    this.writeTotals(value);
  }

  private writeExponential(id: number, value: ExponentialHistogram): void {
    this.record(RECORD.EXPONENTIAL, id);
    this.writer.signed(value.scale);
    this.writer.integer(value.zeroCount);
    for (const { offset, bucketCounts } of [value.positive, value.negative]) {
      this.writer.signed(offset);
      this.writer.integer(bucketCounts.length);
      for (const count of bucketCounts) this.writer.integer(count);
    }
    this.writeTotals(value);
  }

  private writeSummary(id: number, { count, sum, quantiles }: Summary): void {
    this.record(RECORD.SUMMARY, id);
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
      this.record(RECORD.BOUNDARIES);
      this.writer.integer(boundaries.length);
      for (const bound of boundaries) this.writer.double(bound);
    }
    this.lastBoundaries = boundaries;
    this.lastBoundariesId = id;
    return id;
  }

  private *removeOthers(stream: SentStream, walk: number): Iterable<Buffer> {
    // A stream that was not walked has kept the position of an earlier walk.
    if (stream.walk === walk && stream.position === stream.series.size) return;
    stream.order.length = stream.walk === walk ? stream.position : 0;
    for (const [attributes, sent] of stream.series) {
      if (sent.walk === walk) continue;
      stream.series.delete(attributes);
      this.freeIds.push(sent.id);
      this.record(RECORD.REMOVAL, sent.id);
      if (this.writer.length >= FRAME_BYTES) yield this.next();
    }
  }

  private record(type: number, id?: number): void {
    this.records++;
    this.writer.byte(type);
    if (id === undefined) return;
    this.writer.signed(id - this.previousId);
    this.previousId = id;
  }
}

function rememberWalk(stream: SentStream, { generation }: ReusedPoints): void {
  const { order, position } = stream;
  stream.known = { generation, last: Float64Array.from(order.slice(0, position), ({ last = 0 }) => last) };
}
