import type { Attributes } from '@opentelemetry/api';
import { OVERFLOW_ATTRIBUTES } from '../catalog/overflow';
import {
  createPoint,
  createReusedPoint,
  overwritePoint,
  REUSED_POINTS,
  type ReusedPoint,
} from '../collection/create-point';
import { TEMPORALITY } from '../collection/enums';
import { HrTimes, toHrTime } from '../collection/hr-time';
import type { CollectedMetadata, CollectedPoint, Exemplar } from '../collection/points';
import type { CollectedStream, ReusedPoints, Scope } from '../collection/slices';
import { STEP_SIZE } from '../turns';
import type { Aggregation } from './aggregation/aggregation';
import type { DeltaLedger } from './delta-ledger';
import type { InstrumentDescriptor } from './descriptor';
import type { SeriesChunk } from './series-chunk';
import type { SeriesStore } from './series-store';
import type { StreamExemplars } from './stream-exemplars';
import type { StreamReader } from './view-plan';

/** The part of a stream that a collection reads. */
export interface CollectableStream {
  readonly descriptor: InstrumentDescriptor;
  readonly scope: Scope;
  readonly readers: readonly StreamReader[];
  readonly aggregation: Aggregation<unknown>;
  readonly ledger: DeltaLedger<unknown> | undefined;
  readonly exemplars: StreamExemplars;
  readonly store: SeriesStore;
  /** The row of the overflow series, or -1. */
  readonly overflow: number;
  readonly createdAt: number;
  /** When each reader last collected, by its position. */
  readonly collectedAt: readonly (number | undefined)[];
}

/** One stream as a reader is given it. */
export class StreamCollection implements CollectedStream {
  readonly descriptor: CollectedMetadata['descriptor'];
  readonly aggregationTemporality: CollectedMetadata['aggregationTemporality'];
  readonly dataPointType: CollectedMetadata['dataPointType'];
  readonly isMonotonic?: boolean;

  /**
   * @param read reads the points in pieces of at most a number
   * @param reused see {@link CollectedStream.reused}
   */
  constructor(
    readonly scope: Scope,
    descriptor: InstrumentDescriptor,
    { dataPointType, isMonotonic }: Pick<Aggregation<unknown>, 'dataPointType' | 'isMonotonic'>,
    isDelta: boolean,
    readonly size: number,
    private readonly read: (pieceSize: number) => Iterable<CollectedPoint[]>,
    readonly reused?: ReusedPoints,
  ) {
    this.descriptor = descriptor;
    this.aggregationTemporality = isDelta ? TEMPORALITY.DELTA : TEMPORALITY.CUMULATIVE;
    this.dataPointType = dataPointType;
    if (isMonotonic !== undefined) this.isMonotonic = isMonotonic;
  }

  slices(): Iterable<readonly CollectedPoint[]> {
    return this.read(STEP_SIZE);
  }

  /** Returns all points, of one moment. */
  points(): CollectedPoint[] {
    const [first = [], ...others] = this.read(Number.MAX_SAFE_INTEGER);
    return others.length === 0 ? first : first.concat(...others);
  }
}

/** Returns what a reader reads next of a stream, or `undefined` if there is nothing. */
export function collectStream(stream: CollectableStream, position: number, time: number): StreamCollection | undefined {
  const { readers, scope, descriptor, aggregation } = stream;
  const isDelta = readers[position]?.isDelta === true;
  if (isDelta) {
    const points = readDelta(stream, position, time);
    if (points.length === 0) return undefined;
    return new StreamCollection(scope, descriptor, aggregation, true, points.length, (size) => pieces(points, size));
  }
  const { store, ledger } = stream;
  if (ledger !== undefined) foldSpilled(store, ledger, position);
  const size = store.collected + (ledger?.spill(position) === undefined ? 0 : 1);
  if (size === 0) return undefined;
  const rows = snapshot(store);
  const read = (pieceSize: number) => readCumulative(stream, rows, position, time, pieceSize, false);
  // A reader with a ledger may have other series than the store.
  if (ledger !== undefined) return new StreamCollection(scope, descriptor, aggregation, false, size, read);
  const { generation } = store;
  return new StreamCollection(scope, descriptor, aggregation, false, size, read, {
    generation,
    isCurrent: () => store.generation === generation,
    attributes: () => readAttributes(rows),
    slices: () => readCumulative(stream, rows, position, time, REUSED_POINTS, true),
    numbers: hasNumbersAlone(stream, rows) ? () => readNumbers(rows) : undefined,
  });
}

export function* pieces(points: CollectedPoint[], size: number): Iterable<CollectedPoint[]> {
  if (points.length <= size) yield points;
  else for (let i = 0; i < points.length; i += size) yield points.slice(i, i + size);
}

/** Folds the series that the reader has no place for into its overflow. */
function foldSpilled(store: SeriesStore, ledger: DeltaLedger<unknown>, position: number): void {
  store.eachCollected((row) => {
    if (!ledger.isAdmitted(row, position)) ledger.fold(row);
  });
}

/** The series of a moment. While pieces are read, rows can get other series. */
interface SnapshotChunk {
  readonly chunk: SeriesChunk;
  readonly tags: Uint16Array;
}

function snapshot({ chunks }: SeriesStore): SnapshotChunk[] {
  return chunks.flatMap((chunk) => (chunk === undefined ? [] : { chunk, tags: chunk.tags.slice() }));
}

