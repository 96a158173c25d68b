import { type MetricFamily, parseExposition } from 'meterbridge';
import { controlPlane } from 'meterbridge/systems/control-plane';
import { CounterWindow, type Reading } from './counter-window';
import { COUNTERS, type Source } from './readings';

const MAX_PAGE_CHARACTERS = 10_000_000;
const TIMEOUT_MILLIS = 2000;

/** The longest window of rates, and how long samples are kept. */
export const RATE_WINDOW_MILLIS = 5 * 60_000;

/** A monitored core node. Scrapes it at an interval, independently of the other nodes and of who asks. */
export class Node implements Source {
  readonly counters = new CounterWindow(RATE_WINDOW_MILLIS);
  /** Why it is not healthy; `undefined` if its last scrape succeeded. */
  fault: string | undefined = 'not scraped yet';
  /** Its events by its own statistics, or by its metrics; `undefined` while it does not answer. */
  events: number | undefined;
  private families: ReadonlyMap<string, MetricFamily> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly stopped = new AbortController();
  private scraping: Promise<void> | undefined;

  constructor(
    readonly id: string,
    readonly url: string,
    private readonly pollMillis: number,
  ) {
    controlPlane.setCoreHealth(id, false);
  }

  get isHealthy(): boolean {
    return this.fault === undefined;
  }

  /** Resolves after the first scrape. */
  start(): Promise<void> {
    this.timer = setInterval(() => void this.scrape(), this.pollMillis);
    return this.scrape();
  }

  /** Ends scraping and the series of the node. */
  stop(): void {
    clearInterval(this.timer);
    this.stopped.abort();
    controlPlane.removeNode(this.id);
  }

  sum(family: string): number | undefined {
    const samples = this.families?.get(family)?.samples;
    return samples?.reduce((total, { value }) => total + value, 0);
  }

  /** A scrape that is in progress is not started again. */
  private scrape(): Promise<void> {
    this.scraping ??= this.scrapeNow().finally(() => {
      this.scraping = undefined;
    });
    return this.scraping;
  }

  private async scrapeNow(): Promise<void> {
    const time = Date.now();
    try {
      const page = await this.fetch('/metrics', { accept: 'text/plain;version=0.0.4' });
      if (page.length > MAX_PAGE_CHARACTERS) throw new Error('the page is too large');
      const families = parseExposition(page);
      const events = await this.totalEvents();
      if (this.stopped.signal.aborted) return;
      this.families = families;
      this.fault = undefined;
      this.events = events ?? this.sum('allsource_storage_events_total');
      this.counters.add(readingOf(families, time));
    } catch (error) {
      if (this.stopped.signal.aborted) return;
      this.families = undefined;
      this.events = undefined;
      this.fault = reason(error);
    }
    controlPlane.setCoreHealth(this.id, this.isHealthy);
    // The number of events of a node that does not answer is unknown.
    if (this.events !== undefined) controlPlane.setCoreEvents(this.id, this.events);
    else controlPlane.instruments.coreEventsTotal.remove({ node_id: this.id });
  }

  /** Returns the number of events in the statistics of the node; `undefined` if it has none. */
  private async totalEvents(): Promise<number | undefined> {
    try {
      const { total_events } = JSON.parse(await this.fetch('/api/v1/stats')) as { total_events?: unknown };
      return typeof total_events === 'number' ? total_events : undefined;
    } catch {
      return undefined;
    }
  }

  private async fetch(path: string, headers: Record<string, string> = {}): Promise<string> {
    const timeout = AbortSignal.timeout(TIMEOUT_MILLIS);
    const response = await fetch(this.url + path, { headers, signal: AbortSignal.any([timeout, this.stopped.signal]) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return response.text();
  }
}

function readingOf(families: ReadonlyMap<string, MetricFamily>, time: number): Reading {
  const values = new Map<string, number>();
  for (const family of COUNTERS) {
    for (const { name, labels, value } of families.get(family)?.samples ?? []) {
      values.set([name, ...[...labels].map(([label, text]) => `${label}=${text}`)].join(' '), value);
    }
  }
  return { time, values };
}

/** Returns the message of an error and of its cause, without stacks. */
function reason(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { message?: string } };
  return cause?.message ?? message;
}
