import type { Attributes, Context } from '@opentelemetry/api';
import { SeriesNode } from './attribute-trie';
import { Reservoir } from './exemplars';
import type { Stream } from './stream';

/**
 * What recording on a series has to do besides changing its number. Recording tests only for `Live`, in which it is
 * nothing; all else is told apart on the slow way.
 */
export const State = {
  /** Bound, never recorded on: not collected. */
  Fresh: 0,
  /** Recorded on since the last collection that took deltas. */
  Live: 1,
  /** Not recorded on since the last collection that took deltas, or every measurement needs a closer look. */
  Watched: 2,
  /** Removed; a handle to it may still be held. */
  Ended: 3,
} as const;
export type State = (typeof State)[keyof typeof State];

/** What a reader that takes deltas has yet to be told of a series. */
export interface Pending<T> {
  touched: boolean;
  /** When the first measurement since that reader last collected came, as {@link Series.start}. */
  since: number;
  /** The reader's collection that last reported the series. */
  reported: number;
  amount: T | undefined;
}

/**
 * One series of a stream, and at the same time the handle that `bind` gives out. `T` is what it gathers.
 *
 * A handle stays good for ever: recording on a series that was removed begins the series anew, because a facade binds its
 * closed label sets once and must not lose what is recorded after a `clear()`.
 */
export abstract class Series<T = unknown> extends SeriesNode {
  state: State = State.Fresh;
  /** Whether it is in its stream's list, removed or not. */
  listed = false;
  /** When it was first recorded on, in milliseconds since the stream was made: a small number costs no memory of its own. */
  start = 0;
  /** Whether it was recorded on since {@link fold}, when the state does not say so. */
  touched = false;
  pending: readonly Pending<T>[] | undefined = undefined;
  reservoir: Reservoir | undefined = undefined;
  /** What was gathered before the last {@link fold}. */
  private folded: T | undefined = undefined;

  constructor(
    readonly stream: Stream,
    readonly attributes: Attributes,
  ) {
    super();
  }

  /** Adds or records, as the instrument calls it. */
  abstract add(value: number, context?: Context): void;
  abstract record(value: number, context?: Context): void;
  /** What it holds, as `bind()`'s reader wants it. */
  abstract get(): unknown;
  /** What was gathered since the last {@link forget}, as an object of its own. */
  protected abstract recent(): T;
  protected abstract forget(): void;
  protected abstract combine(earlier: T, later: T): T;
  /** The value of a point. */
  protected abstract point(amount: T): unknown;
  /** The place of a measurement among the exemplars: a histogram's bucket. */
  protected place(_value: number): number | undefined {
    return undefined;
  }
  /** How many places for exemplars there are. */
  protected places(): number {
    return 1;
  }

  /** Everything that was gathered. */
  protected all(): T {
    const recent = this.recent();
    return this.folded === undefined ? recent : this.combine(this.folded, recent);
  }

  /** The value of its point in a cumulative collection. */
  total(): unknown {
    return this.point(this.all());
  }

  /** The value of its point for a reader that takes deltas, and that reader's next interval begins. */
  take(pending: Pending<T>): unknown {
    const { amount } = pending;
    pending.amount = undefined;
    pending.touched = false;
    return amount === undefined ? undefined : this.point(amount);
  }

  /**
   * The slow way: makes the series live and says what is to be recorded.
   *
   * @returns the value, or nothing when it is refused or went elsewhere
   */
  protected admit(value: number, context: Context | undefined): number | undefined {
    if (this.state === State.Ended) {
      const live = this.stream.revive(this);
      if (live !== this) {
        live.add(value, context);
        return undefined;
      }
    }
    const admitted = this.stream.admit(this, value);
    if (admitted === undefined) return undefined;
    this.touch();
    const exemplar = this.stream.sample(this, admitted, context);
    if (exemplar !== undefined) {
      this.reservoir ??= new Reservoir(this.places());
      this.reservoir.offer(exemplar, this.place(admitted));
    }
    return admitted;
  }

  /** Marks it as recorded on. */
  touch(): void {
    if (this.state === State.Fresh) {
      this.start = this.stream.sinceMade();
      this.stream.list(this);
    }
    if (!this.touched) {
      this.touched = true;
      for (const pending of this.pending ?? []) if (!pending.touched) pending.since = this.stream.sinceMade();
    }
    this.state = this.stream.watches(this) ? State.Watched : State.Live;
  }

  /** Makes what was recorded since the last call pending for every reader that takes deltas. */
  fold(readers: number): void {
    if (!this.touched) return;
    this.pending ??= Array.from({ length: readers }, () => ({
      touched: false,
      since: this.start,
      reported: Number.NaN,
      amount: undefined,
    }));
    for (const pending of this.pending) {
      pending.touched = true;
      pending.amount = pending.amount === undefined ? this.recent() : this.combine(pending.amount, this.recent());
    }
    this.folded = this.all();
    this.forget();
    this.touched = false;
    this.state = State.Watched;
  }

  end(): void {
    this.state = State.Ended;
    this.pending = undefined;
    this.reservoir = undefined;
    this.touched = false;
    this.folded = undefined;
    this.forget();
  }
}
