import { describe, expect, it } from 'vitest';
import { type ProcessFacts, type Role, selectRole } from '../../src/processes/role';

const PLAIN: ProcessFacts = {
  mode: 'aggregate',
  script: '/app/server.js',
  isMainThread: true,
  isClusterWorker: false,
  hasChannel: false,
  hasAggregator: false,
};
const CLUSTER_WORKER = { isClusterWorker: true, hasChannel: true };
const THREAD = { isMainThread: false };
const FORKED = { hasChannel: true };

const ROWS: readonly (readonly [what: string, facts: Partial<ProcessFacts>, role: Role])[] = [
  ['a plain process', {}, 'primary'],
  ['a process without a script, such as the REPL', { script: undefined }, 'primary'],
  ['the primary of a cluster', {}, 'primary'],
  ['a cluster worker of a primary with metrics', { ...CLUSTER_WORKER, hasAggregator: true }, 'worker'],
  ['a cluster worker of a primary without metrics', CLUSTER_WORKER, 'elected'],
  ['a worker of the cluster mode of pm2', { ...CLUSTER_WORKER, script: '/x/pm2/lib/ProcessContainer.js' }, 'elected'],
  ['a process of the fork mode of pm2', { ...FORKED, script: '/x/pm2/lib/ProcessContainerFork.js' }, 'primary'],
  ['a worker thread of a process with metrics', { ...THREAD, hasAggregator: true }, 'worker'],
  ['a worker thread of a process without metrics', THREAD, 'primary'],
  ['a worker thread of an elected process', { ...THREAD, isClusterWorker: true, hasAggregator: true }, 'worker'],
  ['a forked child of a program that aggregates', { ...FORKED, hasAggregator: true }, 'worker'],
  ['a forked child of a program without metrics', FORKED, 'primary'],
  ['a spawned child of a program that aggregates', { hasAggregator: true }, 'worker'],
  ['npm', { script: '/usr/lib/node_modules/npm/bin/npm-cli.js' }, 'launcher'],
  ['npm by its link', { script: '/usr/bin/npm' }, 'launcher'],
  ['npm on Windows', { script: 'C:\\Program Files\\nodejs\\node_modules\\npm\\bin\\npm-cli.js' }, 'launcher'],
  ['npx', { script: '/usr/lib/node_modules/npm/bin/npx-cli.js' }, 'launcher'],
  ['yarn 1', { script: '/usr/share/yarn/bin/yarn.js' }, 'launcher'],
  ['yarn 4', { script: '/app/.yarn/releases/yarn-4.5.0.cjs' }, 'launcher'],
  ['pnpm', { script: '/usr/lib/node_modules/pnpm/bin/pnpm.cjs' }, 'launcher'],
  ['corepack', { script: '/usr/lib/node_modules/corepack/dist/corepack.js' }, 'launcher'],
  ['the command pm2', { script: '/usr/lib/node_modules/pm2/bin/pm2' }, 'launcher'],
  ['the daemon of pm2', { script: '/usr/lib/node_modules/pm2/lib/Daemon.js' }, 'launcher'],
  ['an app whose name begins like a launcher', { script: '/app/npm-statistics.js' }, 'primary'],
  ['a thread of a launcher', { ...THREAD, script: '/usr/bin/npm', hasAggregator: true }, 'worker'],
  ['npm, if each process is on its own', { script: '/usr/bin/npm', mode: 'separate' }, 'launcher'],
  ['a plain process, if each process is on its own', { mode: 'separate' }, 'separate'],
  ['a cluster worker, if each process is on its own', { ...CLUSTER_WORKER, mode: 'separate' }, 'separate'],
  ['a worker thread, if each process is on its own', { ...THREAD, mode: 'separate' }, 'separate'],
  ['a plain process, if other processes are off', { mode: 'off' }, 'primary'],
  ['a cluster worker, if other processes are off', { ...CLUSTER_WORKER, mode: 'off' }, 'silent'],
  ['a worker thread, if other processes are off', { ...THREAD, mode: 'off' }, 'silent'],
  ['a forked child, if other processes are off', { ...FORKED, mode: 'off' }, 'silent'],
];

describe('selectRole', () => {
  it.each(ROWS)('gives %s its role', (_, facts, role) => {
    expect(selectRole({ ...PLAIN, ...facts })).toBe(role);
  });
});
