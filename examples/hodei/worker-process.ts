/** A worker: a process of its own that does one job at a time and tells every now and then how it is. */
import { perform, type Work } from './jobs';

/** What the server tells a worker. */
export interface Assignment {
  readonly jobId: string;
  readonly work: Work;
}

/** What a worker tells the server. */
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
  tell({ type: 'heartbeat', cpuPercent, memoryMb: process.memoryUsage.rss() / 1e6 });
}

function tell(report: WorkerReport): void {
  process.send?.(report);
}

if (require.main === module) {
  process.on('message', ({ jobId, work }: Assignment) => {
    perform(work).then(
      (result) => tell({ type: 'completed', jobId, result }),
      (error: Error) => tell({ type: 'failed', jobId, errorType: error.name, message: error.message }),
    );
  });
  process.on('disconnect', () => process.exit());
  // The server stops its workers itself, when it has finished; a Ctrl-C in the terminal reaches them too.
  process.on('SIGINT', () => {});
  setInterval(heartbeat, HEARTBEAT_MILLIS);
  heartbeat();
}
