import { randomUUID } from 'node:crypto';
import { stopwatch } from 'meterbridge/instruments';
import { hodei } from 'meterbridge/systems/hodei';
import { EventBus } from './event-bus';
import type { Job, Work } from './jobs';
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
  private readonly bus = new EventBus();
  private readonly queue: Job[] = [];
  private readonly jobs = new Map<string, Job>();
  private readonly finished: string[] = [];
  private running = 0;
  private readonly stats: NodeJS.Timeout;

  constructor(workerCount: number) {
    this.workers = new Workers(workerCount, this.bus, (workerId, report) => this.finish(workerId, report));
    this.bus.subscribe('job.submitted', () => this.schedule());
    this.bus.subscribe('worker.idle', () => this.schedule());
    this.bus.subscribe('worker.lost', ({ workerId }) => this.recover(workerId));
    this.bus.subscribe('job.finished', ({ jobId }) => this.forgetOldest(jobId));
    this.workers.start();
    // A worker that hangs sends nothing, so its heartbeats are checked at an interval.
    this.stats = setInterval(() => this.showCluster(), STATS_MILLIS);
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

  /** Assigns queued jobs to idle workers, until there are no more of either. */
  private schedule(): void {
    while (this.queue.length > 0) {
      const seconds = stopwatch();
      const assigned = this.assignNext();
      hodei.recordSchedulingLatency(seconds());
      hodei.recordSchedulingDecision(assigned ? 'assigned' : 'no_idle_worker');
      if (!assigned) break;
    }
    this.showCluster();
  }

  private assignNext(): boolean {
    const workerId = this.workers.idle();
    const job = this.queue[0];
    if (workerId === undefined || job === undefined) return false;
    this.queue.shift();
    job.status = 'running';
    job.workerId = workerId;
    job.attempts++;
    this.running++;
    hodei.recordQueueWaitTime(job.waiting());
    if (job.attempts === 1) hodei.recordJobScheduled(job.tenant);
    this.workers.assign(workerId, job);
    return true;
  }

  private finish(workerId: string, report: JobReport): void {
    const job = this.jobs.get(report.jobId);
    if (job === undefined || job.workerId !== workerId) return;
    this.running--;
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
      this.running--;
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
  private showCluster(): void {
    hodei.setJobsQueued(this.queue.length);
    hodei.updateClusterStats({
      healthyWorkers: this.workers.healthy,
      totalWorkers: this.workers.total,
      reservedJobs: this.queue.length + this.running,
    });
  }
}
