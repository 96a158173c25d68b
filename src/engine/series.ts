import type { Attributes, Context } from '@opentelemetry/api';
import { Reservoir } from './exemplars';
import { SeriesNode } from './lookup/attribute-trie';
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

/** The start of a series that is not in its stream's list. */
export const UNLISTED = -1;

/** What only some series have: those that readers of deltas are told of, or that have exemplars. */
class Extra<T> {
  /** Whether it was recorded on since {@link Series.fold}, when the state does not say so. */
  touched = false;
  /** By reader that takes deltas. */
  pending: readonly Pending<T>[] | undefined = undefined;
  /** What was gathered before the last {@link Series.fold}. */
  folded: T | undefined = undefined;
  reservoir: Reservoir | undefined = undefined;
}

/**
 * One series of a stream, and at the same time the handle that `bind` gives out. `T` is what it gathers.
 *
 * A handle stays good for ever: recording on a series that was removed begins the series anew, because a facade binds its
 * closed label sets once and must not lose what is recorded after a `clear()`.
 */
export abstract class Series<T = unknown> extends SeriesNode {
  state: State = State.Fresh;
  /**
   * When it was first recorded on, in milliseconds since the stream was made: a small number costs no memory of its own.
   * {@link UNLISTED} while the series is not in its stream's list.
   */
  start = UNLISTED;
  private extra: Extra<T> | undefined = undefined;

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
    const folded = this.extra?.folded;
    return folded === undefined ? recent : this.combine(folded, recent);
  }

  get reservoir(): Reservoir | undefined {
    return this.extra?.reservoir;
  }

  get pending(): readonly Pending<T>[] | undefined {
    return this.extra?.pending;
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
      this.extra ??= new Extra();
      this.extra.reservoir ??= new Reservoir(this.places());
      this.extra.reservoir.offer(exemplar, this.place(admitted));
    }
    return admitted;
  }

  /** Marks it as recorded on. */
  touch(): void {
    const { stream } = this;
    if (this.state === State.Fresh) {
      if (this.start === UNLISTED) stream.list(this);
      this.start = stream.sinceMade();
    }
    if (stream.takesDeltas) {
      this.extra ??= new Extra();
      const { touched, pending = [] } = this.extra;
      if (!touched) for (const each of pending) if (!each.touched) each.since = stream.sinceMade();
      this.extra.touched = true;
    }
    this.state = stream.watches(this) ? State.Watched : State.Live;
  }

  /** Makes what was recorded since the last call pending for every reader that takes deltas. */
  fold(readers: number): void {
    const { extra } = this;
    if (extra === undefined || !extra.touched) return;
    extra.pending ??= Array.from({ length: readers }, () => ({
      touched: false,
      since: this.start,
      reported: Number.NaN,
      amount: undefined,
    }));
    for (const pending of extra.pending) {
      pending.touched = true;
      pending.amount = pending.amount === undefined ? this.recent() : this.combine(pending.amount, this.recent());
    }
    extra.folded = this.all();
    this.forget();
    extra.touched = false;
    this.state = State.Watched;
  }

  end(): void {
    this.state = State.Ended;
    this.extra = undefined;
    this.forget();
  }
}
