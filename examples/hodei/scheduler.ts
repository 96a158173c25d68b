import { randomUUID } from 'node:crypto';
import type { Span } from '@opentelemetry/api';
import { stopwatch } from 'meterbridge/instruments';
import { type ClusterStats, hodei } from 'meterbridge/systems/hodei';
import { EventBus } from './event-bus';
import type { Job, Work } from './jobs';
import type { Quotas } from './quotas';
import { inSpan } from './tracing';
import { type JobReport, Workers } from './workers';

const MAX_QUEUED = 10_000;
/** The number of finished jobs that can still be queried. */
const MAX_FINISHED = 1000;
/** How often a job is started if its workers die. */
const MAX_ATTEMPTS = 2;
const STATS_MILLIS = 250;

/** No more jobs are accepted. */
export class QueueFull extends Error {}

/** Queues jobs of tenants and assigns them to workers in their order. */
export class Scheduler {
  readonly workers: Workers;
  private readonly queue: Job[] = [];
  private readonly jobs = new Map<string, Job>();
  private readonly finished: string[] = [];
  /** The number of running jobs by tenant. */
  private readonly running = new Map<string, number>();
  private isDeciding = false;
  private decidesAgain = false;
  private isQuotaUnknown = false;
  private readonly stats: NodeJS.Timeout;

  constructor(
    workerCount: number,
    private readonly quotas: Quotas,
    readonly bus = new EventBus(),
  ) {
    this.workers = new Workers(workerCount, this.bus, (workerId, report) => this.finish(workerId, report));
    this.bus.subscribe('job.submitted', () => void this.schedule());
    this.bus.subscribe('worker.idle', () => void this.schedule());
    this.bus.subscribe('worker.lost', ({ workerId }) => this.recover(workerId));
    this.bus.subscribe('job.finished', ({ jobId }) => this.forgetOldest(jobId));
    this.workers.start();
    // A worker that hangs sends nothing, so its heartbeats are checked at an interval.
    this.stats = setInterval(() => {
      this.showCluster();
      if (this.isQuotaUnknown) void this.schedule();
    }, STATS_MILLIS);
  }

  submit(tenant: string, work: Work): Job {
    if (this.queue.length >= MAX_QUEUED) throw new QueueFull(`the queue holds its maximum of ${MAX_QUEUED} jobs`);
    const job: Job = { id: randomUUID(), tenant, work, status: 'queued', waiting: stopwatch(), attempts: 0 };
    this.jobs.set(job.id, job);
    this.enqueue(job);
    this.bus.publish('job.submitted', { jobId: job.id });
    return job;
  }

  job(id: string): Job | undefined {
    return this.jobs.get(id);
  }

  /** Removes a job from the queue. Returns whether it was still queued. */
  cancel(job: Job): boolean {
    const place = this.queue.indexOf(job);
    if (place < 0) return false;
    this.queue.splice(place, 1);
    this.end(job, 'cancelled');
    return true;
  }

  async stop(): Promise<void> {
    clearInterval(this.stats);
    await this.workers.stop();
  }

  /** Assigns queued jobs to idle workers, until there are no more of either. Only one call at a time decides. */
  private async schedule(): Promise<void> {
    if (this.isDeciding) {
      this.decidesAgain = true;
      return;
    }
    this.isDeciding = true;
    this.isQuotaUnknown = false;
    do {
      this.decidesAgain = false;
      while (this.queue.length > 0 && (await this.decide()));
    } while (this.decidesAgain);
    this.isDeciding = false;
    this.showCluster();
  }

  /**
   * Decides about the oldest job whose tenant has not reached its quota.
   *
   * @returns whether a job was assigned
   */
  private decide(): Promise<boolean> {
    return inSpan('schedule', (span) => this.decideIn(span));
  }

