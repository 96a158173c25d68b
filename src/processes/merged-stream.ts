import type { Attributes, HrTime } from '@opentelemetry/api';
import { OVERFLOW_ATTRIBUTES } from '../catalog/overflow';
import { attributesKey } from '../collection/attributes-key';
import { createReusedPoint, REUSED_POINTS, type ReusedPoint } from '../collection/create-point';
import { isAsynchronous, TEMPORALITY } from '../collection/enums';
import { isBefore } from '../collection/hr-time';
import type { CollectedMetadata, CollectedPoint } from '../collection/points';
import type { CollectedStream, ReusedPoints, Scope } from '../collection/slices';
import { report } from '../diagnostics';
import { STEP_SIZE } from '../turns';
import type { PointValue } from './contribution';
import { type MergeRule, selectMergeRule } from './gauge-merge';
import { MergedSeries, type SeriesContribution } from './merged-series';

/** The label of gauges that have one series per process. */
export const PROCESS_LABEL = 'process';
/** Given no series of this process. */
const NO_READER = {};

/** What all processes must agree on to have one stream. */
export type StreamMetadata = CollectedMetadata & { readonly scope: Scope };

/** The series of one metric, of several processes. */
export class MergedStream {
  readonly rule: MergeRule;
  private readonly series = new Map<string, MergedSeries>();
  /** The series in their order. Absent after one was added or removed. */
  private ordered: readonly MergedSeries[] | undefined;
  /** The series of this process, by the reader that collects them. */
  private readonly local = new WeakMap<object, Map<Attributes, SeriesContribution>>();
  /** Series of this process that were removed, whose counts another reader has kept already. */
  private readonly removed = new WeakSet<Attributes>();
  private round = 0;

  /**
   * @param limit the maximum number of series besides the overflow series; more if one process has more by itself
   * @param overflowed called when a series has no place under the limit
   * @param takenOverAt see {@link takeOver}
   */
  constructor(
    readonly metadata: StreamMetadata,
    private limit: number,
    private readonly overflowed: (metric: string) => void,
    private takenOverAt: HrTime | undefined,
  ) {
    this.rule = selectMergeRule(metadata);
  }

  /** Marks what was counted until now, and by older processes that are still to come, as sent by another process. */
  takeOver(time: HrTime): void {
    this.takenOverAt = time;
    for (const series of this.series.values()) series.carryAll();
  }

  /** Makes place for a number of series that one process has by itself, because a view can raise its limit. */
  reserve(count: number): void {
    this.limit = Math.max(this.limit, count);
  }

  /** Adds a series of a process. */
  add(attributes: Attributes, startTime: HrTime, process: string, reader?: object): SeriesContribution {
    return this.find(attributes, process).add(startTime, reader);
  }

  /** Sets the value that a process contributes. One that cannot be added to those of the others is reported and left out. */
  set(contribution: SeriesContribution, value: PointValue, exemplars: CollectedPoint['exemplars'], now: number): void {
    // Two values that agreed once agree from then on.
    if (contribution.value === undefined && !contribution.series.canAdd(value)) {
      const { name } = this.metadata.descriptor;
      report('conflict', `${name} has different buckets in different processes; those of one are left out`, name);
      return;
    }
    const { series, startTime } = contribution;
    const isOlder = this.takenOverAt !== undefined && isBefore(startTime, this.takenOverAt);
    if (isOlder && contribution.value === undefined && contribution.reader === undefined) series.carry(value);
    series.set(contribution, value, exemplars, now);
  }

  /** Ends what a process contributes; see {@link MergedSeries.end}. */
  end(contribution: SeriesContribution, keeps: boolean): void {
    const { series } = contribution;
    series.end(contribution, keeps, isAsynchronous(this.metadata.descriptor.type));
    this.removeEmpty(series);
  }

  /** Ends what a process contributes, as if it had never been. */
  discard(contribution: SeriesContribution): void {
    const { series } = contribution;
    series.discard(contribution);
    this.removeEmpty(series);
  }

  /**
   * Returns what a reader collects next: the series of a collection of this process, merged with those of others.
   *
   * @param isComplete whether this process has no other series, which is not known if a producer or a callback has failed
   */
  collect(
    own: CollectedStream | undefined,
    process: string,
    endTime: HrTime,
    reader: object,
    isComplete = true,
  ): CollectedStream {
    const round = ++this.round;
    this.reserve((own?.size ?? 0) - 1);
    const { scope, descriptor } = own ?? this.metadata;
    // A producer or a callback that failed is no reason to end what it had.
    const keepsSeries = !isComplete && (own === undefined || isAsynchronous(descriptor.type));
    return {
      ...this.metadata,
      scope,
      descriptor,
      size: this.series.size + (own?.size ?? 0),
      slices: () => this.read(own, process, endTime, keepsSeries ? 0 : round, reader),
      reused: own === undefined && !this.local.has(reader) ? this.reusedPoints(endTime, reader) : undefined,
    };
  }

