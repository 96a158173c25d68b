import type { Attributes, HrTime } from '@opentelemetry/api';
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import { createPoint, overwritePoint, type ReusedPoint } from '../collection/create-point';
import { isBefore } from '../collection/hr-time';
import { mergeExponentialHistograms, mergeHistograms } from '../collection/merge-points';
import type { CollectedPoint, Exemplar } from '../collection/points';
import type { Summary } from '../collection/summary-point';
import { Contribution, type PointValue } from './contribution';
import { type GaugeValue, type MergeRule, mergeGauges } from './gauge-merge';

/** The most exemplars that a merged point keeps: the newest. */
const MAX_EXEMPLARS = 20;
const NO_EXEMPLARS: readonly Exemplar[] = [];
const NO_TIME: HrTime = [0, 0];
/** The relative error above which a lower total is not one of rounding. */
const ROUNDING = 1e-9;

/** What one process contributes to a {@link MergedSeries}. */
export type SeriesContribution = Contribution<MergedSeries>;

/** One series of a page, with what each process contributes to it. */
export class MergedSeries {
  /** What processes have counted that do not run any more. */
  folded: PointValue | undefined;
  readonly contributions: SeriesContribution[] = [];
  /** What another process has sent as deltas before this one took over. */
  carried: PointValue | undefined;
  private foldedStart: HrTime | undefined;
  private foldedExemplars: readonly Exemplar[] = NO_EXEMPLARS;
  /** What was read last, and by whom. It holds until a contribution changes. */
  private last: PointValue | undefined;
  private lastStart: HrTime | undefined;
  private lastExemplars: readonly Exemplar[] = NO_EXEMPLARS;
  private lastReader: object | undefined;
  private hasChanged = true;

  constructor(
    /** The same object for as long as the series exists. */
    readonly attributes: Attributes,
    private readonly rule: MergeRule,
  ) {}

  get isEmpty(): boolean {
    return this.folded === undefined && this.contributions.length === 0;
  }

  add(startTime: HrTime, reader?: object): SeriesContribution {
    this.hasChanged = true;
    const contribution = new Contribution(this, startTime, reader);
    this.contributions.push(contribution);
    return contribution;
  }

  /** Sets the value of a contribution. */
  set(contribution: SeriesContribution, value: PointValue, exemplars: CollectedPoint['exemplars'], now: number): void {
    if (!this.hasChanged) {
      const isSame = value === contribution.value && exemplars === contribution.exemplars;
      this.hasChanged = !isSame && !(exemplars === undefined && this.addIncrease(contribution, value));
    }
    contribution.set(value, exemplars, now);
  }

  /** Adds to the last total what another process has counted since, if that is exact. Returns whether it is. */
  private addIncrease({ value: before, exemplars, reader }: SeriesContribution, value: PointValue): boolean {
    const { last } = this;
    if (this.rule !== 'count' || reader !== undefined || exemplars !== undefined) return false;
    if (typeof value !== 'number' || typeof before !== 'number' || typeof last !== 'number') return false;
    const total = last + (value - before);
    if (!Number.isInteger(value) || !Number.isInteger(before) || !Number.isSafeInteger(total)) return false;
    this.last = total;
    return true;
  }

  /** Adds to {@link carried}. */
  carry(value: PointValue): void {
    this.carried = this.carried === undefined ? value : (addValues(this.carried, value) ?? this.carried);
  }

  /** Sets {@link carried} to what was counted until now. */
  carryAll(): void {
    this.carried = undefined;
    for (const value of [this.folded, ...this.contributions.map((each) => each.value)]) {
      if (value !== undefined) this.carry(value);
    }
  }

  /** Returns whether a value can be added to those that are there. */
  canAdd(value: PointValue): boolean {
    const other = this.folded ?? this.contributions.find((each) => each.value !== undefined)?.value;
    return other === undefined || addValues(other, value) !== undefined;
  }

  /**
   * Ends a contribution. What it has counted stays if `keeps` is true, and in any case while other processes count, unless
   * it was observed: a callback that observes the series again observes the same count.
   */
  end(contribution: SeriesContribution, keeps: boolean, isObserved: boolean): void {
    if (!this.discard(contribution)) return;
    const { value, startTime, exemplars } = contribution;
    if (this.rule !== 'count' || value === undefined) return;
    if (!keeps && this.contributions.length === 0) {
      this.folded = undefined;
      return;
    }
    if (!keeps && isObserved) return;
    const ended = withoutQuantiles(value);
    this.folded = this.folded === undefined ? ended : (addValues(this.folded, ended) ?? this.folded);
    this.foldedStart = earlier(this.foldedStart, startTime);
    this.foldedExemplars = newest([...this.foldedExemplars, ...(exemplars ?? [])]);
  }

  /** Removes a contribution, as if it had never been. Returns whether it was there. */
  discard(contribution: SeriesContribution): boolean {
    const index = this.contributions.indexOf(contribution);
    if (index < 0) return false;
    this.contributions.splice(index, 1);
    this.hasChanged = true;
    return true;
  }

  /** Returns the point of what ended processes have counted, if there is any. */
  foldedPoint(endTime: HrTime): CollectedPoint | undefined {
    if (this.folded === undefined) return undefined;
    return createPoint(this.foldedStart ?? NO_TIME, endTime, this.attributes, this.folded, this.foldedExemplars);
  }

