import { type ParsedFamily, parseExposition } from 'meterbridge';
import { controlPlane } from 'meterbridge/systems/control-plane';

const ANSWER_MILLIS = 2000;
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
  readonly families: ReadonlyMap<string, ParsedFamily> | undefined;
}

/** The core nodes that are watched. */
export class Nodes {
  private readonly nodes = new Map<string, Node>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly pollMillis: number) {}

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
    controlPlane.endNode(id);
    return this.nodes.delete(id);
  }

  async poll(): Promise<void> {
    await Promise.all(this.list().map(({ id, url }) => this.ask(id, url)));
  }

  /** The sum of a family's samples over the nodes that answer; nothing where none has it. */
  total(family: string): number | null {
    const values = this.list().flatMap(
      ({ families }) => families?.get(family)?.samples.map(({ value }) => value) ?? [],
    );
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
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
