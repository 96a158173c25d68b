/** One series as the dashboard gets it: a number, or the contents of a histogram. */
export interface PageSeries {
  readonly labels: readonly (readonly [name: string, value: string])[];
  /** `null` if JSON has no number for it: NaN and the infinities. */
  readonly value?: number | null;
  readonly count?: number;
  readonly sum?: number;
  /** Upper bounds without the last one, which is infinite. */
  readonly bounds?: readonly number[];
  /** Cumulative counts, one for each bound and one for the infinite bound. */
  readonly counts?: readonly number[];
}

/** One family as the dashboard gets it. */
export interface PageFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** The catalog that documents the family, and the section of its document; empty if none does. */
  readonly catalog: string;
  readonly section: string;
  readonly series: readonly PageSeries[];
  /** The number of series that are not in {@link series}. */
  readonly more: number;
}

/** What the dashboard gets at each refresh. */
export interface PageData {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly families: readonly PageFamily[];
}