  private async decideIn(span: Span): Promise<boolean> {
    using _timer = hodei.startScheduling();
    const workerId = this.workers.idle();
    if (workerId === undefined) {
      hodei.recordSchedulingDecision('no_idle_worker');
      return false;
    }
    const full = new Set<string>();
    for (const job of [...this.queue]) {
      if (full.has(job.tenant)) continue;
      if ((this.running.get(job.tenant) ?? 0) >= (await this.quotaOf(job.tenant))) {
        full.add(job.tenant);
        continue;
      }
      span.setAttributes({ 'job.id': job.id, 'job.tenant': job.tenant, 'worker.id': workerId });
      return this.assign(job, workerId);
    }
    hodei.recordSchedulingDecision('over_quota');
    return false;
  }

  /** A tenant whose quota cannot be determined runs nothing meanwhile. */
  private async quotaOf(tenant: string): Promise<number> {
    try {
      return await inSpan('quota', () => this.quotas.limit(tenant));
    } catch (error) {
      this.isQuotaUnknown = true;
      console.error(`scheduling waits: ${(error as Error).message}`);
      return 0;
    }
  }

  /** @returns `false` if the job was cancelled, or the worker lost, while its quota was requested */
  private assign(job: Job, workerId: string): boolean {
    const place = this.queue.indexOf(job);
    if (place < 0 || !this.workers.isIdle(workerId)) {
      this.decidesAgain = true;
      return false;
    }
    this.queue.splice(place, 1);
    job.status = 'running';
    job.workerId = workerId;
    job.attempts++;
    this.running.set(job.tenant, (this.running.get(job.tenant) ?? 0) + 1);
    hodei.recordSchedulingDecision('assigned');
    hodei.recordQueueWaitTime(job.waiting());
    if (job.attempts === 1) hodei.recordJobScheduled(job.tenant);
    this.workers.assign(workerId, job);
    this.showCluster();
    return true;
  }

  private release({ tenant }: Job): void {
    this.running.set(tenant, (this.running.get(tenant) ?? 1) - 1);
  }

  private finish(workerId: string, report: JobReport): void {
    const job = this.jobs.get(report.jobId);
    if (job === undefined || job.workerId !== workerId) return;
    this.release(job);
    if (report.type === 'completed') {
      hodei.recordJobCompleted(job.tenant);
      job.result = report.result;
      this.end(job, 'completed');
    } else {
      hodei.recordJobFailed(job.tenant, report.errorType);
      job.error = report.message;
      this.end(job, 'failed');
    }
  }

  /** Queues the job of a worker that died again, unless it was started too often. */
  private recover(workerId: string): void {
    const job = this.workers.jobOf(workerId);
    if (job !== undefined) {
      this.release(job);
      if (job.attempts < MAX_ATTEMPTS) {
        hodei.recordSchedulingDecision('requeued');
        job.status = 'queued';
        job.waiting = stopwatch();
        this.enqueue(job);
      } else {
        hodei.recordJobFailed(job.tenant, 'worker_lost');
        job.error = `its worker died ${job.attempts} times`;
        this.end(job, 'failed');
      }
    }
    this.showCluster();
  }

  private enqueue(job: Job): void {
    this.queue.push(job);
    this.showCluster();
  }

  private end(job: Job, status: 'completed' | 'failed' | 'cancelled'): void {
    job.status = status;
    this.bus.publish('job.finished', { jobId: job.id });
    this.showCluster();
  }

  private forgetOldest(jobId: string): void {
    this.finished.push(jobId);
    if (this.finished.length > MAX_FINISHED) this.jobs.delete(this.finished.shift() as string);
  }

  /** Reserved are the resources of queued and of running jobs. */
  clusterStats(): ClusterStats {
    const running = [...this.running.values()].reduce((sum, count) => sum + count, 0);
    return {
      healthyWorkers: this.workers.healthy,
      totalWorkers: this.workers.total,
      reservedJobs: this.queue.length + running,
    };
  }

  private showCluster(): void {
    hodei.setJobsQueued(this.queue.length);
    hodei.updateClusterStats(this.clusterStats());
  }
}
