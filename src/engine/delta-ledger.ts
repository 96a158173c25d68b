import type { Attributes } from '@opentelemetry/api';
import { LedgerEntry, type Place } from './ledger-entry';
import { AttributeTable } from './lookup/attribute-table';
import { ColdState, type Series, State } from './series';
import type { StreamReader } from './view-plan';

/** One delta reader, or the cumulative readers that have one limit. */
interface Account<T> {
  readonly isDelta: boolean;
  readonly limit: number;
  /** Cumulative: sets that hold a place. Delta: sets recorded in the interval. */
  used: number;
  /** Amounts of the overflow point that are not in the overflow series. */
  spill: T | undefined;
  /** Delta: points of series that were removed in the interval. */
  readonly removed: AttributeTable<AmountPoint<T>>;
}

/** An amount to report. */
export interface AmountPoint<T> {
  readonly attributes: Attributes;
  readonly amount: T;
  /** The series, if it still exists. */
  readonly series: Series<T> | undefined;
}

/**
 * Divides the measurements of one stream among readers that differ. A measurement changes one number only, that of its
 * series. When somebody collects, what was recorded since the last time is folded: into the total, and for each account
 * that is due into the series' place or, if the series has none, into the account's overflow.
 */
export class DeltaLedger<T> {
  private readonly accounts: Account<T>[] = [];
  /** By the reader's position in the stream's list. */
  private readonly accountOfReader: number[];

  constructor(
    readers: readonly StreamReader[],
    private readonly combine: (earlier: T, later: T) => T,
  ) {
    this.accountOfReader = readers.map(({ isDelta, limit }) => {
      const shared = isDelta ? -1 : this.accounts.findIndex((each) => !each.isDelta && each.limit === limit);
      if (shared >= 0) return shared;
      this.accounts.push({ isDelta, limit, used: 0, spill: undefined, removed: new AttributeTable() });
      return this.accounts.length - 1;
    });
  }

  /** Whether some account has a place for a further series. */
  get hasRoom(): boolean {
    return this.accounts.some(({ used, limit }) => used < limit);
  }

  /** Gives a new series its places. Returns `false` if no account has one. */
  admit(series: Series<T>): boolean {
    const places = this.accounts.map((account) => {
      const place: Place<T> = { isAdmitted: false, isOpen: true, amount: undefined };
      this.open(account, place, series.attributes);
      return place;
    });
    if (!places.some(({ isAdmitted }) => isAdmitted)) return false;
    this.enter(series, places);
    return true;
  }

  /** Gives a series places that do not count, as the overflow series has them. */
  admitOverflow(series: Series<T>): void {
    this.enter(
      series,
      this.accounts.map(() => ({ isAdmitted: true, isOpen: true, amount: undefined })),
    );
  }

  /** Notes that an admitted series is recorded on. */
  touch(series: Series<T>, isOverflow: boolean): void {
    const entry = series.cold?.entry;
    if (entry === undefined || entry.isTouched) return;
    entry.isTouched = true;
    entry.places.forEach((place, i) => {
      if (place.isOpen) return;
      place.isOpen = true;
      if (!isOverflow) this.open(this.accounts[i] as Account<T>, place, series.attributes);
    });
  }

  fold(series: Series<T>): void {
    const entry = series.cold?.entry;
    if (entry === undefined || !entry.isTouched) return;
    const recent = series.recent();
    entry.places.forEach((place, i) => {
      const account = this.accounts[i] as Account<T>;
      if (!place.isAdmitted) account.spill = this.sum(account.spill, recent);
      else if (account.isDelta) place.amount = this.sum(place.amount, recent);
    });
    entry.folded = this.sum(entry.folded, recent);
    series.reset();
    entry.isTouched = false;
    series.state = State.Guarded;
  }

  /** Frees the places of a removed series. Amounts that delta readers have not collected yet are kept. */
  remove(series: Series<T>, isOverflow: boolean): void {
    this.fold(series);
    const entry = series.cold?.entry;
    entry?.places.forEach(({ isAdmitted, isOpen, amount }, i) => {
      const account = this.accounts[i] as Account<T>;
      if (!isAdmitted) return;
      if (!account.isDelta) {
        if (!isOverflow) account.used--;
      } else if (isOpen && amount !== undefined) {
        if (isOverflow) account.spill = this.sum(account.spill, amount);
        else account.removed.insert({ attributes: series.attributes, amount, series: undefined });
      }
    });
  }

  /** Whether no account needs the series any longer. */
  isIdle({ cold }: Series<T>): boolean {
    const entry = cold?.entry;
    if (entry === undefined || entry.isTouched) return false;
    return entry.places.every(({ isAdmitted, isOpen }, i) =>
      this.accounts[i]?.isDelta === true ? !isOpen : !isAdmitted,
    );
  }

  /** Whether a reader is given the series as a point of its own. */
  isAdmitted(series: Series<T>, reader: number): boolean {
    return series.cold?.entry?.places[this.accountOfReader[reader] as number]?.isAdmitted === true;
  }

  /** Returns the part of a reader's overflow point that is not in the overflow series. */
  spill(reader: number): T | undefined {
    return this.accounts[this.accountOfReader[reader] as number]?.spill;
  }

  /** The largest number of series that all readers together hold. */
  get capacity(): number {
    return this.accounts.reduce((sum, { limit }) => sum + limit, 0);
  }

  /** Returns the amounts of a delta reader's interval, without overflow, and starts the next interval. */
  takeDelta(reader: number, list: readonly Series<T>[]): AmountPoint<T>[] {
    const index = this.accountOfReader[reader] as number;
    const account = this.accounts[index] as Account<T>;
    const points: AmountPoint<T>[] = account.removed.matching({});
    for (const point of points) account.removed.remove(point);
    for (const series of list) {
      this.fold(series);
      const place = series.cold?.entry?.places[index];
      if (place === undefined || !place.isOpen) continue;
      if (place.isAdmitted && place.amount !== undefined) {
        points.push({ attributes: series.attributes, amount: place.amount, series });
      }
      place.isOpen = false;
      place.amount = undefined;
    }
    account.used = 0;
    return points;
  }

  /** Returns the part of a delta reader's overflow point that is not in the overflow series, and resets it. */
  takeSpill(reader: number): T | undefined {
    const account = this.accounts[this.accountOfReader[reader] as number] as Account<T>;
    const { spill } = account;
    account.spill = undefined;
    return spill;
  }

  private enter(series: Series<T>, places: Place<T>[]): void {
    series.cold ??= new ColdState<T>();
    series.cold.entry = new LedgerEntry(places);
    series.cold.entry.isTouched = true;
  }

  /** Finds out whether there is a place in the account. */
  private open(account: Account<T>, place: Place<T>, attributes: Attributes): void {
    // A set that was removed and recorded again in one interval has a place already.
    const removed = account.removed.size > 0 ? account.removed.get(attributes) : undefined;
    if (removed !== undefined) {
      account.removed.remove(removed);
      place.amount = removed.amount;
    }
    place.isAdmitted = removed !== undefined || account.used < account.limit;
    if (place.isAdmitted && removed === undefined) account.used++;
  }

  private sum(earlier: T | undefined, later: T): T {
    return earlier === undefined ? later : this.combine(earlier, later);
  }
}
