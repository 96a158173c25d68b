import type { Place } from '../finding';

/** A family as it is served, in a form that can be compared with its definition. */
export interface ServedFamily {
  /** The name of the definition: that of a counter in OpenMetrics includes `_total`. */
  readonly name: string;
  /** The type in the words of Prometheus; `unknown` without a TYPE line. */
  readonly type: string;
  readonly help: string | undefined;
  /** The words of OpenMetrics. */
  readonly unit: string | undefined;
  readonly place: Place;
  /** The series, without `le` and `quantile`, by their labels. */
  readonly series: ReadonlyMap<string, ServedSeries>;
}

/** The samples of one label set of a family. */
export interface ServedSeries {
  /** In the order of the first sample, without `le` and `quantile`, and without labels that have an empty value. */
  readonly labels: ReadonlyMap<string, string>;
  readonly place: Place;
  /** Returns the place of a label, where the source has one. */
  readonly labelPlace: (label: string) => Place;
  /** The finite upper bounds of a classic histogram, ascending. */
  readonly bounds: readonly number[];
}

/** The metadata of a family. */
export type FamilyMetadata = Pick<ServedFamily, 'name' | 'type' | 'help' | 'unit' | 'place'>;

interface OpenSeries extends ServedSeries {
  readonly bounds: number[];
}

/** Collects the series of a family. */
export class FamilyBuilder {
  private readonly series = new Map<string, OpenSeries>();

  constructor(readonly metadata: FamilyMetadata) {}

  /** Adds a sample. */
  add(labels: Iterable<readonly [string, string]>, place: Place, labelPlace: ServedSeries['labelPlace']): void {
    let bound: number | undefined;
    const own: [string, string][] = [];
    for (const [label, value] of labels) {
      if (label === 'le' && this.metadata.type.endsWith('histogram')) bound = Number(value);
      else if (value !== '' && !(label === 'quantile' && this.metadata.type === 'summary')) own.push([label, value]);
    }
    const key = JSON.stringify([...own].sort(([a], [b]) => (a < b ? -1 : 1)));
    const series = this.series.get(key) ?? { labels: new Map(own), place, labelPlace, bounds: [] };
    // The bound "+Inf", which is not a number for `Number`, is in each histogram.
    if (bound !== undefined && Number.isFinite(bound)) series.bounds.push(bound);
    this.series.set(key, series);
  }

  build(): ServedFamily {
    for (const { bounds } of this.series.values()) bounds.sort((a, b) => a - b);
    return { ...this.metadata, series: this.series };
  }
}
