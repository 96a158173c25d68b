import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** The most passwords that wait for the worker. */
const MAX_WAITING = 32;
/** A worker without work ends after this time, in milliseconds. */
const IDLE_MILLIS = 10_000;
/** What follows the cost in a bcrypt hash that no password is known for: a salt and a digest. */
const DUMMY = '.'.repeat(53);

/**
 * The program of the worker. It computes every hash of a job, also after a match, so that all jobs with equal costs take
 * equally long. It is a text because a bundler would lose a file that is named only at run time.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { compareSync } = require(workerData.bcryptjs);
parentPort.on('message', ({ password, hashes }) => {
  const matches = hashes.map((hash) => compareSync(password, hash));
  parentPort.postMessage(matches[0]);
});`;

interface Job {
  readonly password: string;
  readonly hashes: readonly string[];
  resolve(isMatch: boolean): void;
  reject(error: Error): void;
}

/** Too many passwords wait to be verified, or the verifier was closed. */
export class VerifierBusyError extends Error {
  override readonly name = 'VerifierBusyError';
}

/**
 * Verifies passwords against bcrypt hashes in a worker thread, so that the event loop of the app is not blocked. In a bundle
 * that holds bcryptjs there is no file for a worker to load, and the thread of the app verifies them in pieces. The worker
 * starts with the first password, ends when it has been idle, and never keeps the process alive. Every verification takes as
 * long as the most expensive hash, for known and unknown users alike, so that the time reveals nothing about users.
 */
export class PasswordVerifier {
  private readonly maxCost: number;
  /** The jobs that wait, by client. The clients take turns, so that one with many jobs does not delay the others. */
  private readonly queues = new Map<string, Job[]>();
  private waiting = 0;
  private running: Job | undefined;
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private isClosed = false;

  /** @param hashes bcrypt hashes by user */
  constructor(private readonly hashes: ReadonlyMap<string, string>) {
    this.maxCost = Math.max(...[...hashes.values()].map(costOf));
  }

  /**
   * Returns whether the password is the user's.
   *
   * @param client whom the password came from
   * @throws VerifierBusyError (as a rejection) when too many passwords wait
   * @throws Error (as a rejection) when the worker cannot run
   */
  async verify(client: string, user: string, password: string): Promise<boolean> {
    if (this.isClosed || this.waiting >= MAX_WAITING) throw new VerifierBusyError('too many passwords to verify');
    const known = this.hashes.get(user);
    const hashes = hashesToCompute(known, this.maxCost);
    const isMatch = await new Promise<boolean>((resolve, reject) => {
      const queue = this.queues.get(client) ?? [];
      queue.push({ password, hashes, resolve, reject });
      this.queues.set(client, queue);
      this.waiting++;
      this.runNext();
    });
    return isMatch && known !== undefined;
  }

  /** Ends the worker; what waits is rejected. */
  close(): void {
    this.isClosed = true;
    this.stop(new VerifierBusyError('the server is shutting down'));
  }

  private runNext(): void {
    const [entry] = this.queues;
    if (this.running !== undefined || entry === undefined) return;
    const [client, queue] = entry;
    this.queues.delete(client);
    const job = queue.shift();
    if (queue.length > 0) this.queues.set(client, queue);
    if (job === undefined) return;
    this.waiting--;
    this.running = job;
    clearTimeout(this.idle);
    try {
      const bcryptjs = findBcrypt();
      if (bcryptjs === undefined) {
        this.compute(job);
        return;
      }
      this.worker ??= this.startWorker(bcryptjs);
      this.worker.postMessage({ password: job.password, hashes: job.hashes });
    } catch (error) {
      this.stop(error as Error);
    }
  }

  private compute({ password, hashes, resolve, reject }: Job): void {
    const { compare } = require('bcryptjs') as typeof import('bcryptjs');
    void Promise.all(hashes.map((hash) => compare(password, hash)))
      .then(([isMatch = false]) => resolve(isMatch), reject)
      .finally(() => {
        this.running = undefined;
        this.runNext();
      });
  }

  private startWorker(bcryptjs: string): Worker {
    const worker = new Worker(PROGRAM, {
      eval: true,
      name: 'meterbridge passwords',
      // Without NODE_OPTIONS and --require, so that preloaded modules of the app do not run in it.
      env: {},
      execArgv: [],
      workerData: { bcryptjs },
    });
    worker.on('message', (isMatch: boolean) => {
      if (this.worker !== worker) return;
      this.running?.resolve(isMatch);
      this.running = undefined;
      this.idle = setTimeout(() => this.stop(), IDLE_MILLIS).unref();
      this.runNext();
    });
    worker.on('error', (error) => {
      if (this.worker === worker) this.stop(error);
    });
    // Last, because a listener for messages keeps the process alive.
    worker.unref();
    return worker;
  }

  private stop(reason = new Error('the password worker ended')): void {
    clearTimeout(this.idle);
    void this.worker?.terminate();
    this.worker = undefined;
    const jobs = [...this.queues.values()].flat();
    if (this.running !== undefined) jobs.push(this.running);
    this.queues.clear();
    this.waiting = 0;
    this.running = undefined;
    for (const { reject } of jobs) reject(reason);
  }
}

/** Returns the file of bcryptjs, or `undefined` in a bundle. */
function findBcrypt(): string | undefined {
  try {
    const path = createRequire(__filename).resolve('bcryptjs');
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Returns the hashes to compute for a user, the user's own first. Together they take as long as one hash of the maximum cost:
 * a cost of n takes 2 ** n rounds, and those of n, n, n + 1, ..., maximum - 1 add up to 2 ** maximum.
 *
 * @param known the hash of the user; undefined for an unknown user
 */
export function hashesToCompute(known: string | undefined, maxCost: number): string[] {
  const first = known ?? dummyHash(maxCost);
  // The variants without a letter, and with an x, are computed alike.
  const hashes = [first.replace(/^\$2x?\$/, '$2a$')];
  for (let cost = costOf(first); cost < maxCost; cost++) hashes.push(dummyHash(cost));
  return hashes;
}

function costOf(hash: string): number {
  return Number(/^\$2[abxy]?\$(\d\d)\$/.exec(hash)?.[1]);
}

function dummyHash(cost: number): string {
  return `$2a$${String(cost).padStart(2, '0')}$${DUMMY}`;
}
