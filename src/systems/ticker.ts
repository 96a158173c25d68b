import type { InstrumentSource } from '../instruments';
import { Facade } from '../instruments/facade';
import {
  catalog,
  type MemoryTypeLabel,
  type MessageTypeLabel,
  type OperationLabel,
  type OperationStatusLabel,
  type QueueTypeLabel,
  WorkerStatusLabel,
} from './generated/ticker';
import { httpMethod } from './http-method';

export {
  CpuLabel,
  MemoryTypeLabel,
  MessageTypeLabel,
  OperationLabel,
  OperationStatusLabel,
  QueueTypeLabel,
  WorkerStatusLabel,
} from './generated/ticker';

/** The values of `dagda_status`. */
export const DagdaStatus = { Stopped: 0, Running: 1, Stopping: 2 } as const;
export type DagdaStatus = (typeof DagdaStatus)[keyof typeof DagdaStatus];

/** The metrics of the ticker and its Dagda controller (document: Prometheus Metrics Integration). */
export class Ticker extends Facade<typeof catalog> {
  constructor(meter?: InstrumentSource) {
    super(catalog, meter);
  }

  /** @param cpu `cpu0`, `cpu1`, ... or `total`; @param percent 0 to 100 */
  setCpuUsage(cpu: string, percent: number): void {
    this.instruments.systemCpuUsagePercent.record(percent, { cpu });
  }

  setMemoryUsage(type: MemoryTypeLabel, bytes: number): void {
    this.instruments.systemMemoryUsageBytes.record(bytes, { type });
  }

  setMemoryTotal(bytes: number): void {
    this.instruments.systemMemoryTotalBytes.record(bytes, { type: 'total' });
  }

  /** The controller's state. */
  setStatus(status: DagdaStatus): void {
    this.instruments.dagdaStatus.record(status);
  }

  setShards(count: number): void {
    this.instruments.dagdaShardsTotal.record(count);
  }

  setWorkers(shardId: string, count: number): void {
    this.instruments.dagdaWorkersTotal.record(count, { shard_id: shardId });
  }

  /** Writes all five statuses of a shard; one that is left out is 0. */
  setWorkersByStatus(shardId: string, counts: { readonly [S in WorkerStatusLabel]?: number }): void {
    for (const status of Object.values(WorkerStatusLabel)) {
      this.instruments.dagdaWorkersByStatus.record(counts[status] ?? 0, { status, shard_id: shardId });
    }
  }

  /** Ends the series of a shard that is gone. */
  endShard(shardId: string): void {
    this.instruments.dagdaWorkersTotal.remove({ shard_id: shardId });
    this.instruments.dagdaTickProcessingDurationSeconds.remove({ shard_id: shardId });
    for (const status of Object.values(WorkerStatusLabel)) {
      this.instruments.dagdaWorkersByStatus.remove({ status, shard_id: shardId });
    }
  }

  recordWorkerOperation(operation: OperationLabel, status: OperationStatusLabel): void {
    this.instruments.dagdaWorkerOperationsTotal.add(1, { operation, status });
  }

  recordWorkerTick(workerId: string, blueprint: string): void {
    this.instruments.dagdaWorkerTicksTotal.add(1, { worker_id: workerId, blueprint });
  }

  /** How far a worker is: `done` of `total`, kept within 0 and 1. With a total of 0 it is at 0. */
  setWorkerProgress(workerId: string, blueprint: string, done: number, total: number): void {
    const ratio = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
    this.instruments.dagdaWorkerProgressRatio.record(ratio, { worker_id: workerId, blueprint });
  }

  /** Ends the series of a worker that is gone. */
  endWorker(workerId: string, blueprint: string): void {
    this.instruments.dagdaWorkerTicksTotal.remove({ worker_id: workerId, blueprint });
    this.instruments.dagdaWorkerProgressRatio.remove({ worker_id: workerId, blueprint });
  }

  setMessageQueueSize(queueType: QueueTypeLabel, size: number): void {
    this.instruments.dagdaMessageQueueSize.record(size, { queue_type: queueType });
  }

  recordTickProcessingDuration(shardId: string, seconds: number): void {
    this.instruments.dagdaTickProcessingDurationSeconds.record(seconds, { shard_id: shardId });
  }

  recordWorkerProcessingDuration(messageType: MessageTypeLabel, seconds: number): void {
    this.instruments.dagdaWorkerProcessingDurationSeconds.record(seconds, { message_type: messageType });
  }

  /** @param endpoint the route's template, never the path that was asked for */
  recordHttpRequest(method: string, endpoint: string, status: number, seconds: number): void {
    const labels = { method: httpMethod(method), endpoint };
    this.instruments.httpRequestsTotal.add(1, { ...labels, status: String(status) });
    this.instruments.httpRequestDurationSeconds.record(seconds, labels);
  }
}

/** The ticker's metrics on the SDK that is registered with the OpenTelemetry API. */
export const ticker = new Ticker();
