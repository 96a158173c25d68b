import { stopwatch } from '../../instruments/timer';
import type { LabelValues } from './label-values';
import { Metric, type MetricConfiguration } from './metric';
import type { JsonLabels, JsonValue } from './metric-json';
import { readFinite } from './observation';
import { QuantileWindow } from './quantile-window';
import { type Series, SeriesTable } from './series-table';

/** What a {@link Summary} is created from. */
export type SummaryConfiguration<T extends string> = MetricConfiguration<T> & {
  /** The quantiles, 0 to 1. 0.01, 0.05, 0.5, 0.9, 0.95, 0.99 and 0.999 by default. */
  readonly percentiles?: readonly number[];
  /** How long a measurement counts in the quantiles, in seconds. Together with `ageBuckets`; no limit by default. */
  readonly maxAgeSeconds?: number;
  /** The number of steps in which measurements cease to count in the quantiles. */
  readonly ageBuckets?: number;
  /** Whether series without measurements within `maxAgeSeconds` are removed. `false` by default. */
  readonly pruneAgedBuckets?: boolean;
  /** After how many measurements of a series its digest is compressed. 1000 by default. */
  readonly compressCount?: number;
  /** Called before the summary is read. */
  readonly collect?: (this: Summary<T>) => void | Promise<void>;
};

/** A summary with its labels given. */
export interface SummaryChild<T extends string = string> {
  /** Adds a finite measurement. @throws TypeError for anything else */
  observe(value: number): void;
  /** Returns a function that observes the seconds since this call, and returns them. Its labels are added. */
  startTimer(): (labels?: LabelValues<T>) => number;
}

interface SummarySeries extends Series {
  readonly labels: JsonLabels;
  readonly window: QuantileWindow;
  sum: number;
  count: number;
}

const DEFAULT_PERCENTILES: readonly number[] = [0.01, 0.05, 0.5, 0.9, 0.95, 0.99, 0.999];
const DEFAULT_COMPRESS_COUNT = 1000;

/** Estimates quantiles of measurements, as the `Summary` of prom-client. */
export class Summary<T extends string = string> extends Metric<T> {
  /** The type of the family. */
  readonly type = 'summary';

  private readonly table: SeriesTable<T, SummarySeries>;

  private readonly configuration: SummaryConfiguration<T>;

  /** @throws Error or TypeError for an invalid name, help, label or `collect`, or a name that a registry has already */
  constructor(configuration: SummaryConfiguration<T>) {
    super(configuration);
    this.table = new SeriesTable(this.labelNames, (labels) => this.createSeries(labels));
    if ((this.labelNames as readonly string[]).includes('quantile')) {
      throw new Error('quantile is a reserved label keyword');
    }
    this.configuration = configuration;
    if (this.labelNames.length === 0) this.table.find({});
    this.register(configuration);
  }

  /** Adds a finite measurement. @throws TypeError for anything else */
  observe(value: number): void;
  /** Adds a finite measurement to a series. @throws Error for anything else, or other labels */
  observe(labels: LabelValues<T>, value: number): void;
  observe(first: LabelValues<T> | number, second?: number): void {
    const [labels, value] = second === undefined ? [{}, first] : [first as LabelValues<T>, second];
    const finite = readFinite(value);
    this.add(this.table.find(labels), finite);
  }

  /** Returns a function that observes the seconds since this call, and returns them. Its labels are added. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    const elapsed = stopwatch();
    return (further) => {
      const seconds = elapsed();
      this.observe({ ...labels, ...further } as LabelValues<T>, seconds);
      return seconds;
    };
  }

  /** Returns the summary with its labels given. @throws Error for labels that the summary does not have */
  labels(labels: LabelValues<T>): SummaryChild<T>;
  /** Returns the summary with a value for each label name. @throws Error for another number of values */
  labels(...values: (string | number)[]): SummaryChild<T>;
  labels(...args: unknown[]): SummaryChild<T> {
    const labels = this.readLabels(args);
    const find = this.table.bind(labels);
    return {
      observe: (value) => {
        const finite = readFinite(value);
        this.add(find(), finite);
      },
      startTimer: () => this.startTimer(labels),
    };
  }

  /** Removes all measurements. Series stay, without measurements. */
  override reset(): void {
    for (const series of this.table.all()) {
      series.window.reset();
      series.count = 0;
      series.sum = 0;
    }
  }

  protected values(): JsonValue[] {
    if (this.configuration.pruneAgedBuckets) this.table.removeWhere(({ window }) => window.size === 0);
    return this.table.all().flatMap((series) => this.samples(series));
  }

  protected removeSeries(labels: LabelValues<T>): void {
    this.table.remove(labels);
  }

  private createSeries(labels: LabelValues<T>): SummarySeries {
    const { maxAgeSeconds, ageBuckets } = this.configuration;
    const window = new QuantileWindow(maxAgeSeconds, ageBuckets);
    return { isLive: true, labels: { ...labels } as JsonLabels, window, sum: 0, count: 0 };
  }

  private samples({ labels, window, sum, count }: SummarySeries): JsonValue[] {
    window.compress();
    const { percentiles = DEFAULT_PERCENTILES } = this.configuration;
    return [
      ...percentiles.map((quantile) => ({ labels: { quantile, ...labels }, value: window.quantile(quantile) })),
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }

  private add(series: SummarySeries, value: number): void {
    const { compressCount = DEFAULT_COMPRESS_COUNT } = this.configuration;
    series.window.push(value);
    series.sum += value;
    series.count++;
    if (series.count % compressCount === 0) series.window.compress();
  }
}
