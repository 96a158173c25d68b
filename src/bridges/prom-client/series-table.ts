import { type LabelValues, labelKey } from './label-values';
import { validateLabels } from './validation';

/** The values of one label set. */
export interface Series {
  /** Whether the series is one of its metric. */
  isLive: boolean;
}

/** The series of a metric, by label set. */
export class SeriesTable<T extends string, S extends Series> {
  private readonly byKey = new Map<string, S>();
  private readonly sortedNames: readonly T[];

  /** @param create returns a new series of a label set */
  constructor(
    private readonly labelNames: readonly T[],
    private readonly create: (labels: LabelValues<T>) => S,
  ) {
    this.sortedNames = [...labelNames].sort();
  }

  /** Returns the series, in the order of their creation. */
  all(): S[] {
    return [...this.byKey.values()];
  }

  /** Returns the series of a label set, which is created if there is none. @throws Error for labels that the metric does not have */
  find(labels: LabelValues<T>): S {
    const key = labelKey(this.sortedNames, labels);
    const known = this.byKey.get(key);
    validateLabels(this.labelNames, labels);
    if (known !== undefined) return known;
    const series = this.create(labels);
    this.byKey.set(key, series);
    return series;
  }

  /** Returns what looks up the series of a label set, once for as long as it lives. */
  bind(labels: LabelValues<T>): () => S {
    let bound: S | undefined;
    return () => {
      if (bound?.isLive !== true) bound = this.find(labels);
      return bound;
    };
  }

  /** Replaces the series of a label set by a new one. */
  replace(labels: LabelValues<T>): void {
    const key = labelKey(this.sortedNames, labels);
    const known = this.byKey.get(key);
    if (known !== undefined) known.isLive = false;
    this.byKey.set(key, this.create(labels));
  }

  remove(labels: LabelValues<T>): void {
    const key = labelKey(this.sortedNames, labels);
    const series = this.byKey.get(key);
    if (series !== undefined) series.isLive = false;
    this.byKey.delete(key);
  }

  removeWhere(isRemoved: (series: S) => boolean): void {
    for (const [key, series] of this.byKey) {
      if (!isRemoved(series)) continue;
      series.isLive = false;
      this.byKey.delete(key);
    }
  }

  clear(): void {
    for (const series of this.byKey.values()) series.isLive = false;
    this.byKey.clear();
  }
}
