import type { Attributes } from '@opentelemetry/api';
import { DEFINITION } from '../catalog/definition';
import { isAsynchronous } from '../collection/enums';
import type { CollectedPoint } from '../collection/points';
import type { CollectedStream, ReusedPoints } from '../collection/slices';
import { findCount } from './contribution';
import { isSummary } from './merged-series';
import { RecordWriter } from './record-writer';

/** What was sent of a series. */
interface SentSeries {
  readonly id: number;
  readonly attributes: Attributes;
  /**
   * The value of a number, the count of a histogram: a histogram with the same count is the same. Not up to date while its stream
   * has a {@link KnownWalk}.
   */
  last: number | undefined;
  /** The number of the walk that last had the series. */
  walk: number;
}

/** What the last walk of a stream had, in arrays: comparing reads nothing else. */
interface KnownWalk {
  /** See {@link ReusedPoints.generation}. */
  readonly generation: object;
  readonly ids: Uint32Array;
  /** See {@link SentSeries.last}. */
  readonly last: Float64Array;
}

interface SentStream {
  readonly id: number;
  readonly series: Map<Attributes, SentSeries>;
  /** The series in the order of the last walk, which is that of the next one unless series were added or removed. */
  readonly order: SentSeries[];
  known: KnownWalk | undefined;
  /** The number of series that the current walk has had. */
  position: number;
  walk: number;
}

/** Encodes for one receiver what changed since the last time. Values are those since the process started, so that a receiver can lose or repeat frames. */
export class StateEncoder {
  private readonly writer: RecordWriter;
  private readonly streams = new Map<string, SentStream>();
  private seriesCount = 0;
  /** Numbers of series that were removed, which further series get. */
  private readonly freeIds: number[] = [];
  private walk = 0;

  /** @param source whose state it is */
  constructor(source: number) {
    this.writer = new RecordWriter(source);
  }

  /**
   * Yields frames, and `undefined` where other work may run. Must be read to its end before it is called again.
   *
   * @param isComplete whether streams and observed series that are missing have ended, and not only failed
   * @param sync the number of the request that this answers, or 0
   */
  *encode(streams: readonly CollectedStream[], isComplete: boolean, sync: number): Generator<Buffer | undefined> {
    const walk = ++this.walk;
    this.writer.begin();
    for (const stream of streams) {
      const sent = this.findStream(stream, walk);
      const { reused } = stream;
      if (reused !== undefined && sent.known?.generation === reused.generation) {
        if (yield* this.writeChanges(sent.known, reused)) continue;
      }
      forgetWalk(sent);
      for (const points of (reused ?? stream).slices()) {
        for (const point of points) {
          this.writePoint(sent, point, walk);
          if (this.writer.isFull) yield this.finishAndBegin();
        }
        yield undefined;
      }
      if (isComplete || !isAsynchronous(stream.descriptor.type)) yield* this.removeOthers(sent, walk);
      if (reused !== undefined) rememberWalk(sent, reused);
    }
    if (isComplete) {
      for (const sent of this.streams.values()) if (sent.walk !== walk) yield* this.removeOthers(sent, walk);
    }
    if (sync > 0) this.writer.addAnswer(sync);
    if (!this.writer.isEmpty) yield this.writer.finish();
  }

  private finishAndBegin(): Buffer {
    const frame = this.writer.finish();
    this.writer.begin();
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
      this.writer.addMetric(JSON.stringify({ ...metadata, definition, twin: key.length - key.trimEnd().length }));
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
      this.writer.addSeries(sent.id, stream.id, attributes, startTime);
    }
    sent.walk = walk;
    stream.order[stream.position++] = sent;
    // The quantiles of a summary change without a measurement when their time window moves.
    if (Object.is(sent.last, mark) && !isSummary(value)) return;
    sent.last = mark;
    this.writer.addPoint(sent.id, point);
  }

  /**
   * Writes what changed in a stream that has the same series as in the last walk. Returns whether it has reached the end; not if a
   * series was removed meanwhile.
   */
  private writeChanges(known: KnownWalk, reused: ReusedPoints): Generator<Buffer | undefined, boolean> {
    const { numbers } = reused;
    return numbers === undefined
      ? this.writeChangedPoints(known, reused, reused.slices())
      : this.writeChangedNumbers(known, reused, numbers());
  }

  private *writeChangedPoints(
    { ids, last }: KnownWalk,
    reused: ReusedPoints,
    slices: Iterable<readonly CollectedPoint[]>,
  ): Generator<Buffer | undefined, boolean> {
    let position = 0;
    for (const points of slices) {
      // Points are read at once and without those that were removed, after which the places are others.
      if (!reused.isCurrent()) return false;
      for (const point of points) {
        const mark = findCount(point.value);
        if (!Object.is(last[position], mark)) {
          last[position] = mark;
          this.writer.addPoint(ids[position] as number, point);
          if (this.writer.isFull) yield this.finishAndBegin();
        }
        position++;
      }
      yield undefined;
    }
    return true;
  }

  /** Does the same with values alone. A loop for both takes half as long again, because V8 compiles it for values and points. */
  private *writeChangedNumbers(
    { ids, last }: KnownWalk,
    reused: ReusedPoints,
    pieces: Iterable<Float64Array>,
  ): Generator<Buffer | undefined, boolean> {
    let position = 0;
    for (const numbers of pieces) {
      if (!reused.isCurrent()) return false;
      for (let i = 0; i < numbers.length; i++, position++) {
        const number = numbers[i] as number;
        if (Object.is(last[position], number)) continue;
        last[position] = number;
        this.writer.addNumber(ids[position] as number, number);
        if (this.writer.isFull) yield this.finishAndBegin();
      }
      yield undefined;
    }
    return true;
  }

  private *removeOthers(stream: SentStream, walk: number): Iterable<Buffer> {
    forgetWalk(stream);
    // A stream that was not walked has kept the position of an earlier walk.
    if (stream.walk === walk && stream.position === stream.series.size) return;
    stream.order.length = stream.walk === walk ? stream.position : 0;
    for (const [attributes, sent] of stream.series) {
      if (sent.walk === walk) continue;
      stream.series.delete(attributes);
      this.freeIds.push(sent.id);
      this.writer.addRemoval(sent.id);
      if (this.writer.isFull) yield this.finishAndBegin();
    }
  }
}

function rememberWalk(stream: SentStream, { generation }: ReusedPoints): void {
  const walked = stream.order.slice(0, stream.position);
  stream.known = {
    generation,
    ids: Uint32Array.from(walked, ({ id }) => id),
    last: Float64Array.from(walked, ({ last = 0 }) => last),
  };
}

function forgetWalk(stream: SentStream): void {
  const last = stream.known?.last;
  last?.forEach((value, position) => {
    (stream.order[position] as SentSeries).last = value;
  });
  stream.known = undefined;
}
