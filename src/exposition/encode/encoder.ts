import type { Family } from '../families';

/** What an encoder needs to know besides the families. */
export interface EncodeOptions {
  /** Whether a family is on the page. All are by default. */
  readonly accepts?: (family: string) => boolean;
  /** Called for a family that cannot be encoded. It is left out, or ends behind the last series that was written already. */
  readonly failed: (family: Family, error: unknown) => void;
  /** Called for a family that the format cannot hold next to another one. It is left out. */
  readonly conflicting: (family: Family, reason: string) => void;
  /** Called with the number of series that were written. */
  readonly wrote: (series: number) => void;
}

/**
 * The pieces of a page. `undefined` is a pause: the caller can let the event loop run. `next` may be given a piece that nobody
 * reads any more; a later piece then overwrites it.
 */
export type Pieces = Generator<Uint8Array | undefined, void, Uint8Array | undefined>;

/** Writes families as a page, in pieces of about 64 KiB. The points are read while the page is written. */
export type Encoder = (families: readonly Family[], options: EncodeOptions) => Pieces;
