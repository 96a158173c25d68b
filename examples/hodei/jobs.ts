import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

/** The work of a job. */
export type Work =
  | { readonly kind: 'hash'; readonly text: string; readonly rounds: number }
  | { readonly kind: 'words'; readonly text: string }
  | { readonly kind: 'parse'; readonly text: string }
  | { readonly kind: 'sleep'; readonly millis: number };

export type JobStatus = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';

export interface Job {
  readonly id: string;
  readonly tenant: string;
  readonly work: Work;
  status: JobStatus;
  /** Returns the seconds since the job was queued. */
  waiting: () => number;
  attempts: number;
  workerId?: string;
  result?: string;
  error?: string;
}

/** Executes a job. Runs in a worker process. */
export async function perform(work: Work): Promise<string> {
  switch (work.kind) {
    case 'hash': {
      let digest = Buffer.from(work.text);
      for (let round = 0; round < work.rounds; round++) digest = createHash('sha256').update(digest).digest();
      return digest.toString('hex');
    }
    case 'words':
      return String(work.text.split(/\s+/).filter((word) => word !== '').length);
    case 'parse':
      return JSON.stringify(JSON.parse(work.text));
    case 'sleep':
      await sleep(work.millis);
      return `slept ${work.millis} ms`;
  }
}
