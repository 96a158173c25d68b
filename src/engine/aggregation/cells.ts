/** What some series aggregate, a cell for each. Series share arrays, because a small one costs more than it holds. */
export interface Cells<T> {
  /** What {@link read} returns, by cell, if it is a number. */
  readonly numbers?: ArrayLike<number>;
  /** Aggregates a value that was checked. */
  add(cell: number, value: number): void;
  /**
   * Returns what was aggregated since the last {@link reset}, as an object of its own.
   *
   * @param reused an object that this has returned before, which may be overwritten and returned
   */
  read(cell: number, reused?: T): T;
  /** Forgets what {@link read} returned and was reported. */
  reset(cell: number): void;
  /** Makes a cell ready for another series. Called before its first measurement, too. */
  clear(cell: number): void;
}
