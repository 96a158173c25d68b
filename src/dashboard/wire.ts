/** One series as the page gets it: a number, or what a histogram holds. */
export interface PageSeries {
  readonly labels: readonly (readonly [name: string, value: string])[];
  /** Null where JSON has no number for it. */
  readonly value?: number | null;
  readonly count?: number;
  readonly sum?: number;
  /** Upper bounds without the last, which is infinite, and cumulative counts with it. */
  readonly bounds?: readonly number[];
  readonly counts?: readonly number[];
}

/** One family as the page gets it. */
export interface PageFamily {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** The catalog that documents it, and the part of its document; empty where none does. */
  readonly catalog: string;
  readonly section: string;
  readonly series: readonly PageSeries[];
  /** How many series there are beside those that are told. */
  readonly more: number;
}

export interface PageData {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly families: readonly PageFamily[];
}
