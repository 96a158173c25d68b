import { createHttpRecorder } from '../instruments/catalog-http-recorder';
import { Facade } from '../instruments/facade';
import type { HttpRecorder } from '../instruments/http-recorder';
import type { MeterLike } from '../instruments/instrument-types';
import { measure, type Timed } from '../instruments/timer';
import { WorkTimer } from '../instruments/work-timer';
import {
  type CpuLabel,
  catalog,
  MemoryTotalTypeLabel,
  type MemoryTypeLabel,
  type MessageTypeLabel,
  type OperationLabel,
  type OperationStatusLabel,
  type QueueTypeLabel,
  WorkerStatusLabel,
} from './generated/ticker';

export {
  CpuLabel,
  MemoryTypeLabel,
  MessageTypeLabel,
  MethodLabel,
  OperationLabel,
  OperationStatusLabel,
  QueueTypeLabel,
  WorkerStatusLabel,
} from './generated/ticker';

/** The values of `dagda_status`. */
export const DagdaStatus = { Stopped: 0, Running: 1, Stopping: 2 } as const;
export type DagdaStatus = (typeof DagdaStatus)[keyof typeof DagdaStatus];

/**
 * The metrics of the ticker and its Dagda controller. Durations are in seconds; counts are at least 0.
 *
 * Source: ticker document, "Prometheus Metrics Integration", Metrics Overview.
 */
export class Ticker extends Facade<typeof catalog> {
  /** Records HTTP server requests in `http_requests_total` and `http_request_duration_seconds` (section HTTP Metrics). */
  readonly httpRecorder: HttpRecorder = createHttpRecorder({
    requests: this.instruments.httpRequestsTotal,
    duration: this.instruments.httpRequestDurationSeconds,
  });

  private readonly workerOperations = this.instruments.dagdaWorkerOperationsTotal.byValues('operation', 'status');

  constructor(meter?: MeterLike) {
    super(catalog, meter);
  }

  /**
   * Sets `system_cpu_usage_percent` (section System Metrics).
   *
   * @param cpu `cpu0`, `cpu1`, ..., or `total` for the mean of all
   * @param percent 0 to 100
   */
  setCpuUsage(cpu: CpuLabel, percent: number): void {
    this.instruments.systemCpuUsagePercent.record(percent, { cpu });
  }

  /** Sets `system_memory_usage_bytes` (section System Metrics). */
  setMemoryUsage(type: MemoryTypeLabel, bytes: number): void {
    this.instruments.systemMemoryUsageBytes.byValue(type).record(bytes);
  }

  /** Sets `system_memory_total_bytes` (section System Metrics). */
  setMemoryTotal(bytes: number): void {
    this.instruments.systemMemoryTotalBytes.byValue(MemoryTotalTypeLabel.Total).record(bytes);
  }

  /** Sets `dagda_status`, the state of the controller (section Dagda Controller Metrics). */
  setStatus(status: DagdaStatus): void {
    this.instruments.dagdaStatus.record(status);
  }

  /** Sets `dagda_shards_total` (section Dagda Controller Metrics). */
  setShards(count: number): void {
    this.instruments.dagdaShardsTotal.record(count);
  }

  /** Sets `dagda_workers_total` of a shard (section Dagda Controller Metrics). */
  setWorkers(shardId: string, count: number): void {
    this.instruments.dagdaWorkersTotal.record(count, { shard_id: shardId });
  }

  /**
   * Sets `dagda_workers_by_status` of a shard for all five statuses (section Dagda Controller Metrics).
   *
   * @param counts workers by status; 0 for a status that is left out
   */
  setWorkersByStatus(shardId: string, counts: { readonly [S in WorkerStatusLabel]?: number }): void {
    for (const status of Object.values(WorkerStatusLabel)) {
      this.instruments.dagdaWorkersByStatus.record(counts[status] ?? 0, { status, shard_id: shardId });
    }
  }

  /** Ends the series of a shard that no longer exists. */
  removeShard(shardId: string): void {
    const labels = { shard_id: shardId };
    this.instruments.dagdaWorkersTotal.remove(labels);
    this.instruments.dagdaTickProcessingDurationSeconds.remove(labels);
    this.instruments.dagdaWorkersByStatus.remove(labels);
  }

  /** Increments `dagda_worker_operations_total` (section Worker Lifecycle Metrics). */
  recordWorkerOperation(operation: OperationLabel, status: OperationStatusLabel): void {
    this.workerOperations(operation, status).inc();
  }

  /** Increments `dagda_worker_ticks_total` (section Worker Lifecycle Metrics). */
  recordWorkerTick(workerId: string, blueprint: string): void {
    this.instruments.dagdaWorkerTicksTotal.inc({ worker_id: workerId, blueprint });
  }

  /**
   * Sets `dagda_worker_progress_ratio` to `done / total`, limited to the range 0 to 1; 0 if `total` is 0 (section Worker
   * Lifecycle Metrics).
   */
  setWorkerProgress(workerId: string, blueprint: string, done: number, total: number): void {
    const ratio = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
    this.instruments.dagdaWorkerProgressRatio.record(ratio, { worker_id: workerId, blueprint });
  }

  /** Ends the series of a worker that has ended. */
  removeWorker(workerId: string, blueprint: string): void {
    this.instruments.dagdaWorkerTicksTotal.remove({ worker_id: workerId, blueprint });
    this.instruments.dagdaWorkerProgressRatio.remove({ worker_id: workerId, blueprint });
  }

  /** Sets `dagda_message_queue_size`, in messages (section Backpressure and Performance Metrics). */
  setMessageQueueSize(queueType: QueueTypeLabel, size: number): void {
    this.instruments.dagdaMessageQueueSize.byValue(queueType).record(size);
  }

  /** Records in `dagda_tick_processing_duration_seconds` (section Backpressure and Performance Metrics). */
  recordTickProcessingDuration(shardId: string, seconds: number): void {
    this.instruments.dagdaTickProcessingDurationSeconds.record(seconds, { shard_id: shardId });
  }

  /**
   * Runs the processing of a tick, synchronous or asynchronous, and records its duration, also if it fails.
   *
   * @returns what `work` returns
   */
  timeTickProcessing<R>(shardId: string, work: () => R): Timed<R> {
    return measure(work, (seconds) => this.recordTickProcessingDuration(shardId, seconds));
  }

  /** Starts a timer of the processing of a tick. Stopping it records the duration. */
  startTickProcessing(shardId: string): WorkTimer {
    return new WorkTimer((seconds) => this.recordTickProcessingDuration(shardId, seconds), undefined);
  }

  /** Records in `dagda_worker_processing_duration_seconds` (section Backpressure and Performance Metrics). */
  recordWorkerProcessingDuration(messageType: MessageTypeLabel, seconds: number): void {
    this.instruments.dagdaWorkerProcessingDurationSeconds.record(seconds, { message_type: messageType });
  }

  /**
   * Runs the processing of a worker message, synchronous or asynchronous, and records its duration, also if it fails.
   *
   * @returns what `work` returns
   */
  timeWorkerProcessing<R>(messageType: MessageTypeLabel, work: () => R): Timed<R> {
    return measure(work, (seconds) => this.recordWorkerProcessingDuration(messageType, seconds));
  }

  /** Starts a timer of the processing of a worker message. Stopping it records the duration. */
  startWorkerProcessing(messageType: MessageTypeLabel): WorkTimer {
    return new WorkTimer((seconds) => this.recordWorkerProcessingDuration(messageType, seconds), undefined);
  }
}

/** The metrics of the ticker on the SDK that is registered with the OpenTelemetry API. */
export const ticker = new Ticker();
