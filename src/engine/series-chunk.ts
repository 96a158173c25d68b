import type { Attributes } from '@opentelemetry/api';
import type { Cells } from './aggregation/cells';
import type { LedgerEntry } from './ledger-entry';

/** The lifecycle state of a row. */
export const State = {
  /** Holds no series. */
  Free: 0,
  /** Holds a series that was never recorded on: not collected, and without a place under the limit. */
  Fresh: 1,
  /** Collected. The next measurement has to be looked at. */
  Guarded: 2,
  /** Collected. Measurements only change numbers, and are written without a call of the stream. */
  Live: 3,
} as const;
export type State = (typeof State)[keyof typeof State];

const STATE_BITS = 2;
const STATE_MASK = 2 ** STATE_BITS - 1;
// Exported constants are read from the module each time, those of the file are compiled in.
const LIVE = State.Live;
const GUARDED = State.Guarded;

/**
 * The rows of some series of one stream, stored by column: 24 bytes for a counter in addition to its attributes, where an object
 * would take 80.
 */
export class SeriesChunk<T = unknown> {
  /** The number of rows in use. */
  used = 0;
  readonly cells: Cells<T>;
  readonly attributes: (Attributes | undefined)[];
  /** By row; absent in streams that need no ledger. */
  entries: (LedgerEntry<T> | undefined)[] | undefined = undefined;
  /** The state in the lower bits, and above it how many series the row has held, modulo 2^14. */
  readonly tags: Uint16Array;
  /** When each series began, in milliseconds since the stream was created, modulo 2^32. */
  private readonly starts: Uint32Array;
  /** How often each start passed 2^32, which takes 49 days. Absent until the first one does. */
  private carried: Uint16Array | undefined = undefined;

  /** @param firstRow the row number of the first place */
  constructor(
    readonly firstRow: number,
    readonly size: number,
    createCells: (size: number) => Cells<T>,
  ) {
    this.cells = createCells(size);
    this.attributes = new Array<undefined>(size).fill(undefined);
    this.tags = new Uint16Array(size);
    this.starts = new Uint32Array(size);
  }

  state(at: number): State {
    return ((this.tags[at] as number) & STATE_MASK) as State;
  }

  setState(at: number, state: State): void {
    this.tags[at] = ((this.tags[at] as number) & ~STATE_MASK) | state;
  }

  /** Returns whether the row holds a series that is collected. */
  isCollected(at: number): boolean {
    return ((this.tags[at] as number) & STATE_MASK) >= GUARDED;
  }

  /** Returns whether the row still holds the series that it had with an earlier tag, and the series was collected then. */
  holds(at: number, earlier: number): boolean {
    return (earlier & STATE_MASK) >= GUARDED && earlier >>> STATE_BITS === (this.tags[at] as number) >>> STATE_BITS;
  }

  isLive(at: number): boolean {
    return ((this.tags[at] as number) & STATE_MASK) === LIVE;
  }

  /** Puts a series into the first free row. Returns the row. */
  allocate(attributes: Attributes): number {
    const at = this.attributes.indexOf(undefined);
    this.used++;
    this.attributes[at] = attributes;
    this.cells.clear(at);
    this.setState(at, State.Fresh);
    return at;
  }

  release(at: number): void {
    this.used--;
    this.attributes[at] = undefined;
    this.cells.clear(at);
    if (this.entries !== undefined) this.entries[at] = undefined;
    this.tags[at] = (((this.tags[at] as number) >>> STATE_BITS) + 1) << STATE_BITS;
  }

  start(at: number): number {
    return (this.starts[at] as number) + (this.carried?.[at] ?? 0) * 2 ** 32;
  }

  /** @param start at least 0 */
  setStart(at: number, start: number): void {
    this.starts[at] = start;
    const carry = Math.floor(start / 2 ** 32);
    if (carry > 0) this.carried ??= new Uint16Array(this.size);
    if (this.carried !== undefined) this.carried[at] = carry;
  }
}
