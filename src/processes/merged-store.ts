import type { HrTime } from '@opentelemetry/api';
import { DEFAULT_CARDINALITY_LIMIT, DEFINITION } from '../catalog/definition';
import { TEMPORALITY } from '../collection/enums';
import { toHrTime } from '../collection/hr-time';
import type { CollectedStream, SliceCollection } from '../collection/slices';
import { SUMMARY_POINT } from '../collection/summary-point';
import { report } from '../diagnostics';
import type { DeltaConversion } from './delta-conversion';
import { MergedStream, type StreamMetadata } from './merged-stream';

/** The metrics of all processes and threads of a program. */
export class MergedStore {
  /** Series that had no place under their metric's limit, by metric name. */
  readonly overflowed = new Map<string, number>();
  private readonly streams = new Map<string, MergedStream>();
  private readonly boundaries = new Map<string, readonly number[]>();
  private takenOverAt: HrTime | undefined;

  /** @param cardinalityLimit the maximum number of series of a metric whose definition sets none */
  constructor(private readonly cardinalityLimit = DEFAULT_CARDINALITY_LIMIT) {}

  /**
   * Returns the stream for metadata.
   *
   * @param twin distinguishes streams of one process that differ only in their series
   */
  stream(metadata: StreamMetadata, twin = 0): MergedStream {
    const key = keyOf(metadata, twin);
    let stream = this.streams.get(key);
    if (stream === undefined) {
      const limit = metadata.descriptor[DEFINITION]?.cardinalityLimit ?? this.cardinalityLimit;
      const overflowed = (metric: string) => this.countOverflow(metric, limit);
      stream = new MergedStream(metadata, limit, overflowed, this.takenOverAt);
      this.streams.set(key, stream);
    }
    return stream;
  }

  /**
   * Marks what was counted until now as sent by the process that served before, for readers that take deltas. What processes
   * that started before now have counted when they connect is marked, too.
   */
  takeOver(): void {
    this.takenOverAt = toHrTime(Date.now());
    for (const stream of this.streams.values()) stream.takeOver(this.takenOverAt);
  }

  /** Returns the same list for equal boundaries of all processes, so that they need not be compared one by one. */
  shareBoundaries(boundaries: readonly number[]): readonly number[] {
    const key = boundaries.join();
    const shared = this.boundaries.get(key) ?? boundaries;
    this.boundaries.set(key, shared);
    return shared;
  }

  /**
   * Returns the streams of a collection of this process, merged with those of others. A stream that no other process has is
   * returned as it is.
   *
   * @param process the value of this process's `process` label
   * @param reader the reader that collects; another one can have another collection of this process
   * @param deltas for a reader that takes deltas, and of which instruments
   */
  merge(
    { streams, errors = [] }: Pick<SliceCollection, 'streams'> & Partial<SliceCollection>,
    process: string,
    reader: object,
    deltas?: { readonly conversion: DeltaConversion; readonly accepts: (stream: StreamMetadata) => boolean },
  ): CollectedStream[] {
    const endTime = toHrTime(Date.now());
    deltas?.conversion.begin(endTime);
    const collect = (stream: MergedStream, own: CollectedStream | undefined) =>
      deltas !== undefined && canConvert(stream, own) && deltas.accepts(stream.metadata)
        ? deltas.conversion.convert(stream, own, endTime)
        : stream.collect(own, process, endTime, reader, errors.length === 0);
    const seen = new Map<string, number>();
    const own = new Set<MergedStream>();
    const merged = streams.map((stream) => {
      const first = keyOf(stream, 0);
      const twin = seen.get(first) ?? 0;
      seen.set(first, twin + 1);
      const other = this.streams.get(twin === 0 ? first : keyOf(stream, twin));
      if (other === undefined) return stream;
      own.add(other);
      return collect(other, stream);
    });
    for (const stream of this.streams.values()) {
      if (!own.has(stream)) merged.push(collect(stream, undefined));
    }
    return merged;
  }

  /** Returns what processes have counted that have ended. */
  folded(): CollectedStream[] {
    const endTime = toHrTime(Date.now());
    return [...this.streams.values()].filter(({ rule }) => rule === 'count').map((each) => each.collectFolded(endTime));
  }

  private countOverflow(metric: string, limit: number): void {
    this.overflowed.set(metric, (this.overflowed.get(metric) ?? 0) + 1);
    report(
      'overflow',
      `${metric} has reached its cardinality limit of ${limit} in all processes together; further series are aggregated into one`,
      `${metric} processes`,
    );
  }
}

/** Producers outside the provider have cumulative values for every reader. */
function canConvert({ rule, metadata }: MergedStream, own: CollectedStream | undefined): boolean {
  if (rule !== 'count' || metadata.dataPointType === SUMMARY_POINT) return false;
  return own === undefined || own.aggregationTemporality === TEMPORALITY.DELTA;
}

/**
 * Descriptions can differ between versions of a program that is restarted worker by worker; they are no part of it. A
 * documented metric is the same whatever produces it: instruments in one process, a registry of prom-client in another.
 */
function keyOf({ scope, descriptor, dataPointType, isMonotonic }: StreamMetadata, twin: number): string {
  const { name, unit, type } = descriptor;
  if (DEFINITION in descriptor) return JSON.stringify([name, dataPointType, isMonotonic, twin]);
  return JSON.stringify([
    scope.name,
    scope.version,
    scope.schemaUrl,
    name,
    unit,
    type,
    dataPointType,
    isMonotonic,
    twin,
  ]);
}
