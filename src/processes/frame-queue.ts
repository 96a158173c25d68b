import { setImmediate as nextTurn } from 'node:timers/promises';
import { Turns } from '../turns';

interface WaitingFrame {
  readonly source: object;
  readonly handle: () => void;
}

/** Handles the frames of all workers one after the other, for a millisecond of each turn of the event loop. */
export class FrameQueue {
  private waiting: WaitingFrame[] = [];

  /**
   * Adds a frame.
   *
   * @param source who has sent it
   * @param handle called once, in a later turn. Must not throw
   */
  add(source: object, handle: () => void): void {
    this.waiting.push({ source, handle });
    if (this.waiting.length === 1) void this.run();
  }

  /** Handles what is left of a source within the call. */
  flush(source: object): void {
    const own = this.waiting.filter((each) => each.source === source);
    this.waiting = this.waiting.filter((each) => each.source !== source);
    for (const { handle } of own) handle();
  }

  private async run(): Promise<void> {
    await nextTurn();
    await new Turns(this.handleAll()).run();
  }

  private *handleAll(): Iterator<unknown> {
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) yield next.handle();
  }
}
