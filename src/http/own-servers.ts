import type { Server } from 'node:http';

const ownServers = new WeakSet<object>();

/** Marks a server as one of this package, whose requests are not the traffic of the app. */
export function markOwnServer(server: Server): void {
  ownServers.add(server);
}

/** Returns whether a server belongs to this package. */
export function isOwnServer(server: Server): boolean {
  return ownServers.has(server);
}
