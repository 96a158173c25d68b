/** A worker: a process that executes one job at a time, sends heartbeats, and records its own usage of CPU and memory. */
import { start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { perform, type Work } from './jobs';

/** A message of the server to a worker. */
export interface Assignment {
  readonly jobId: string;
  readonly work: Work;
}

/** A message of a worker to the server. */
export type WorkerReport =
  | { readonly type: 'heartbeat' }
  | { readonly type: 'completed'; readonly jobId: string; readonly result: string }
  | { readonly type: 'failed'; readonly jobId: string; readonly errorType: string; readonly message: string };

export const HEARTBEAT_MILLIS = 500;

let before = { cpu: process.cpuUsage(), at: performance.now() };

function heartbeat(id: string): void {
  const now = { cpu: process.cpuUsage(), at: performance.now() };
  const cpuMicros = now.cpu.user + now.cpu.system - before.cpu.user - before.cpu.system;
  hodei.setCpuUsage(id, (cpuMicros / 1000 / Math.max(now.at - before.at, 1)) * 100);
  hodei.setMemoryUsage(id, process.memoryUsage.rss() / 1e6);
  before = now;
  send({ type: 'heartbeat' });
}

function send(report: WorkerReport): void {
  process.send?.(report);
}

async function main(): Promise<void> {
  const [id = ''] = process.argv.slice(2);
  process.on('disconnect', () => process.exit());
  // Ctrl-C in a terminal reaches the workers too, but the server stops them itself when it has finished.
  process.on('SIGINT', () => {});
  // The server, which has forked this process, serves what is recorded here.
  await start({ serviceName: 'hodei', systems: [hodei] });
  process.on('message', ({ jobId, work }: Assignment) => {
    perform(work).then(
      (result) => send({ type: 'completed', jobId, result }),
      (error: Error) => send({ type: 'failed', jobId, errorType: error.name, message: error.message }),
    );
  });
  setInterval(() => heartbeat(id), HEARTBEAT_MILLIS);
  heartbeat(id);
}

if (require.main === module) void main();
