import { isObject } from '../../is-object';
import { describeValue } from './describe-value';
import { createExemplar } from './exemplar';
import type { LabelValues } from './label-values';
import { Metric, type MetricConfiguration } from './metric';
import type { JsonExemplar, JsonLabels, JsonValue } from './metric-json';
import { type Series, SeriesTable } from './series-table';

/** What a {@link Counter} is created from. */
export type CounterConfiguration<T extends string> = MetricConfiguration<T> & {
  /** Called before the counter is read. */
  readonly collect?: (this: Counter<T>) => void | Promise<void>;
};

/** An increment with an exemplar. */
export interface IncreaseDataWithExemplar<T extends string> {
  /** 1 by default. */
  readonly value?: number;
  /** None by default. */
  readonly labels?: LabelValues<T>;
  /** The labels of the exemplar. Without them the exemplar stays. */
  readonly exemplarLabels?: Readonly<Record<string, string | number>>;
}

/** A counter with its labels given. */
export interface CounterChild {
  /** Adds 1, or a finite value of at least 0. @throws Error for any other value */
  inc(value?: number): void;
}

interface CounterSeries extends Series {
  readonly labels: JsonLabels;
  value: number;
  exemplar?: JsonExemplar;
}

/** A value that only grows, as the `Counter` of prom-client. */
export class Counter<T extends string = string> extends Metric<T> {
  /** The type of the family. */
  readonly type = 'counter';

  private readonly table: SeriesTable<T, CounterSeries>;

  /** @throws Error or TypeError for an invalid name, help, label or `collect`, or a name that a registry has already */
  constructor(configuration: CounterConfiguration<T>) {
    super(configuration);
    this.table = new SeriesTable(this.labelNames, (labels) => this.createSeries(labels));
    this.reset();
    this.register(configuration);
  }

  /** Adds 1, or a finite value of at least 0. @throws Error for any other value */
  inc(value?: number): void;
  /** Adds 1, or a finite value of at least 0, to a series. @throws Error for any other value or label */
  inc(labels: LabelValues<T>, value?: number): void;
  /** Adds to a counter with `enableExemplars`. @throws Error for an invalid value or label */
  inc(increase: IncreaseDataWithExemplar<T>): void;
  inc(first?: LabelValues<T> | IncreaseDataWithExemplar<T> | number, second?: number): void {
    if (this.hasExemplars) {
      this.addWithExemplar((first ?? {}) as IncreaseDataWithExemplar<T>);
      return;
    }
    const hasLabels = isObject(first);
    const value = readIncrease(hasLabels ? second : first);
    this.table.find(hasLabels ? (first as LabelValues<T>) : {}).value += value;
  }

  /** Returns the counter with its labels given. @throws Error for labels that the counter does not have */
  labels(labels: LabelValues<T>): CounterChild;
  /** Returns the counter with a value for each label name. @throws Error for another number of values */
  labels(...values: (string | number)[]): CounterChild;
  labels(...args: unknown[]): CounterChild {
    const find = this.table.bind(this.readLabels(args));
    return {
      inc: (value) => {
        const increase = readIncrease(value);
        find().value += increase;
      },
    };
  }

  override reset(): void {
    this.table.clear();
    if (this.labelNames.length === 0) this.table.find({});
  }

  protected values(): JsonValue[] {
    return this.table.all().map(({ isLive: _, ...sample }) => sample);
  }

  protected removeSeries(labels: LabelValues<T>): void {
    this.table.remove(labels);
  }

  private createSeries(labels: LabelValues<T>): CounterSeries {
    return { isLive: true, value: 0, labels: { ...labels } as JsonLabels };
  }

  private addWithExemplar({ value, labels = {}, exemplarLabels }: IncreaseDataWithExemplar<T>): void {
    const increase = readIncrease(value);
    const series = this.table.find(labels);
    series.value += increase;
    if (exemplarLabels !== undefined) series.exemplar = createExemplar(exemplarLabels, increase);
  }
}

function readIncrease(value: unknown): number {
  if (value === undefined || value === null) return 1;
  if (!Number.isFinite(value)) throw new TypeError(`Value is not a valid number: ${describeValue(value)}`);
  if ((value as number) < 0) throw new Error('It is not possible to decrease a counter');
  return value as number;
}
