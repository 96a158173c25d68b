import { basename } from 'node:path';

/** How the processes and threads of one program share their metrics. */
export const PROCESS_MODES = ['aggregate', 'separate', 'off'] as const;

/** A value of the setting `processes`. */
export type ProcessMode = (typeof PROCESS_MODES)[number];

/**
 * What a process or thread does with its metrics:
 *
 * - `primary`: serves and pushes its own metrics, and those of its workers.
 * - `worker`: sends its metrics to the primary. Serves and pushes nothing itself.
 * - `elected`: one of several equal processes, whose parent has no metrics. One of them acts as primary for all.
 * - `separate`: serves and pushes its own metrics, and identifies itself by `service.instance.id`.
 * - `silent`: serves and pushes nothing.
 * - `launcher`: starts the program and is not the program. Serves and pushes nothing.
 */
export type Role = 'primary' | 'worker' | 'elected' | 'separate' | 'silent' | 'launcher';

/** What the role of a process or thread depends on. */
export interface ProcessFacts {
  readonly mode: ProcessMode;
  /** The path of the program: `process.argv[1]`. */
  readonly script: string | undefined;
  /** Whether this is the main thread of its process. */
  readonly isMainThread: boolean;
  /** Whether the process was started by `cluster.fork()`, be it of the program or of pm2. */
  readonly isClusterWorker: boolean;
  /** Whether the process was started by `child_process.fork()`: it has a channel to its parent. */
  readonly hasChannel: boolean;
  /** Whether an ancestor or the main thread aggregates metrics under the same service name and port. */
  readonly hasAggregator: boolean;
}

/** The names of the programs that only start others, without their extensions. */
const LAUNCHERS: ReadonlySet<string> = new Set([
  'npm',
  'npm-cli',
  'npx',
  'npx-cli',
  'yarn',
  'yarnpkg',
  'pnpm',
  'pnpx',
  'corepack',
  'lerna',
  'nx',
  'turbo',
  'pm2',
  'pm2-dev',
  'pm2-docker',
  'pm2-runtime',
]);

/** The scripts of pm2's daemon; pm2 sets no other name for it before it has started. */
const PM2_DAEMON = /[\\/]pm2[\\/]lib[\\/](Daemon|God)\.js$/;

/** Returns whether a script only starts other programs, such as that of `npm`, which inherits `NODE_OPTIONS` too. */
export function isLauncher(script: string | undefined): boolean {
  if (script === undefined) return false;
  return (
    LAUNCHERS.has(basename(script.replaceAll('\\', '/')).replace(/\.[cm]?js$/, '')) ||
    isYarnRelease(script) ||
    PM2_DAEMON.test(script)
  );
}

/** Yarn 2 and later are single files with their version in the name: `.yarn/releases/yarn-4.5.0.cjs`. */
function isYarnRelease(script: string): boolean {
  return /[\\/]yarn-\d[\w.-]*\.c?js$/.test(script);
}

/** Returns the role of a process or thread. */
export function selectRole(facts: ProcessFacts): Role {
  const { mode, script, isMainThread, isClusterWorker, hasChannel, hasAggregator } = facts;
  if (isMainThread && isLauncher(script)) return 'launcher';
  const isPart = !isMainThread || isClusterWorker || hasChannel;
  if (mode === 'off') return isPart ? 'silent' : 'primary';
  if (mode === 'separate') return 'separate';
  if (hasAggregator) return 'worker';
  return isMainThread && isClusterWorker ? 'elected' : 'primary';
}
