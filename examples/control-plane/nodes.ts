import type { History } from './history';
import { Node } from './node';
import { type Readings, read } from './readings';

const MAX_NODES = 20;
/** The interval at which the history is extended, and the window of its rates. */
const HISTORY_MILLIS = 2000;
const HISTORY_WINDOW_MILLIS = 60_000;

/** The monitored core nodes. */
export class Nodes {
  private readonly nodes = new Map<string, Node>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pollMillis: number,
    private readonly history: History,
  ) {}

  start(): void {
    const step = Math.min(HISTORY_MILLIS, this.pollMillis);
    this.timer = setInterval(() => this.history.add(Date.now(), this.read(HISTORY_WINDOW_MILLIS)), step);
  }

  stop(): void {
    clearInterval(this.timer);
    for (const node of this.nodes.values()) node.stop();
  }

  list(): readonly Node[] {
    return [...this.nodes.values()];
  }

  /**
   * Adds a node, or changes its address. Resolves after its first scrape.
   *
   * @returns `false` if the maximum number of nodes is reached
   */
  async watch(id: string, url: string): Promise<boolean> {
    if (this.nodes.size >= MAX_NODES && !this.nodes.has(id)) return false;
    this.nodes.get(id)?.stop();
    const node = new Node(id, url, this.pollMillis);
    this.nodes.set(id, node);
    await node.start();
    return true;
  }

  /** Removes a node. @returns whether it was monitored */
  forget(id: string): boolean {
    this.nodes.get(id)?.stop();
    return this.nodes.delete(id);
  }

  /** Returns the readings of all nodes, with the rates of the window before now. */
  read(windowMillis: number): Readings {
    return read(this.list(), Date.now(), windowMillis);
  }
}
