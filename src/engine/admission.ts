import type { DeltaLedger } from './delta-ledger';

/** Gives the series of one stream their places under the limits of the readers. */
export class Admission {
  /** Series that hold a place, where there is no ledger. */
  private held = 0;

  /** @param ledger absent if all readers are cumulative and have one limit */
  constructor(
    private readonly limit: number,
    private readonly ledger: DeltaLedger<unknown> | undefined,
  ) {}

  /** The largest number of series that all readers together hold. */
  get capacity(): number {
    return this.ledger?.capacity ?? this.limit;
  }

  get hasRoom(): boolean {
    return this.ledger === undefined ? this.held < this.limit : this.ledger.hasRoom;
  }

  /** Gives a series its place. Returns `false` if there is none. */
  admit(row: number): boolean {
    if (this.ledger !== undefined) return this.ledger.admit(row);
    if (this.held >= this.limit) return false;
    this.held++;
    return true;
  }

  /** Frees the place of a series that ends. The overflow series has none. */
  remove(row: number, isOverflow: boolean): void {
    this.ledger?.remove(row, isOverflow);
    if (!isOverflow) this.held--;
  }
}
