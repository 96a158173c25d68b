/** The state of one series in one account. */
export interface Place<T> {
  /** Whether the series has a place of its own. If not, its measurements go to the overflow point. */
  isAdmitted: boolean;
  /** Delta accounts: whether the series was recorded on in the account's interval. */
  isOpen: boolean;
  /** Delta accounts: what was folded and not yet collected. */
  amount: T | undefined;
}

/** The state of one series in the ledger. */
export class LedgerEntry<T> {
  /** Whether there are measurements that were not folded yet. */
  isTouched = false;
  /** Everything that was folded. */
  folded: T | undefined = undefined;

  constructor(readonly places: Place<T>[]) {}

  /** Whether an account counts the series' measurements in its overflow point. */
  get isSpilled(): boolean {
    return this.places.some(({ isAdmitted, isOpen }) => isOpen && !isAdmitted);
  }
}
