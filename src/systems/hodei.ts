import { type InstrumentSource, time } from '../instruments';
import { Facade } from '../instruments/facade';
import { catalog } from './generated/hodei';
import { httpMethod } from './http-method';

/** What the scheduler knows of the cluster (document: Integration with ClusterState). */
export interface ClusterStats {
  readonly healthyWorkers: number;
  readonly totalWorkers: number;
  readonly reservedJobs: number;
}

/** The metrics of the Hodei Jobs server (document: Prometheus Metrics Implementation). Durations are in seconds. */
export class Hodei extends Facade<typeof catalog> {
  constructor(meter?: InstrumentSource) {
    super(catalog, meter);
  }

  recordJobScheduled(tenantId: string): void {
    this.instruments.jobsScheduledTotal.add(1, { tenant_id: tenantId });
  }

  recordJobCompleted(tenantId: string): void {
    this.instruments.jobsCompletedTotal.add(1, { tenant_id: tenantId });
  }

  recordJobFailed(tenantId: string, errorType: string): void {
    this.instruments.jobsFailedTotal.add(1, { tenant_id: tenantId, error_type: errorType });
  }

  setJobsQueued(count: number): void {
    this.instruments.jobsQueued.record(count);
  }

  incrementWorkersRegistered(): void {
    this.instruments.workersRegisteredTotal.add(1);
  }

  setWorkersHealthy(count: number): void {
    this.instruments.workersHealthy.record(count);
  }

  setWorkersTotal(count: number): void {
    this.instruments.workersTotal.record(count);
  }

  /** Sets the gauges of workers and queue from the scheduler's own figures. */
  updateClusterStats({ healthyWorkers, totalWorkers, reservedJobs }: ClusterStats): void {
    this.setWorkersHealthy(healthyWorkers);
    this.setWorkersTotal(totalWorkers);
    this.setQueueSize(reservedJobs);
  }

  recordSchedulingLatency(seconds: number): void {
    this.instruments.schedulingLatencySeconds.record(seconds);
  }

  /** Runs a scheduling decision and records its latency, also when it fails. */
  timeScheduling<T>(work: () => T | PromiseLike<T>): Promise<T> {
    return time(work, (seconds) => this.recordSchedulingLatency(seconds));
  }

  recordSchedulingDecision(decisionType: string): void {
    this.instruments.schedulingDecisionsTotal.add(1, { decision_type: decisionType });
  }

  setCpuUsage(workerId: string, percent: number): void {
    this.instruments.cpuUsagePercent.record(percent, { worker_id: workerId });
  }

  /** @param megabytes served as given */
  setMemoryUsage(workerId: string, megabytes: number): void {
    this.instruments.memoryUsageMb.record(megabytes, { worker_id: workerId });
  }

  /** Ends the series of a worker that is gone. */
  endWorker(workerId: string): void {
    this.instruments.cpuUsagePercent.remove({ worker_id: workerId });
    this.instruments.memoryUsageMb.remove({ worker_id: workerId });
  }

  setQueueSize(count: number): void {
    this.instruments.queueSize.record(count);
  }

  recordQueueWaitTime(seconds: number): void {
    this.instruments.queueWaitTimeSeconds.record(seconds);
  }

  /** @param endpoint the route's template, never the path that was asked for */
  recordHttpRequest(method: string, endpoint: string, status: number, seconds: number): void {
    this.instruments.httpRequestsTotal.add(1, { method: httpMethod(method), endpoint, status_code: String(status) });
    this.instruments.httpRequestDurationSeconds.record(seconds);
  }

  recordEventPublished(eventType: string): void {
    this.instruments.eventsPublishedTotal.add(1, { event_type: eventType });
  }

  recordEventReceived(eventType: string): void {
    this.instruments.eventsReceivedTotal.add(1, { event_type: eventType });
  }

  setEventBusSubscribers(count: number): void {
    this.instruments.eventBusSubscribers.record(count);
  }
}

/** The Hodei metrics on the SDK that is registered with the OpenTelemetry API. */
export const hodei = new Hodei();
