import type { Attributes } from '@opentelemetry/api';
import type { Aggregation } from './aggregation/aggregation';
import type { ExemplarStores } from './exemplars';
import type { LedgerEntry } from './ledger-entry';
import { SeriesChunk, State } from './series-chunk';
import type { SeriesHandle, SeriesOwner } from './series-handle';

/** A row number is the number of its chunk, and in so many lower bits the place in the chunk. */
export const PLACE_BITS = 9;
const MAX_CHUNK = 2 ** PLACE_BITS;
const PLACE_MASK = MAX_CHUNK - 1;
/** The first chunk is small, because most instruments have few series. Each further one has twice the size. */
const MIN_CHUNK = 4;

/** The series of one stream, by row number. A row is used for another series after its own was removed. */
export class SeriesStore<T = unknown> {
  /** The number of series that are collected. */
  collected = 0;
  /** By number. A chunk without series is given back. */
  readonly chunks: (SeriesChunk<T> | undefined)[] = [];
  /** What few series have, by row. */
  private readonly exemplarsByRow = new Map<number, ExemplarStores>();
  private readonly handles = new Map<number, SeriesHandle>();
  /** Chunks below this number have no free row. */
  private firstOpen = 0;
  private lastGeneration: object | undefined;

  constructor(private readonly aggregation: Aggregation<T>) {}

  /** Takes a row for a series. Rows with low numbers come first, so that chunks with high numbers become free. */
  allocate(attributes: Attributes): number {
    let number = this.firstOpen;
    for (let chunk = this.chunks[number]; chunk !== undefined && chunk.used === chunk.size; chunk = this.chunks[number])
      number++;
    this.firstOpen = number;
    this.chunks[number] ??= new SeriesChunk(number << PLACE_BITS, chunkSize(number), this.aggregation.createCells);
    const chunk = this.chunks[number] as SeriesChunk<T>;
    return chunk.firstRow + chunk.allocate(attributes);
  }

  /** Ends a series. Its row becomes free, and its handles are detached. */
  release(row: number): void {
    const number = row >>> PLACE_BITS;
    const chunk = this.chunk(row);
    if (chunk.isCollected(row & PLACE_MASK)) this.collected--;
    this.lastGeneration = undefined;
    chunk.release(row & PLACE_MASK);
    if (chunk.used === 0) {
      this.chunks[number] = undefined;
      while (this.chunks.length > 0 && this.chunks.at(-1) === undefined) this.chunks.pop();
    }
    this.firstOpen = Math.min(this.firstOpen, number);
    this.exemplarsByRow.delete(row);
    for (let handle = this.handles.get(row); handle !== undefined; ) handle = handle.detach();
    this.handles.delete(row);
  }

  attributes(row: number): Attributes {
    return this.chunk(row).attributes[row & PLACE_MASK] as Attributes;
  }

  state(row: number): State {
    return this.chunk(row).state(row & PLACE_MASK);
  }

  setState(row: number, state: typeof State.Guarded | typeof State.Live): void {
    this.chunk(row).setState(row & PLACE_MASK, state);
  }

  /** The same object only for as long as no series begins or ends. */
  get generation(): object {
    this.lastGeneration ??= {};
    return this.lastGeneration;
  }

  /** Has the series collected from now on. */
  begin(row: number, start: number): void {
    this.collected++;
    this.lastGeneration = undefined;
    // The clock can be set back.
    this.chunk(row).setStart(row & PLACE_MASK, Math.max(start, 0));
    this.setState(row, State.Guarded);
  }

  /** Has every series look at its measurements. */
  guardAll(): void {
    this.eachCollected((row) => {
      this.setState(row, State.Guarded);
    });
  }

  add(row: number, value: number): void {
    this.chunk(row).cells.add(row & PLACE_MASK, value);
  }

  /** Returns what was aggregated since the last {@link reset}, as an object of its own. */
  recent(row: number): T {
    return this.chunk(row).cells.read(row & PLACE_MASK);
  }

  /** Forgets what {@link recent} returned. */
  reset(row: number): void {
    this.chunk(row).cells.reset(row & PLACE_MASK);
  }

  /** Returns everything that was aggregated. */
  total(row: number): T {
    const folded = this.entry(row)?.folded;
    return folded === undefined ? this.recent(row) : this.aggregation.combine(folded, this.recent(row));
  }

  entry(row: number): LedgerEntry<T> | undefined {
    return this.chunk(row).entries?.[row & PLACE_MASK];
  }

  setEntry(row: number, entry: LedgerEntry<T>): void {
    const chunk = this.chunk(row);
    chunk.entries ??= new Array<undefined>(chunk.size).fill(undefined);
    chunk.entries[row & PLACE_MASK] = entry;
  }

  get hasExemplars(): boolean {
    return this.exemplarsByRow.size > 0;
  }

  exemplars(row: number): ExemplarStores | undefined {
    return this.exemplarsByRow.get(row);
  }

  setExemplars(row: number, stores: ExemplarStores): void {
    this.exemplarsByRow.set(row, stores);
  }

  /** Returns the value that `get` returns, or that of an empty series without a row. */
  currentValue(row: number): unknown {
    if (row >= 0) return this.aggregation.currentValue(this.total(row));
    const cells = this.aggregation.createCells(1);
    cells.clear(0);
    return this.aggregation.currentValue(cells.read(0));
  }

  /** Returns the handle of a series, always the same. */
  bind(row: number, owner: SeriesOwner): SeriesHandle {
    const known = this.handles.get(row);
    if (known !== undefined) return known;
    const handle = this.aggregation.createHandle(owner, this.attributes(row));
    this.attach(handle, row);
    return handle;
  }

  attach(handle: SeriesHandle, row: number): void {
    handle.attach(row, this.chunk(row), this.handles.get(row));
    this.handles.set(row, handle);
  }

  /** Calls a function with each series that is collected. The function may end the series. */
  eachCollected(visit: (row: number) => void): void {
    for (const chunk of this.chunks) {
      if (chunk === undefined) continue;
      for (let at = 0; at < chunk.size; at++) if (chunk.isCollected(at)) visit(chunk.firstRow + at);
    }
  }

  chunk(row: number): SeriesChunk<T> {
    return this.chunks[row >>> PLACE_BITS] as SeriesChunk<T>;
  }
}

function chunkSize(number: number): number {
  return Math.min(MIN_CHUNK * 2 ** number, MAX_CHUNK);
}
