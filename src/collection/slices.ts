import type { Attributes } from '@opentelemetry/api';
import type { MetricCollectOptions, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { CollectedMetadata, CollectedPoint } from './points';

/** An instrumentation scope: the name, version and schema URL of a meter. */
export interface Scope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
}

/** The points of one metric stream, read piece by piece. */
export interface CollectedStream extends CollectedMetadata {
  readonly scope: Scope;
  /** The number of points that {@link slices} yields at most. */
  readonly size: number;
  /**
   * Yields the points in pieces of bounded size. Each piece is read when it is asked for, so that a consumer can let the
   * event loop run between two of them: a point always shows one moment, two pieces may show two. A series that was
   * removed meanwhile is left out. The attributes of a series are the same object in every collection, for as long as the
   * series lives. The iterable can be read once.
   */
  slices(): Iterable<readonly CollectedPoint[]>;
  /** The same points for a consumer that keeps none. Absent if the stream creates its points in any case. */
  readonly reused?: ReusedPoints | undefined;
}

/** The points of a stream in few objects, which are overwritten again and again: reading them leaves nothing to collect as garbage. */
export interface ReusedPoints {
  /** The same object in two collections only if they have the same series in the same order. */
  readonly generation: object;
  /** Returns whether the stream still has exactly these series. If not, those that were removed are left out when they are read. */
  isCurrent(): boolean;
  /** Yields the attributes of the points, in pieces of bounded size. */
  attributes(): Iterable<readonly Attributes[]>;
  /** Yields the points as {@link CollectedStream.slices} does. A piece is overwritten when the next one is asked for. */
  slices(): Iterable<readonly CollectedPoint[]>;
  /**
   * Yields the values of the points alone, in pieces of bounded size, of which each is overwritten when the next one is asked for.
   * Absent if not all are numbers without exemplars.
   */
  readonly numbers?: (() => Iterable<Float64Array>) | undefined;
}

/** The result of {@link SliceProducer.collectSlices}. */
export interface SliceCollection {
  readonly resource: { readonly attributes: Readonly<Record<string, unknown>> };
  readonly streams: readonly CollectedStream[];
  /** Errors of callbacks, as `CollectionResult` has them. */
  readonly errors: readonly unknown[];
}

/** What the provider counts about its own work, for the self metrics of an exporter. */
export interface ProducerCounts {
  /** Measurements that were aggregated into overflow points since the start, by metric name. */
  readonly overflowMeasurements: ReadonlyMap<string, number>;
  /** Callbacks of asynchronous instruments that have not completed within their timeout and are still running. */
  readonly hangingCallbacks: number;
}

/** What a producer counts that has nothing to count. */
export const NO_COUNTS: ProducerCounts = { overflowMeasurements: new Map(), hangingCallbacks: 0 };

/** The producer that a meterbridge `MeterProvider` gives to its readers. Stock producers have `collect` only. */
export interface SliceProducer extends MetricProducer {
  /**
   * Runs the callbacks of asynchronous instruments and returns what a reader reads next, without reading it yet.
   * Concurrent calls share one run of the callbacks.
   */
  collectSlices(options?: MetricCollectOptions): Promise<SliceCollection>;
  /** Returns what was recorded, at once. What only callbacks know is left out. */
  collectRecorded(): SliceCollection;
  counts(): ProducerCounts;
}
