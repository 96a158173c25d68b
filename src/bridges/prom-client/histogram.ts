import { DEFAULT_BUCKETS } from '../../catalog/definition';
import { stopwatch } from '../../instruments/timer';
import { createExemplar } from './exemplar';
import type { LabelValues } from './label-values';
import { Metric, type MetricConfiguration } from './metric';
import type { JsonExemplar, JsonLabels, JsonValue } from './metric-json';
import { type ObserveDataWithExemplar, readFinite, readObservation } from './observation';
import { type Series, SeriesTable } from './series-table';

/** What a {@link Histogram} is created from. */
export type HistogramConfiguration<T extends string> = MetricConfiguration<T> & {
  /** The upper bounds of the buckets, ascending, without infinity. 0.005 to 10 by default. */
  readonly buckets?: readonly number[];
  /** Called before the histogram is read. */
  readonly collect?: (this: Histogram<T>) => void | Promise<void>;
};

/** A histogram with its labels given. */
export interface HistogramChild<T extends string = string> {
  /** Adds a finite measurement. @throws TypeError for anything else */
  observe(value: number): void;
  /** Returns a function that observes the seconds since this call, and returns them. Its labels are added. */
  startTimer(): (labels?: LabelValues<T>) => number;
}

interface HistogramSeries extends Series {
  readonly labels: JsonLabels;
  /** The measurements of each bucket alone; the last one is above all bounds. */
  readonly counts: number[];
  readonly exemplars: (JsonExemplar | undefined)[];
  sum: number;
  count: number;
}

/** Counts measurements in buckets, as the `Histogram` of prom-client. */
export class Histogram<T extends string = string> extends Metric<T> {
  /** The type of the family. */
  readonly type = 'histogram';

  private readonly table: SeriesTable<T, HistogramSeries>;

  private readonly bounds: readonly number[];

  /** @throws Error or TypeError for an invalid name, help, label or `collect`, or a name that a registry has already */
  constructor(configuration: HistogramConfiguration<T>) {
    super(configuration);
    this.table = new SeriesTable(this.labelNames, (labels) => this.createSeries(labels));
    if ((this.labelNames as readonly string[]).includes('le')) throw new Error('le is a reserved label keyword');
    this.bounds = [...(configuration.buckets ?? DEFAULT_BUCKETS)];
    if (this.labelNames.length === 0) this.table.find({});
    this.register(configuration);
  }

  /** Adds a finite measurement. @throws TypeError for anything else */
  observe(value: number): void;
  /** Adds a finite measurement to a series. @throws Error for anything else, or other labels */
  observe(labels: LabelValues<T>, value: number): void;
  /** Adds to a histogram with `enableExemplars`. @throws Error for an invalid value or label */
  observe(observation: ObserveDataWithExemplar<T>): void;
  observe(first: LabelValues<T> | ObserveDataWithExemplar<T> | number, second?: number): void {
    if (this.hasExemplars) {
      const { labels = {}, value, exemplarLabels } = first as ObserveDataWithExemplar<T>;
      this.add(() => this.table.find(labels), readFinite(value), exemplarLabels);
      return;
    }
    const { labels, value } = readObservation<T>(first, second);
    this.add(() => this.table.find(labels), value);
  }

  /** Sets a series to zero measurements, and creates it if there is none. */
  zero(labels: LabelValues<T>): void {
    this.table.replace(labels);
  }

  /**
   * Returns a function that observes the seconds since this call, and returns them. Its labels and, with `enableExemplars`,
   * the labels of its exemplar are added.
   */
  startTimer(
    labels?: LabelValues<T>,
    exemplarLabels?: JsonLabels,
  ): (labels?: LabelValues<T>, exemplarLabels?: JsonLabels) => number {
    const elapsed = stopwatch();
    return (further, furtherExemplarLabels) => {
      const seconds = elapsed();
      const exemplar = { ...exemplarLabels, ...furtherExemplarLabels };
      const series = { ...labels, ...further } as LabelValues<T>;
      this.add(() => this.table.find(series), seconds, this.hasExemplars ? exemplar : undefined);
      return seconds;
    };
  }

  /** Returns the histogram with its labels given. @throws Error for labels that the histogram does not have */
  labels(labels: LabelValues<T>): HistogramChild<T>;
  /** Returns the histogram with a value for each label name. @throws Error for another number of values */
  labels(...values: (string | number)[]): HistogramChild<T>;
  labels(...args: unknown[]): HistogramChild<T> {
    const labels = this.readLabels(args);
    const find = this.table.bind(labels);
    return {
      observe: (value) => this.add(find, readFinite(value)),
      startTimer: () => this.startTimer(labels),
    };
  }

  override reset(): void {
    this.table.clear();
  }

  protected values(): JsonValue[] {
    return this.table.all().flatMap((series) => this.samples(series));
  }

  protected removeSeries(labels: LabelValues<T>): void {
    this.table.remove(labels);
  }

  private createSeries(labels: LabelValues<T>): HistogramSeries {
    const counts = new Array<number>(this.bounds.length + 1).fill(0);
    return { isLive: true, labels: { ...labels } as JsonLabels, counts, exemplars: [], sum: 0, count: 0 };
  }

  private samples({ labels, counts, exemplars, sum, count }: HistogramSeries): JsonValue[] {
    const { name, bounds } = this;
    let total = 0;
    const buckets = counts.map((inBucket, i) => {
      total += inBucket;
      return {
        value: total,
        metricName: `${name}_bucket`,
        exemplar: exemplars[i] ?? null,
        labels: { le: bounds[i] ?? '+Inf', ...labels },
      };
    });
    return [
      ...buckets,
      { value: sum, metricName: `${name}_sum`, labels },
      { value: count, metricName: `${name}_count`, labels },
    ];
  }

  private add(find: () => HistogramSeries, value: number, exemplarLabels?: JsonLabels): void {
    const series = find();
    const bucket = this.findBucket(value);
    series.sum += value;
    series.count++;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    if (exemplarLabels !== undefined && Object.keys(exemplarLabels).length > 0) {
      series.exemplars[bucket] = createExemplar(exemplarLabels, value);
    }
  }

  private findBucket(value: number): number {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    return bucket;
  }
}
