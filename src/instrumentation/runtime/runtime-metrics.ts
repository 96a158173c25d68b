import type { Attributes } from '@opentelemetry/api';
import type { MetricDefinition } from '../../catalog/definition';
import type { EventLoop } from './event-loop';
import type { GarbageCollectionKind } from './garbage-collection';

/** Observes a value of a metric, by the key of its definition. A value that is unknown is not observed. */
export type Observe<K extends string> = (key: K, value: number | undefined, attributes?: Attributes) => void;

/** The metrics of the runtime under one set of names. */
export interface RuntimeMetrics<K extends string = string> {
  /** Whether the metrics are served under exactly these names. Others are translated. */
  readonly isDocumented: boolean;
  /** The metrics that are observed when metrics are collected. */
  readonly observed: Readonly<Record<K, MetricDefinition>>;
  /** The keys of the metrics that all threads of a process have in common. */
  readonly ofProcess: readonly K[];
  /** The histogram of the seconds of each garbage collection. */
  readonly garbageCollection: MetricDefinition;
  /** Returns the attributes of a garbage collection. */
  garbageCollectionAttributes(kind: GarbageCollectionKind): Attributes;
  /** Observes all metrics of {@link observed}. */
  observe(observe: Observe<K>, eventLoop: EventLoop): void;
}
