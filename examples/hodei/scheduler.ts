import { randomUUID } from 'node:crypto';
import { measure, stopwatch } from 'meterbridge/instruments';
import { hodei } from 'meterbridge/systems/hodei';
import { EventBus } from './event-bus';
import type { Job, Work } from './jobs';
import { type JobReport, Workers } from './workers';

const MOST_QUEUED = 10_000;
/** Jobs that are over can be asked for until this many others are over too. */
const MOST_FINISHED = 1000;
/** A job whose worker dies is tried again, so often in all. */
const MOST_ATTEMPTS = 2;
const STATS_MILLIS = 250;

/** Why no more jobs are taken. */
export class QueueFull extends Error {}

/** Takes jobs of tenants, and gives them to workers in the order in which they came. */
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
    // A worker that falls silent is noticed by looking, since it does not say so.
    this.stats = setInterval(() => this.showCluster(), STATS_MILLIS);
  }

  submit(tenant: string, work: Work): Job {
    if (this.queue.length >= MOST_QUEUED) throw new QueueFull(`${MOST_QUEUED} jobs wait, the most there can be`);
    const job: Job = { id: randomUUID(), tenant, work, status: 'queued', waiting: stopwatch(), attempts: 0 };
    this.jobs.set(job.id, job);
    this.enqueue(job);
    this.bus.publish('job.submitted', { jobId: job.id });
    return job;
  }

  job(id: string): Job | undefined {
    return this.jobs.get(id);
  }

  /** Takes a job that waits off the queue. Returns whether it still waited. */
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

  /** Gives waiting jobs to idle workers, until there are no more of either. */
  private schedule(): void {
    while (this.queue.length > 0) {
      const assigned = measure(
        () => this.assignNext(),
        (seconds) => hodei.recordSchedulingLatency(seconds),
      );
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

  /** The job of a worker that died waits again, unless that happened too often. */
  private recover(workerId: string): void {
    const job = this.workers.jobOf(workerId);
    if (job !== undefined) {
      this.running--;
      if (job.attempts < MOST_ATTEMPTS) {
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
    if (this.finished.length > MOST_FINISHED) this.jobs.delete(this.finished.shift() as string);
  }

  /** Queued are the jobs that wait; the cluster has reserved those and the ones being worked on. */
  private showCluster(): void {
    hodei.setJobsQueued(this.queue.length);
    hodei.updateClusterStats({
      healthyWorkers: this.workers.healthy,
      totalWorkers: this.workers.total,
      reservedJobs: this.queue.length + this.running,
    });
  }
}
