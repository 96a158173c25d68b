import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type * as promClient from 'prom-client';
import { printNote } from './measure';

export type PromClient = typeof promClient;

/** The successor of prom-client. It is no dependency, because it cannot be installed on Node.js 20 without a warning. */
const SUCCESSOR = '@prometheus-io/client';
const SUCCESSOR_VERSION = '0.16.1';
const SUCCESSOR_NODE = 22;
const PEERS = join(__dirname, '../../.cache/bench');

/** The Prometheus clients: prom-client, its faster fork, and on Node.js 22 and later its successor. */
export async function promClients(): Promise<{ name: string; client: PromClient }[]> {
  const paths = new Map([
    ['prom-client', 'prom-client'],
    ['@platformatic/prom-client', '@platformatic/prom-client'],
  ]);
  if (Number.parseInt(process.versions.node, 10) >= SUCCESSOR_NODE) paths.set(SUCCESSOR, installSuccessor());
  else printNote(`${SUCCESSOR} is not measured: it needs Node.js ${SUCCESSOR_NODE} or later.`);
  return Promise.all(
    [...paths].map(async ([name, path]) => {
      const loaded = (await import(path)) as PromClient & { default?: PromClient };
      return { name, client: loaded.default ?? loaded };
    }),
  );
}

/** Installs the successor into a folder of its own, unless that was done before. Returns its path. */
function installSuccessor(): string {
  const path = join(PEERS, 'node_modules', SUCCESSOR);
  if (!existsSync(path)) {
    const options = ['--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', ['install', ...options, '--prefix', PEERS, `${SUCCESSOR}@${SUCCESSOR_VERSION}`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return require.resolve(path);
}
