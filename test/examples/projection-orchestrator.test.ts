import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MeterProvider } from 'meterbridge';
import { Orchestrator } from 'meterbridge/systems/orchestrator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProjectionOrchestrator, RemovedFromReplicaSet } from '../../examples/orchestrator/projection-orchestrator';
import { PROJECTIONS } from '../../examples/orchestrator/projections';
import { Store } from '../../examples/orchestrator/store';
import { until } from '../servers/processes';

const createMetrics = () => new Orchestrator(new MeterProvider().getMeter('orchestrator'));
const [users, orders] = PROJECTIONS as [(typeof PROJECTIONS)[number], (typeof PROJECTIONS)[number]];

describe('an orchestrator as a part of a program', () => {
  let folder: string;
  let store: Store;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'projection-orchestrator-'));
    store = new Store(join(folder, 'orchestrator.db'));
  });
  afterAll(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('two orchestrators of one process run side by side, and metricsEnabled: false disables the metrics of one of them', async () => {
    const metrics = createMetrics();
    const stop = new AbortController();
    const create = (replicaSet: string, metricsEnabled?: boolean) =>
      new ProjectionOrchestrator({
        store,
        replicaSet,
        workerId: `${replicaSet}-1`,
        metrics,
        ...(metricsEnabled === undefined ? {} : { metricsEnabled }),
      });
    const running = [
      create('measured').run([users], stop.signal),
      create('unmeasured', false).run([orders], stop.signal),
    ];
    for (let i = 0; i < 5; i++) store.append(`user-${i}`, 'UserRegistered', { plan: 'team' });
    store.append('order-1', 'OrderPlaced', { product: 'book', quantity: 2 });
    await until(() => (store.view('user_projection').team === 5 ? true : undefined));
    await until(() => (store.view('order_projection').book === 2 ? true : undefined));

    const { instruments } = metrics;
    await until(() =>
      instruments.eventsProcessedTotal.get({ replica_set: 'measured', projection: 'user_projection' }) === 6
        ? true
        : undefined,
    );
    expect(instruments.workersRegisteredTotal.get({ replica_set: 'measured' })).toBe(1);
    expect(instruments.generationsTotal.get({ replica_set: 'measured' })).toBe(1);
    expect(instruments.workerState.get({ replica_set: 'measured', worker_id: 'measured-1', state: 'processing' })).toBe(
      1,
    );
    expect(instruments.workersRegisteredTotal.get({ replica_set: 'unmeasured' })).toBe(0);
    expect(instruments.eventsProcessedTotal.get({ replica_set: 'unmeasured', projection: 'order_projection' })).toBe(0);
    metrics.recordReconfiguration('of another orchestrator');
    expect(instruments.reconfigurationTotal.get({ replica_set: 'of another orchestrator' })).toBe(1);

    stop.abort();
    await Promise.all(running);
    expect(store.census('measured', 60_000).workers).toBe(0);
    expect(store.census('unmeasured', 60_000).workers).toBe(0);
  });

  it('an orchestrator that the others have removed rejects, and its series end', async () => {
    const metrics = createMetrics();
    const run = new ProjectionOrchestrator({ store, replicaSet: 'slow', workerId: 'slow-1', metrics }).run(
      [],
      new AbortController().signal,
    );
    store.leave('slow', 'slow-1');
    await expect(run).rejects.toThrow(RemovedFromReplicaSet);
    const labels = { replica_set: 'slow', worker_id: 'slow-1', state: 'stopping' } as const;
    expect(metrics.instruments.workerState.get(labels)).not.toBe(1);
  });
});
