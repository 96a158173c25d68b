import { stopwatch } from '../../instruments/timer';
import { isObject } from '../../is-object';
import { describeValue } from './describe-value';
import type { LabelValues } from './label-values';
import { Metric, type MetricConfiguration } from './metric';
import type { JsonLabels, JsonValue } from './metric-json';
import { type Series, SeriesTable } from './series-table';

/** What a {@link Gauge} is created from. */
export type GaugeConfiguration<T extends string> = MetricConfiguration<T> & {
  /** Called before the gauge is read. */
  readonly collect?: (this: Gauge<T>) => void | Promise<void>;
};

/** A gauge with its labels given. */
export interface GaugeChild<T extends string = string> {
  /** Adds a number, 1 by default. @throws TypeError for anything else */
  inc(value?: number): void;
  /** Subtracts a number, 1 by default. @throws TypeError for anything else */
  dec(value?: number): void;
  /** Replaces the value by a number. @throws TypeError for anything else */
  set(value: number): void;
  /** Sets the value to the seconds since the epoch. */
  setToCurrentTime(): void;
  /** Returns a function that sets the value to the seconds since this call, and returns them. Its labels are added. */
  startTimer(): (labels?: LabelValues<T>) => number;
}

interface GaugeSeries extends Series {
  readonly labels: JsonLabels;
  value: number;
}

/** A value that can go up and down, as the `Gauge` of prom-client. */
export class Gauge<T extends string = string> extends Metric<T> {
  /** The type of the family. */
  readonly type = 'gauge';

  private readonly table: SeriesTable<T, GaugeSeries>;

  /** @throws Error or TypeError for an invalid name, help, label or `collect`, or a name that a registry has already */
  constructor(configuration: GaugeConfiguration<T>) {
    super(configuration);
    this.table = new SeriesTable(this.labelNames, (labels) => this.createSeries(labels));
    this.reset();
    this.register(configuration);
  }

  /** Adds a number, 1 by default. @throws TypeError for anything else */
  inc(value?: number): void;
  /** Adds a number, 1 by default, to a series. @throws Error for anything else, or other labels */
  inc(labels: LabelValues<T>, value?: number): void;
  inc(first?: LabelValues<T> | number, second?: number): void {
    const [labels, value = 1] = split<T>(first, second);
    this.add(() => this.table.find(labels), value);
  }

  /** Subtracts a number, 1 by default. @throws TypeError for anything else */
  dec(value?: number): void;
  /** Subtracts a number, 1 by default, from a series. @throws Error for anything else, or other labels */
  dec(labels: LabelValues<T>, value?: number): void;
  dec(first?: LabelValues<T> | number, second?: number): void {
    const [labels, value = 1] = split<T>(first, second);
    this.add(() => this.table.find(labels), typeof value === 'number' ? -value : value);
  }

  /** Replaces the value by a number. @throws TypeError for anything else */
  set(value: number): void;
  /** Replaces the value of a series by a number. @throws Error for anything else, or other labels */
  set(labels: LabelValues<T>, value: number): void;
  set(first: LabelValues<T> | number, second?: number): void {
    const [labels, value] = split<T>(first, second);
    assertNumber('Value', value);
    this.table.find(labels).value = value;
  }

  /** Sets the value of a series to the seconds since the epoch. */
  setToCurrentTime(labels: LabelValues<T> = {}): void {
    this.set(labels, Date.now() / 1000);
  }

  /** Returns a function that sets the value to the seconds since this call, and returns them. Its labels are added. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    const elapsed = stopwatch();
    return (further) => {
      const seconds = elapsed();
      this.set({ ...labels, ...further } as LabelValues<T>, seconds);
      return seconds;
    };
  }

  /** Returns the gauge with its labels given. @throws Error for labels that the gauge does not have */
  labels(labels: LabelValues<T>): GaugeChild<T>;
  /** Returns the gauge with a value for each label name. @throws Error for another number of values */
  labels(...values: (string | number)[]): GaugeChild<T>;
  labels(...args: unknown[]): GaugeChild<T> {
    const labels = this.readLabels(args);
    const find = this.table.bind(labels);
    return {
      inc: (value = 1) => this.add(find, value),
      dec: (value = 1) => this.add(find, typeof value === 'number' ? -value : value),
      set: (value) => {
        assertNumber('Value', value);
        find().value = value;
      },
      setToCurrentTime: () => {
        find().value = Date.now() / 1000;
      },
      startTimer: () => this.startTimer(labels),
    };
  }

  override reset(): void {
    this.table.clear();
    if (this.labelNames.length === 0) this.table.find({});
  }

  protected values(): JsonValue[] {
    return this.table.all().map(({ value, labels }) => ({ value, labels }));
  }

  protected removeSeries(labels: LabelValues<T>): void {
    this.table.remove(labels);
  }

  private createSeries(labels: LabelValues<T>): GaugeSeries {
    return { isLive: true, value: 0, labels: { ...labels } as JsonLabels };
  }

  private add(find: () => GaugeSeries, delta: unknown): void {
    assertNumber('Delta', delta);
    find().value += delta;
  }
}

function split<T extends string>(first: unknown, second: unknown): [labels: LabelValues<T>, value: unknown] {
  return isObject(first) ? [first as LabelValues<T>, second] : [{}, first];
}

function assertNumber(what: string, value: unknown): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(`${what} is not a valid number: ${describeValue(value)}`);
}
