/** A worker process: handles its share of the events of a replica set. */
import { start } from 'meterbridge';
import { orchestrator } from 'meterbridge/systems/orchestrator';
import { ProjectionOrchestrator, RemovedFromReplicaSet } from './projection-orchestrator';
import { PROJECTIONS } from './projections';
import { Store } from './store';

async function main(): Promise<void> {
  const [file = '', replicaSet = '', workerId = ''] = process.argv.slice(2);
  const stop = new AbortController();
  process.on('SIGTERM', () => stop.abort());
  // The process that has started this one serves what is recorded here.
  const sdk = await start({
    serviceName: 'orchestrator',
    systems: [orchestrator],
    metricsEnabled: process.env.METRICS !== 'disabled',
  });
  const store = new Store(file);
  try {
    await new ProjectionOrchestrator({ store, replicaSet, workerId }).run(PROJECTIONS, stop.signal);
  } catch (error) {
    // The supervisor starts another worker.
    process.exitCode = 1;
    if (!(error instanceof RemovedFromReplicaSet)) console.error(error);
  }
  store.close();
  await sdk.shutdown();
  if (process.connected) process.disconnect();
}

// Ctrl-C reaches every process of the terminal, but the supervisor stops the workers.
process.on('SIGINT', () => {});
// The supervisor has ended.
process.on('disconnect', () => process.exit());
void main();