  /** Returns the point of all processes for a reader; `undefined` if none has a value. */
  read(endTime: HrTime, forReader: object): CollectedPoint<PointValue> | undefined {
    const value = this.combined(forReader);
    if (value === undefined) return undefined;
    return createPoint(this.lastStart ?? NO_TIME, endTime, this.attributes, value, this.lastExemplars);
  }

  /** Writes the point of all processes for a reader into another one. Returns whether any process has a value. */
  readInto(point: ReusedPoint, endTime: HrTime, forReader: object): boolean {
    const value = this.combined(forReader);
    if (value === undefined) return false;
    overwritePoint(point, this.lastStart ?? NO_TIME, endTime, this.attributes, value, this.lastExemplars);
    return true;
  }

  private combined(forReader: object): PointValue | undefined {
    if (this.hasChanged || this.lastReader !== forReader) this.combine(forReader);
    return this.last;
  }

  private combine(forReader: object): void {
    this.last = this.rule === 'count' ? this.addCounts(forReader) : this.readGauge(forReader);
    let start = this.foldedStart;
    let exemplars = this.foldedExemplars;
    for (const each of this.contributions) {
      if (each.startTime !== start) start = earlier(start, each.startTime);
      if (each.exemplars !== undefined) exemplars = [...exemplars, ...each.exemplars];
    }
    this.lastStart = start;
    this.lastExemplars = newest(exemplars);
    this.lastReader = forReader;
    this.hasChanged = false;
  }

  private readGauge(forReader: object): PointValue | undefined {
    const live = this.contributions.filter((each) => each.value !== undefined && isFor(forReader, each));
    if (live.length === 0) return undefined;
    if (live.length === 1) return live[0]?.value;
    return mergeGauges(this.rule === 'count' ? 'sum' : this.rule, live as unknown as readonly GaugeValue[]);
  }

  private addCounts(forReader: object): PointValue | undefined {
    let total = this.folded;
    let histograms: Histogram[] | undefined;
    for (const each of this.contributions) {
      const { value } = each;
      if (value === undefined || !isFor(forReader, each)) continue;
      if (total === undefined) total = value;
      else if (typeof total === 'number' && typeof value === 'number') total += value;
      // Added up at once: each step would allocate a histogram.
      else if (isExplicit(value)) {
        histograms ??= [];
        histograms.push(value);
      } else total = addValues(total, value) ?? total;
    }
    if (total === undefined) return undefined;
    if (histograms !== undefined && isExplicit(total)) total = mergeHistograms(total, ...histograms) ?? total;
    return steady(this.last, total);
  }
}

/** Returns whether a reader is given a contribution: one of another process, or one that it has collected itself. */
function isFor(forReader: object, { reader }: SeriesContribution): boolean {
  return reader === undefined || reader === forReader;
}

/**
 * Returns the sum of two values, or undefined if they are of different kinds or have different boundaries. Quantiles of
 * different measurements cannot be combined: the sum of two summaries has none.
 */
export function addValues(a: PointValue, b: PointValue): PointValue | undefined {
  if (typeof a === 'number') return typeof b === 'number' ? a + b : undefined;
  if (typeof b === 'number') return undefined;
  if (isSummary(a)) return isSummary(b) ? { count: a.count + b.count, sum: a.sum + b.sum, quantiles: [] } : undefined;
  if (isSummary(b)) return undefined;
  if (isExponential(a)) return isExponential(b) ? mergeExponentialHistograms(a, b) : undefined;
  return isExponential(b) ? undefined : mergeHistograms(a, b);
}

export function isExponential(value: Histogram | ExponentialHistogram): value is ExponentialHistogram {
  return 'scale' in value;
}

function isExplicit(value: PointValue): value is Histogram {
  return typeof value !== 'number' && 'buckets' in value;
}

export function isSummary(value: PointValue): value is Summary {
  return typeof value !== 'number' && 'quantiles' in value;
}

/** Quantiles are of the last measurements of a process, and end with it. */
function withoutQuantiles(value: PointValue): PointValue {
  return isSummary(value) ? { ...value, quantiles: [] } : value;
}

/** Sums of doubles depend on their order, which changes when a process ends. The difference must not look like a reset. */
function steady(last: PointValue | undefined, total: PointValue): PointValue {
  if (typeof total === 'number') return typeof last === 'number' ? atLeast(last, total) : total;
  if (last === undefined || typeof last === 'number' || last.sum === undefined || total.sum === undefined) return total;
  const sum = atLeast(last.sum, total.sum);
  return sum === total.sum ? total : { ...total, sum };
}

function atLeast(last: number, total: number): number {
  return total < last && last - total <= Math.abs(last) * ROUNDING ? last : total;
}

function earlier(a: HrTime | undefined, b: HrTime): HrTime {
  return a === undefined || isBefore(b, a) ? b : a;
}

function newest(exemplars: readonly Exemplar[]): readonly Exemplar[] {
  if (exemplars.length <= MAX_EXEMPLARS) return exemplars;
  return [...exemplars].sort((a, b) => (isBefore(a.timestamp, b.timestamp) ? 1 : -1)).slice(0, MAX_EXEMPLARS);
}
