import { existsSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { processSocketPath } from './socket-paths';

/** The variable in which a process passes to its descendants where to send their metrics. Not for users. */
export const AGGREGATOR_VARIABLE = 'METERBRIDGE_AGGREGATOR';

/** What the metrics of a program are known by. A descendant with another identity is another program. */
export interface ProgramIdentity {
  /** The name of the service, if it is configured. */
  readonly service: string | undefined;
  /** The port of the metrics, if it is configured. */
  readonly port: number | undefined;
}

interface AggregatorAddress extends ProgramIdentity {
  readonly path: string;
}

/** Tells descendants where to send their metrics. Returns a function that ends it. */
export function announceAggregator(path: string, identity: ProgramIdentity): () => void {
  const value = JSON.stringify({ path, ...identity } satisfies AggregatorAddress);
  process.env[AGGREGATOR_VARIABLE] = value;
  return () => {
    if (process.env[AGGREGATOR_VARIABLE] === value) delete process.env[AGGREGATOR_VARIABLE];
  };
}

/**
 * Returns the socket of the ancestor or of the main thread that aggregates the metrics of this program, if there is one.
 * A child process that was started with an environment of its own finds its parent by the process id.
 */
export function findAggregator(identity: ProgramIdentity): string | undefined {
  const announced = readAddress();
  if (announced !== undefined)
    return isPartOf(announced, identity) && isThere(announced.path) ? announced.path : undefined;
  if (isMainThread && process.send === undefined) return undefined;
  const path = processSocketPath(isMainThread ? process.ppid : process.pid);
  return existsSync(path) ? path : undefined;
}

function readAddress(): AggregatorAddress | undefined {
  try {
    return JSON.parse(process.env[AGGREGATOR_VARIABLE] ?? '') as AggregatorAddress;
  } catch {
    return undefined;
  }
}

/** A process that configures another name or port wants an endpoint of its own. */
function isPartOf(program: ProgramIdentity, { service, port }: ProgramIdentity): boolean {
  return (service === undefined || service === program.service) && (port === undefined || port === program.port);
}

/** The names of pipes cannot be looked up. */
function isThere(path: string): boolean {
  return process.platform === 'win32' || existsSync(path);
}
