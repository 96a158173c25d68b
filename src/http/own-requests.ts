import type { IncomingMessage } from 'node:http';

const ownRequests = new WeakSet<IncomingMessage>();

/** Marks a request as one that this package answers, so that HTTP instrumentation can leave it out. */
export function markOwnRequest(request: IncomingMessage): void {
  ownRequests.add(request);
}

/** Returns whether this package answers the request: a scrape or a probe, not the traffic of the app. */
export function isOwnRequest(request: IncomingMessage): boolean {
  return ownRequests.has(request);
}
