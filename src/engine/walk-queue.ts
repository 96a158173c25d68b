import { Turns } from '../turns';

/** Runs walks one at a time, in the order in which they are asked for. */
export class WalkQueue {
  private last: Promise<unknown> = Promise.resolve();

  /** Waits for the walks before, then walks to the end, and lets the event loop run every millisecond. */
  run(steps: Iterator<unknown>): Promise<void> {
    const done = this.last.then(() => new Turns(steps).run());
    this.last = done.catch(() => {});
    return done;
  }
}
