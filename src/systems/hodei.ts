import { createHttpRecorder } from '../instruments/catalog-http-recorder';
import { Facade } from '../instruments/facade';
import type { HttpRecorder } from '../instruments/http-recorder';
import type { MeterLike } from '../instruments/instrument-types';
import type { Timed } from '../instruments/timer';
import { WorkTimer } from '../instruments/work-timer';
import { catalog } from './generated/hodei';

export { MethodLabel } from './generated/hodei';

/** The statistics of a cluster (hodei document, Integration with ClusterState). */
export interface ClusterStats {
  /** Workers that respond to heartbeats. */
  readonly healthyWorkers: number;
  /** All registered workers. */
  readonly totalWorkers: number;
  /** Jobs that are queued or assigned; becomes the queue size. */
  readonly reservedJobs: number;
}

/**
 * The metrics of the Hodei Jobs server. Durations are in seconds; counts are at least 0.
 *
 * Source: hodei document, "Prometheus Metrics Implementation", Metrics Categories.
 */
export class Hodei extends Facade<typeof catalog> {
  /** Records HTTP server requests in the metrics of section System Metrics. */
  readonly httpRecorder: HttpRecorder = createHttpRecorder({
    requests: this.instruments.httpRequestsTotal,
    duration: this.instruments.httpRequestDurationSeconds,
  });

  constructor(meter?: MeterLike) {
    super(catalog, meter);
  }

  /** Increments `hodei_jobs_scheduled_total` (section Job Metrics). */
  recordJobScheduled(tenantId: string): void {
    this.instruments.jobsScheduledTotal.inc({ tenant_id: tenantId });
  }

  /** Increments `hodei_jobs_completed_total` (section Job Metrics). */
  recordJobCompleted(tenantId: string): void {
    this.instruments.jobsCompletedTotal.inc({ tenant_id: tenantId });
  }

  /**
   * Increments `hodei_jobs_failed_total` (section Job Metrics).
   *
   * @param errorType one of a small number of kinds, such as `timeout`; never a message
   */
  recordJobFailed(tenantId: string, errorType: string): void {
    this.instruments.jobsFailedTotal.inc({ tenant_id: tenantId, error_type: errorType });
  }

  /** Sets `hodei_jobs_queued` (section Job Metrics). */
  setJobsQueued(count: number): void {
    this.instruments.jobsQueued.record(count);
  }

  /** Increments `hodei_workers_registered_total` (section Worker Metrics). */
  incrementWorkersRegistered(): void {
    this.instruments.workersRegisteredTotal.inc();
  }

  /** Sets `hodei_workers_healthy` (section Worker Metrics). */
  setWorkersHealthy(count: number): void {
    this.instruments.workersHealthy.record(count);
  }

  /** Sets `hodei_workers_total` (section Worker Metrics). */
  setWorkersTotal(count: number): void {
    this.instruments.workersTotal.record(count);
  }

  /** Sets `hodei_workers_healthy`, `hodei_workers_total` and `hodei_queue_size` (section Integration with ClusterState). */
  updateClusterStats({ healthyWorkers, totalWorkers, reservedJobs }: ClusterStats): void {
    this.setWorkersHealthy(healthyWorkers);
    this.setWorkersTotal(totalWorkers);
    this.setQueueSize(reservedJobs);
  }

  /** Records in `hodei_scheduling_latency_seconds` (section Scheduling Metrics). */
  recordSchedulingLatency(seconds: number): void {
    this.instruments.schedulingLatencySeconds.record(seconds);
  }

  /**
   * Runs a scheduling decision, synchronous or asynchronous, and records its latency, also if it fails.
   *
   * @returns what `work` returns
   */
  timeScheduling<R>(work: () => R): Timed<R> {
    return this.instruments.schedulingLatencySeconds.time(work);
  }

  /** Starts a timer of a scheduling decision. Stopping it records the latency. */
  startScheduling(): WorkTimer {
    return new WorkTimer((seconds) => this.recordSchedulingLatency(seconds), undefined);
  }

  /** Increments `hodei_scheduling_decisions_total` (section Scheduling Metrics). */
  recordSchedulingDecision(decisionType: string): void {
    this.instruments.schedulingDecisionsTotal.inc({ decision_type: decisionType });
  }

  /**
   * Sets `hodei_cpu_usage_percent` (section Resource Metrics).
   *
   * @param percent 0 to 100, served as given
   */
  setCpuUsage(workerId: string, percent: number): void {
    this.instruments.cpuUsagePercent.record(percent, { worker_id: workerId });
  }

  /**
   * Sets `hodei_memory_usage_mb` (section Resource Metrics).
   *
   * @param megabytes served as given
   */
  setMemoryUsage(workerId: string, megabytes: number): void {
    this.instruments.memoryUsageMb.record(megabytes, { worker_id: workerId });
  }

  /** Ends the series of a worker that has left (section Resource Metrics). */
  removeWorker(workerId: string): void {
    this.instruments.cpuUsagePercent.remove({ worker_id: workerId });
    this.instruments.memoryUsageMb.remove({ worker_id: workerId });
  }

  /** Sets `hodei_queue_size` (section Queue Metrics). */
  setQueueSize(count: number): void {
    this.instruments.queueSize.record(count);
  }

  /** Records in `hodei_queue_wait_time_seconds` (section Queue Metrics). */
  recordQueueWaitTime(seconds: number): void {
    this.instruments.queueWaitTimeSeconds.record(seconds);
  }

  /** Starts a timer of the time that a job waits in the queue. Stopping it records the time. */
  startQueueWait(): WorkTimer {
    return new WorkTimer((seconds) => this.recordQueueWaitTime(seconds), undefined);
  }

  /**
   * Increments `hodei_http_requests_total` and records in `hodei_http_request_duration_seconds` (section System Metrics).
   * HTTP instrumentation does so for every request of the server.
   *
   * @param method in any case; a method that is not standard is recorded as `_OTHER`
   * @param endpoint the template of the route, never the path of the request
   * @param status the status code of the response
   */
  recordHttpRequest(method: string, endpoint: string, status: number, seconds: number): void {
    this.httpRecorder.recordHttpRequest(method, endpoint, status, seconds);
  }

  /** Increments `hodei_events_published_total` (section Event Bus Metrics). */
  recordEventPublished(eventType: string): void {
    this.instruments.eventsPublishedTotal.inc({ event_type: eventType });
  }

  /** Increments `hodei_events_received_total` (section Event Bus Metrics). */
  recordEventReceived(eventType: string): void {
    this.instruments.eventsReceivedTotal.inc({ event_type: eventType });
  }

  /** Sets `hodei_event_bus_subscribers` (section Event Bus Metrics). */
  setEventBusSubscribers(count: number): void {
    this.instruments.eventBusSubscribers.record(count);
  }
}

/** The Hodei metrics on the SDK that is registered with the OpenTelemetry API. */
export const hodei = new Hodei();
