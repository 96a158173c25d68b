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
  /** The names of the values 0, 1, 2 and so on, of a gauge whose definition names them. */
  readonly states?: readonly string[] | undefined;
  /** The catalog that documents the family, and the section of its document; empty if none does. */
  readonly catalog: string;
  readonly section: string;
  /** The series with the largest values, the largest first; of histograms those with the most values. */
  readonly series: readonly PageSeries[];
  /** The series that are not in {@link series}: how many, and the sum of their values, of histograms of their counts. */
  readonly rest: { readonly count: number; readonly sum: number };
  /** The latest exemplar with a trace, of any series. */
  readonly exemplar?: PageExemplar;
}

/** A measurement with the trace in which it was made. */
export interface PageExemplar {
  readonly traceId: string;
  readonly value: number;
  /** When the measurement was made, in milliseconds since 1970. */
  readonly time: number;
}

/** An alert that fires. */
export interface PageAlert {
  readonly name: string;
  /** The label `severity`; empty if the alert has none. */
  readonly severity: string;
  /** The annotation `summary`, or else `description`; empty if the alert has neither. */
  readonly summary: string;
  /** The other labels, as `name=value`. */
  readonly labels: string;
  /** When the alert became active, as RFC 3339; empty if that is not known. */
  readonly activeAt: string;
}

/** The alerts of a Prometheus server. */
export interface PageAlerts {
  /** The alerts that fire, the most severe first. */
  readonly firing: readonly PageAlert[];
  /** The number of firing alerts that are not in {@link firing}. */
  readonly more: number;
  /** Why the alerts are not known; absent if they are. */
  readonly fault?: string;
}

/** What the dashboard gets at each refresh. */
export interface PageData {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The alerts; absent if no Prometheus server is known. */
  readonly alerts?: PageAlerts;
  /** The URL of a trace, with `{trace_id}` in place of its id; absent if none is set. */
  readonly traceUrl?: string;
  readonly families: readonly PageFamily[];
}