function* readAttributes(rows: readonly SnapshotChunk[]): Iterable<Attributes[]> {
  for (const { chunk, tags } of rows) {
    yield chunk.attributes.filter((_, at): boolean => chunk.holds(at, tags[at] as number)) as Attributes[];
  }
}

/** Returns whether the points are numbers without exemplars. */
function hasNumbersAlone({ store, overflow }: CollectableStream, rows: readonly SnapshotChunk[]): boolean {
  return !store.hasExemplars && overflow < 0 && rows[0]?.chunk.cells.numbers !== undefined;
}

function* readNumbers(rows: readonly SnapshotChunk[]): Iterable<Float64Array> {
  const piece = new Float64Array(Math.max(...rows.map(({ tags }) => tags.length)));
  for (const { chunk, tags } of rows) {
    const numbers = chunk.cells.numbers as ArrayLike<number>;
    let length = 0;
    for (let at = 0; at < tags.length; at++) {
      if (chunk.holds(at, tags[at] as number)) piece[length++] = numbers[at] as number;
    }
    yield piece.subarray(0, length);
  }
}

/** The objects of a point that a later piece overwrites. */
interface Slot {
  amount: unknown;
  readonly point: ReusedPoint;
}

function findSlot(slots: Slot[], index: number): Slot {
  const known = slots[index];
  if (known !== undefined) return known;
  const slot = { amount: undefined, point: createReusedPoint() };
  slots.push(slot);
  return slot;
}

/** @param reuses whether a piece overwrites the points of the piece before */
function* readCumulative(
  stream: CollectableStream,
  rows: readonly SnapshotChunk[],
  position: number,
  time: number,
  pieceSize: number,
  reuses: boolean,
): Iterable<CollectedPoint[]> {
  const { ledger, aggregation, createdAt, store, overflow } = stream;
  const spill = ledger?.spill(position);
  const endTime = toHrTime(time);
  const startTimes = new HrTimes();
  let piece: CollectedPoint[] = [];
  const slots: Slot[] = [];
  let hasOverflow = false;
  for (const { chunk, tags } of rows) {
    const { cells, attributes, firstRow } = chunk;
    const { hasExemplars } = store;
    for (let at = 0; at < tags.length; at++) {
      if (!chunk.holds(at, tags[at] as number)) continue;
      const row = firstRow + at;
      if (ledger?.isAdmitted(row, position) === false) continue;
      const startTime = startTimes.convert(Math.min(createdAt + chunk.start(at), time));
      const slot = reuses ? findSlot(slots, piece.length) : undefined;
      let amount = ledger === undefined ? cells.read(at, slot?.amount) : store.total(row);
      if (spill !== undefined && row === overflow) {
        hasOverflow = true;
        amount = aggregation.combine(amount, spill);
      }
      const value = aggregation.pointValue(amount, slot?.point.value);
      const exemplars = hasExemplars || row === overflow ? collectExemplars(stream, row, position) : NONE;
      if (slot !== undefined) {
        slot.amount = amount;
        piece.push(overwritePoint(slot.point, startTime, endTime, attributes[at] as Attributes, value, exemplars));
      } else piece.push(createPoint(startTime, endTime, attributes[at] as Attributes, value, exemplars));
      if (piece.length < pieceSize) continue;
      yield piece;
      piece = [];
    }
  }
  if (spill !== undefined && !hasOverflow) {
    const value = aggregation.pointValue(spill);
    const exemplars = stream.exemplars.collect(stream.exemplars.spilled, position, OVERFLOW_ATTRIBUTES);
    piece.push(createPoint(toHrTime(createdAt), endTime, OVERFLOW_ATTRIBUTES, value, exemplars));
  }
  if (piece.length > 0) yield piece;
}

/** All points share the start of the interval: the last collection (Metrics SDK, Start timestamps). */
function readDelta(stream: CollectableStream, position: number, time: number): CollectedPoint[] {
  const { aggregation, createdAt, collectedAt, overflow } = stream;
  const ledger = stream.ledger as DeltaLedger<unknown>;
  const startTime = toHrTime(collectedAt[position] ?? createdAt);
  const endTime = toHrTime(time);
  const amounts = ledger.takeDelta(position);
  const spill = ledger.takeSpill(position);
  let hasOverflow = false;
  const points = amounts.map(({ attributes, amount, row }) => {
    const isOverflow = row === overflow;
    hasOverflow ||= isOverflow;
    const both = isOverflow && spill !== undefined ? aggregation.combine(amount, spill) : amount;
    const exemplars = row === undefined ? NONE : collectExemplars(stream, row, position);
    return createPoint(startTime, endTime, attributes, aggregation.pointValue(both), exemplars);
  });
  if (spill !== undefined && !hasOverflow) {
    const exemplars = stream.exemplars.collect(stream.exemplars.spilled, position, OVERFLOW_ATTRIBUTES);
    points.push(createPoint(startTime, endTime, OVERFLOW_ATTRIBUTES, aggregation.pointValue(spill), exemplars));
  }
  return points;
}

const NONE: readonly Exemplar[] = [];

/** The overflow point has the exemplars of the overflow series, and those of series that the reader has no place for. */
function collectExemplars(stream: CollectableStream, row: number, position: number): readonly Exemplar[] {
  const { exemplars, store } = stream;
  const stores = store.exemplars(row);
  if (stores === undefined && row !== stream.overflow) return NONE;
  const attributes = store.attributes(row);
  const own = exemplars.collect(stores, position, attributes);
  if (row !== stream.overflow) return own;
  return own.concat(exemplars.collect(exemplars.spilled, position, attributes));
}
