import type { Attributes, Context } from '@opentelemetry/api';
import type { ExemplarStore } from './exemplars';
import type { LedgerEntry } from './ledger-entry';

/**
 * The lifecycle state of a series. The recording methods test for `Live` alone, in which they only change numbers; in any
 * other state they call {@link SeriesOwner.measure}.
 */
export const State = {
  /** In the table, but never recorded on: not collected, and without a place under the limit. */
  Fresh: 0,
  /** Collected, and recorded on since measurements were last folded into the readers' deltas. */
  Live: 1,
  /** Collected, and the next measurement has to be looked at. */
  Guarded: 2,
  /** Not in the table: removed, or bound when there was no room. A measurement finds or takes a place. */
  Detached: 3,
} as const;
export type State = (typeof State)[keyof typeof State];

/** The start of a series that is not in the list of its stream. */
export const UNLISTED = -1;

/** The part of a stream that its series call. */
export interface SeriesOwner {
  /** The smallest value that needs no closer look. */
  readonly minimum: number;
  /**
   * Records a measurement that is not simply added.
   *
   * @param given the attributes as the caller passed them; those of the series unless given
   */
  measure(series: Series, value: number, context: Context | undefined, given: Attributes | undefined): void;
}

/** State that few series have. A separate object, so that a cumulative series without exemplars takes no memory for it. */
export class ColdState<T> {
  /** For streams whose readers take deltas or differ in their limits. */
  entry: LedgerEntry<T> | undefined = undefined;
  /** By reader. */
  exemplars: (ExemplarStore | undefined)[] | undefined = undefined;
}

/**
 * One series of a stream, and at the same time the handle that `bind` returns. `T` is what it aggregates.
 *
 * A handle stays valid: recording on a series that was removed starts the series again, because a facade binds its closed
 * label sets once and must not lose what is recorded after a `clear()`.
 */
export abstract class Series<T = unknown> {
  state: State = State.Fresh;
  /**
   * When it was first recorded on, in milliseconds since the stream was created: a small number takes no memory of its
   * own. {@link UNLISTED} while the series is not in the list of its stream.
   */
  start = UNLISTED;
  cold: ColdState<T> | undefined = undefined;

  constructor(
    readonly owner: SeriesOwner,
    readonly attributes: Attributes,
  ) {}

  /** Records as counters are called. */
  abstract add(value: number, context?: Context, given?: Attributes): void;
  /** Records as gauges and histograms are called. */
  abstract record(value: number, context?: Context, given?: Attributes): void;
  /** Returns the value as the reader of a bound series sees it. */
  abstract get(): unknown;
  /** Takes the memory that measurements need. Called before the first one, and again after {@link release}. */
  activate(): void {}
  /** Aggregates a value that was checked. */
  abstract apply(value: number): void;
  /** Returns what was aggregated since the last {@link reset}, as an object of its own. */
  abstract recent(): T;
  /** Forgets what {@link recent} returns. */
  abstract reset(): void;
  /** Returns everything that was aggregated. */
  abstract total(): T;
  /** Forgets everything and gives memory back. Called when the series leaves its stream. */
  release(): void {
    this.reset();
  }
}
