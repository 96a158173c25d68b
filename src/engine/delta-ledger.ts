import type { Attributes } from '@opentelemetry/api';
import { LedgerEntry, type Place } from './ledger-entry';
import { AttributeTable } from './lookup/attribute-table';
import { State } from './series-chunk';
import type { SeriesStore } from './series-store';
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
  /** The row of the series, if it still exists. */
  readonly row: number | undefined;
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
    private readonly store: SeriesStore<T>,
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
  admit(row: number): boolean {
    const places = this.accounts.map((account) => {
      const place: Place<T> = { isAdmitted: false, isOpen: true, amount: undefined };
      this.open(account, place, row);
      return place;
    });
    if (!places.some(({ isAdmitted }) => isAdmitted)) return false;
    this.enter(row, places);
    return true;
  }

  /** Gives a series places that do not count, as the overflow series has them. */
  admitOverflow(row: number): void {
    this.enter(
      row,
      this.accounts.map(() => ({ isAdmitted: true, isOpen: true, amount: undefined })),
    );
  }

  /** Notes that an admitted series is recorded on. */
  touch(row: number, isOverflow: boolean): void {
    const entry = this.store.entry(row);
    if (entry === undefined || entry.isTouched) return;
    entry.isTouched = true;
    entry.places.forEach((place, i) => {
      if (place.isOpen) return;
      place.isOpen = true;
      if (!isOverflow) this.open(this.accounts[i] as Account<T>, place, row);
    });
  }

  fold(row: number): void {
    const entry = this.store.entry(row);
    if (entry === undefined || !entry.isTouched) return;
    const recent = this.store.recent(row);
    entry.places.forEach((place, i) => {
      const account = this.accounts[i] as Account<T>;
      if (!place.isAdmitted) account.spill = this.sum(account.spill, recent);
      else if (account.isDelta) place.amount = this.sum(place.amount, recent);
    });
    entry.folded = this.sum(entry.folded, recent);
    this.store.reset(row);
    entry.isTouched = false;
    this.store.setState(row, State.Guarded);
  }

  /** Frees the places of a removed series. Amounts that delta readers have not collected yet are kept. */
  remove(row: number, isOverflow: boolean): void {
    this.fold(row);
    this.store.entry(row)?.places.forEach(({ isAdmitted, isOpen, amount }, i) => {
      const account = this.accounts[i] as Account<T>;
      if (!isAdmitted) return;
      if (!account.isDelta) {
        if (!isOverflow) account.used--;
      } else if (isOpen && amount !== undefined) {
        if (isOverflow) account.spill = this.sum(account.spill, amount);
        else account.removed.insert({ attributes: this.store.attributes(row), amount, row: undefined });
      }
    });
  }

  /** Whether no account needs the series any longer. */
  isIdle(row: number): boolean {
    const entry = this.store.entry(row);
    if (entry === undefined || entry.isTouched) return false;
    return entry.places.every(({ isAdmitted, isOpen }, i) =>
      this.accounts[i]?.isDelta === true ? !isOpen : !isAdmitted,
    );
  }

  /** Whether a reader is given the series as a point of its own. */
  isAdmitted(row: number, reader: number): boolean {
    return this.store.entry(row)?.places[this.accountOfReader[reader] as number]?.isAdmitted === true;
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
  takeDelta(reader: number): AmountPoint<T>[] {
    const index = this.accountOfReader[reader] as number;
    const account = this.accounts[index] as Account<T>;
    const points: AmountPoint<T>[] = account.removed.matching({});
    for (const point of points) account.removed.remove(point);
    this.store.eachCollected((row) => {
      this.fold(row);
      const place = this.store.entry(row)?.places[index];
      if (place === undefined || !place.isOpen) return;
      if (place.isAdmitted && place.amount !== undefined) {
        points.push({ attributes: this.store.attributes(row), amount: place.amount, row });
      }
      place.isOpen = false;
      place.amount = undefined;
    });
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

  private enter(row: number, places: Place<T>[]): void {
    const entry = new LedgerEntry(places);
    entry.isTouched = true;
    this.store.setEntry(row, entry);
  }

  /** Finds out whether there is a place in the account. */
  private open(account: Account<T>, place: Place<T>, row: number): void {
    // A set that was removed and recorded again in one interval has a place already.
    const removed = account.removed.size > 0 ? account.removed.get(this.store.attributes(row)) : undefined;
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
