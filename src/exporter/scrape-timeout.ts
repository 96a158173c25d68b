import type { IncomingMessage } from 'node:http';

const DEFAULT_MILLIS = 30_000;
const MAX_MILLIS = 120_000;

/** Returns how long the scraper waits, as Prometheus says in `X-Prometheus-Scrape-Timeout-Seconds`, in milliseconds. */
export function scrapeTimeoutMillis(request: IncomingMessage): number {
  const seconds = Number(request.headers['x-prometheus-scrape-timeout-seconds']);
  return seconds > 0 ? Math.min(seconds * 1000, MAX_MILLIS) : DEFAULT_MILLIS;
}
