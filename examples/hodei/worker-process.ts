/** A worker: a process that executes one job at a time and sends heartbeats. */
import { perform, type Work } from './jobs';

/** A message of the server to a worker. */
export interface Assignment {
  readonly jobId: string;
  readonly work: Work;
}

/** A message of a worker to the server. */
export type WorkerReport =
  | { readonly type: 'heartbeat'; readonly cpuPercent: number; readonly memoryMb: number }
  | { readonly type: 'completed'; readonly jobId: string; readonly result: string }
  | { readonly type: 'failed'; readonly jobId: string; readonly errorType: string; readonly message: string };

export const HEARTBEAT_MILLIS = 500;

let before = { cpu: process.cpuUsage(), at: performance.now() };

function heartbeat(): void {
  const now = { cpu: process.cpuUsage(), at: performance.now() };
  const cpuMicros = now.cpu.user + now.cpu.system - before.cpu.user - before.cpu.system;
  const cpuPercent = (cpuMicros / 1000 / Math.max(now.at - before.at, 1)) * 100;
  before = now;
  send({ type: 'heartbeat', cpuPercent, memoryMb: process.memoryUsage.rss() / 1e6 });
}

function send(report: WorkerReport): void {
  process.send?.(report);
}

if (require.main === module) {
  process.on('message', ({ jobId, work }: Assignment) => {
    perform(work).then(
      (result) => send({ type: 'completed', jobId, result }),
      (error: Error) => send({ type: 'failed', jobId, errorType: error.name, message: error.message }),
    );
  });
  process.on('disconnect', () => process.exit());
  // Ctrl-C in a terminal reaches the workers too, but the server stops them itself when it has finished.
  process.on('SIGINT', () => {});
  setInterval(heartbeat, HEARTBEAT_MILLIS);
  heartbeat();
}
