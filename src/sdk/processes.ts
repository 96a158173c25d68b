import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { findAggregator, type ProgramIdentity } from '../processes/aggregator-address';
import { LoneGroup } from '../processes/lone-group';
import type { PageSource } from '../processes/page';
import { PrimaryGroup } from '../processes/primary-group';
import type { ProcessGroup } from '../processes/process-group';
import { type Role, selectRole } from '../processes/role';
import { groupSocketPath } from '../processes/socket-paths';
import type { Settings } from './settings';

/** What this process or thread is in its program. */
export interface Membership {
  readonly role: Role;
  readonly identity: ProgramIdentity;
  /** The socket of the process that serves, for a worker. */
  readonly aggregator: string | undefined;
}

/** Returns what this process or thread is in its program. */
export function findMembership(settings: Settings): Membership {
  const identity = { service: settings.serviceName, port: settings['prometheus.port'] };
  const aggregator = settings.processes === 'aggregate' ? findAggregator(identity) : undefined;
  const role = selectRole({
    mode: settings.processes,
    script: process.argv[1],
    isMainThread,
    isClusterWorker: cluster.isWorker,
    hasChannel: process.send !== undefined,
    hasAggregator: aggregator !== undefined,
  });
  return { role, identity, aggregator };
}

/** Returns whether a process with a role can come to serve and push metrics. */
export function canServe({ role }: Membership): boolean {
  return role === 'primary' || role === 'elected' || role === 'separate';
}

/**
 * Makes this process a member of the processes and threads of its program.
 *
 * @param makePage makes a page of the metrics of all processes, where this process serves
 * @param aggregation that of the reader which serves
 */
export function createGroup(
  { role, identity, aggregator }: Membership,
  settings: Settings,
  makePage: PageSource,
  aggregation: IMetricReader['selectAggregation'],
): ProcessGroup {
  const { cardinalityLimit, processSyncIntervalMillis: intervalMillis } = settings;
  const options = { makePage, cardinalityLimit, intervalMillis };
  // Most programs have one process, which needs neither of these.
  if (aggregator !== undefined) {
    const { WorkerGroup } = require('../processes/worker-group') as typeof import('../processes/worker-group');
    return new WorkerGroup(options, aggregator, aggregation);
  }
  if (role === 'elected') {
    const { ElectedGroup } = require('../processes/elected-group') as typeof import('../processes/elected-group');
    return new ElectedGroup(options, groupSocketPath(describeGroup(identity)), identity, aggregation);
  }
  return role === 'primary' && settings.processes === 'aggregate'
    ? new PrimaryGroup(options, identity)
    : new LoneGroup();
}

/** Returns what the equal processes of one program have in common: their parent, their script, and the app's name in pm2. */
function describeGroup({ service, port }: ProgramIdentity): string[] {
  const { pm_exec_path: script = process.argv[1], name } = { ...process.env, ...readPm2Environment() };
  return [process.ppid, script, name, service, port].map(String);
}

/**
 * Sets the variables that pm2 sets itself, but only after a preload: in its cluster mode they are not in the environment of
 * a process when it starts.
 */
export function applyPm2Environment(): void {
  for (const [name, value] of Object.entries(readPm2Environment())) {
    if (/^(OTEL|METERBRIDGE)_/.test(name) && typeof value !== 'object') process.env[name] = String(value);
  }
}

function readPm2Environment(): Record<string, unknown> {
  try {
    return JSON.parse(process.env.pm2_env ?? '{}') as Record<string, unknown>;
  } catch {
    return {};
  }
}
