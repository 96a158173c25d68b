import { type MetricFamily, parseExposition } from 'meterbridge';
import { controlPlane } from 'meterbridge/systems/control-plane';
import type { History } from './history';
import { Reader, type Readings } from './readings';

const ANSWER_MILLIS = 2000;
const MIN_POLL_MILLIS = 50;
const MAX_NODES = 20;
const MAX_PAGE_CHARACTERS = 10_000_000;

/** The state of a core node at its last scrape. */
export interface Node {
  readonly id: string;
  readonly url: string;
  readonly isHealthy: boolean;
  /** Why it is not healthy, if it is not. */
  readonly fault: string | undefined;
  /** Its metrics; `undefined` while it does not answer. */
  readonly families: ReadonlyMap<string, MetricFamily> | undefined;
}

/** The monitored core nodes. */
export class Nodes {
  private readonly nodes = new Map<string, Node>();
  private timer: NodeJS.Timeout | undefined;
  private latest: { readonly time: number; readonly readings: Readings } | undefined;
  private readonly reader = new Reader();
  private polling: Promise<Readings> | undefined;

  constructor(
    private readonly pollMillis: number,
    private readonly history: History,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.poll(), this.pollMillis);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  list(): readonly Node[] {
    return [...this.nodes.values()];
  }

  /** Adds a node, or changes its address. @returns `false` if the maximum number of nodes is reached */
  async watch(id: string, url: string): Promise<boolean> {
    if (this.nodes.size >= MAX_NODES && !this.nodes.has(id)) return false;
    this.nodes.set(id, { id, url, isHealthy: false, fault: 'not asked yet', families: undefined });
    controlPlane.setCoreHealth(id, false);
    await this.ask(id, url);
    return true;
  }

  /** Removes a node. @returns whether it was monitored */
  forget(id: string): boolean {
    controlPlane.removeNode(id);
    return this.nodes.delete(id);
  }

  /** Scrapes every node and returns their aggregated readings. Concurrent calls share one scrape. */
  poll(): Promise<Readings> {
    this.polling ??= this.pollNow().finally(() => {
      this.polling = undefined;
    });
    return this.polling;
  }

  private async pollNow(): Promise<Readings> {
    const { latest } = this;
    // A rate over a shorter time is not meaningful.
    if (latest !== undefined && Date.now() - latest.time < MIN_POLL_MILLIS) return latest.readings;
    await Promise.all(this.list().map(({ id, url }) => this.ask(id, url)));
    const time = Date.now();
    const readings = this.reader.read(this.list(), time);
    this.history.add(time, readings);
    this.latest = { time, readings };
    return readings;
  }

  private async ask(id: string, url: string): Promise<void> {
    let answer: Pick<Node, 'isHealthy' | 'fault' | 'families'>;
    try {
      const response = await fetch(`${url}/metrics`, {
        headers: { accept: 'text/plain;version=0.0.4' },
        signal: AbortSignal.timeout(ANSWER_MILLIS),
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const page = await response.text();
      if (page.length > MAX_PAGE_CHARACTERS) throw new Error('the page is too large');
      answer = { isHealthy: true, fault: undefined, families: parseExposition(page) };
    } catch (error) {
      answer = { isHealthy: false, fault: reason(error), families: undefined };
    }
    // Removed, or given another address, while it was scraped.
    if (this.nodes.get(id)?.url !== url) return;
    this.nodes.set(id, { id, url, ...answer });
    controlPlane.setCoreHealth(id, answer.isHealthy);
    const events = answer.families?.get('allsource_storage_events_total')?.samples[0]?.value;
    if (events !== undefined) controlPlane.setCoreEvents(id, events);
  }
}

/** Returns the message of an error and of its cause, without stacks. */
function reason(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { message?: string } };
  return cause?.message ?? message;
}