  /** Yields the series of other processes, running and ended. */
  *others(endTime: HrTime): Iterable<{ series: MergedSeries; point: CollectedPoint<PointValue> }> {
    for (const series of this.series.values()) {
      const point = series.read(endTime, NO_READER);
      if (point !== undefined) yield { series, point };
    }
  }

  /** Returns the series with given attributes, if another process has it. */
  lookUp(attributes: Attributes): MergedSeries | undefined {
    return this.series.get(attributesKey(attributes));
  }

  /** Returns what ended processes have counted. */
  collectFolded(endTime: HrTime): CollectedStream {
    const points = [...this.series.values()].flatMap((series) => series.foldedPoint(endTime) ?? []);
    return { ...this.metadata, size: points.length, slices: () => [points] };
  }

  private *read(
    own: CollectedStream | undefined,
    process: string,
    endTime: HrTime,
    round: number,
    reader: object,
  ): Iterable<readonly CollectedPoint[]> {
    const local = this.local.get(reader) ?? new Map<Attributes, SeriesContribution>();
    this.local.set(reader, local);
    const written = new Set<MergedSeries>();
    const now = Date.now();
    for (const slice of own?.slices() ?? []) {
      const points: CollectedPoint[] = [];
      for (const { attributes, startTime, value, exemplars } of slice) {
        let contribution = local.get(attributes);
        if (contribution === undefined) {
          contribution = this.add(attributes, startTime, process, reader);
          local.set(attributes, contribution);
        }
        contribution.round = Math.max(contribution.round, round);
        this.set(contribution, value as PointValue, exemplars, now);
        if (written.has(contribution.series)) continue;
        written.add(contribution.series);
        const point = contribution.series.read(endTime, reader);
        if (point !== undefined) points.push(point);
      }
      yield points;
    }
    for (const [attributes, contribution] of local) {
      // A delta reader is given a gauge of this process only when it was set.
      if (contribution.round >= round || own?.aggregationTemporality === TEMPORALITY.DELTA) continue;
      local.delete(attributes);
      // Kept once, though each reader notices it.
      if (this.removed.has(attributes)) contribution.value = undefined;
      this.removed.add(attributes);
      this.end(contribution, false);
    }
    yield* this.readOthers(written, endTime, reader);
  }

  private *readOthers(
    written: ReadonlySet<MergedSeries>,
    endTime: HrTime,
    reader: object,
  ): Iterable<readonly CollectedPoint[]> {
    let points: CollectedPoint[] = [];
    for (const series of this.series.values()) {
      if (written.size > 0 && written.has(series)) continue;
      const point = series.read(endTime, reader);
      if (point !== undefined) points.push(point);
      if (points.length < STEP_SIZE) continue;
      yield points;
      points = [];
    }
    if (points.length > 0) yield points;
  }

  /** The points of series that other processes alone have. */
  private reusedPoints(endTime: HrTime, reader: object): ReusedPoints {
    this.ordered ??= [...this.series.values()];
    const series = this.ordered;
    return {
      generation: series,
      isCurrent: () => this.ordered === series,
      *attributes() {
        for (let i = 0; i < series.length; i += STEP_SIZE) {
          yield series.slice(i, i + STEP_SIZE).map(({ attributes }) => attributes);
        }
      },
      *slices() {
        const points = Array.from({ length: REUSED_POINTS }, createReusedPoint);
        let used = 0;
        for (const each of series) {
          if (each.readInto(points[used] as ReusedPoint, endTime, reader)) used++;
          if (used < REUSED_POINTS) continue;
          yield points as CollectedPoint[];
          used = 0;
        }
        yield points.slice(0, used) as CollectedPoint[];
      },
    };
  }

  private removeEmpty(series: MergedSeries): void {
    if (!series.isEmpty) return;
    this.series.delete(attributesKey(series.attributes));
    this.ordered = undefined;
  }

  private find(attributes: Attributes, process: string): MergedSeries {
    const merged = this.rule === 'process' ? { ...attributes, [PROCESS_LABEL]: process } : attributes;
    const key = attributesKey(merged);
    const series = this.series.get(key);
    if (series !== undefined) return series;
    if (this.series.size < this.limit || key === OVERFLOW_KEY) return this.create(key, merged);
    this.overflowed(this.metadata.descriptor.name);
    return this.series.get(OVERFLOW_KEY) ?? this.create(OVERFLOW_KEY, OVERFLOW_ATTRIBUTES);
  }

  private create(key: string, attributes: Attributes): MergedSeries {
    const series = new MergedSeries(attributes, this.rule);
    this.series.set(key, series);
    this.ordered = undefined;
    return series;
  }
}

const OVERFLOW_KEY = attributesKey(OVERFLOW_ATTRIBUTES);
