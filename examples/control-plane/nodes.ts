import { type MetricFamily, parseExposition } from 'meterbridge';
import { controlPlane } from 'meterbridge/systems/control-plane';
import type { History } from './history';
import { Reader, type Readings } from './readings';

const ANSWER_MILLIS = 2000;
const LEAST_POLL_MILLIS = 50;
const MOST_NODES = 20;
const MOST_PAGE_CHARACTERS = 10_000_000;

/** A core node as it was when it was last asked. */
export interface Node {
  readonly id: string;
  readonly url: string;
  readonly isHealthy: boolean;
  /** Why it is not healthy, or nothing. */
  readonly fault: string | undefined;
  /** Its metrics; nothing while it does not answer. */
  readonly families: ReadonlyMap<string, MetricFamily> | undefined;
}

/** The core nodes that are watched. */
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

  /** Watches a node, or one under another address. @returns whether there is room for it */
  async watch(id: string, url: string): Promise<boolean> {
    if (this.nodes.size >= MOST_NODES && !this.nodes.has(id)) return false;
    this.nodes.set(id, { id, url, isHealthy: false, fault: 'not asked yet', families: undefined });
    controlPlane.setCoreHealth(id, false);
    await this.ask(id, url);
    return true;
  }

  /** @returns whether it was watched */
  forget(id: string): boolean {
    controlPlane.removeNode(id);
    return this.nodes.delete(id);
  }

  /** Asks every node, once for all who want to know at the same time. Gives what they are like together. */
  poll(): Promise<Readings> {
    this.polling ??= this.pollNow().finally(() => {
      this.polling = undefined;
    });
    return this.polling;
  }

  private async pollNow(): Promise<Readings> {
    const { latest } = this;
    // Rates over less than a moment say little.
    if (latest !== undefined && Date.now() - latest.time < LEAST_POLL_MILLIS) return latest.readings;
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
      if (!response.ok) throw new Error(`it answers ${response.status}`);
      const page = await response.text();
      if (page.length > MOST_PAGE_CHARACTERS) throw new Error('its page is too large');
      answer = { isHealthy: true, fault: undefined, families: parseExposition(page) };
    } catch (error) {
      answer = { isHealthy: false, fault: reason(error), families: undefined };
    }
    // Forgotten, or moved, while it was asked.
    if (this.nodes.get(id)?.url !== url) return;
    this.nodes.set(id, { id, url, ...answer });
    controlPlane.setCoreHealth(id, answer.isHealthy);
    const events = answer.families?.get('allsource_storage_events_total')?.samples[0]?.value;
    if (events !== undefined) controlPlane.setCoreEvents(id, events);
  }
}

/** What went wrong, without the stack of what went wrong behind it. */
function reason(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { message?: string } };
  return cause?.message ?? message;
}
