import type { IMetricReader, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { PageSource } from './page';

/** What a process group needs of the SDK. */
export interface GroupOptions {
  /** Makes a page of the metrics of all processes, where this process serves. */
  readonly makePage: PageSource;
  /** The maximum number of series of a metric whose definition sets none. */
  readonly cardinalityLimit: number | undefined;
  /** The time between two syncs, in milliseconds. */
  readonly intervalMillis: number;
}

/** This process as a member of the processes and threads of one program. */
export interface ProcessGroup {
  /** A reader that sends the metrics of this process to another; none in a process that always serves. */
  readonly reader: IMetricReader | undefined;
  /**
   * Returns a reader for the provider of this process that gives another reader the metrics of all processes.
   *
   * @param isPush whether the reader works by itself, and must not do so in a process that does not serve
   */
  attach(reader: IMetricReader, isPush: boolean): IMetricReader;
  /** Returns what makes pages elsewhere, while another process serves. */
  remotePages(): PageSource | undefined;
  /** Produces the metrics of the group about itself. */
  readonly selfMetrics: MetricProducer;
  /**
   * Joins the group.
   *
   * @param serve called when this process is to serve, at once or later
   * @returns when it is known whether this process serves
   */
  join(serve: () => Promise<void>): Promise<void>;
  /** Leaves the group, before a signal ends the process. Absent if nothing is to be done then. */
  beforeSignal?(): void;
  /** Leaves the group. */
  leave(): void;
}
