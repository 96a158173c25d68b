import { setImmediate as nextTurn } from 'node:timers/promises';

/** The longest that a page is made, sent or merged in one turn of the event loop, in milliseconds. */
export const TURN_MILLIS = 1;
/** How many items a step of a walk looks at, at most. */
export const STEP_SIZE = 500;

/** A walk over many items, which can be finished at once while it is under way. */
export class Turns {
  private isDone = false;

  constructor(private readonly steps: Iterator<unknown>) {}

  /** Walks to the end, and lets the event loop run every millisecond. */
  async run(): Promise<void> {
    let start = performance.now();
    while (!this.step()) {
      if (performance.now() - start < TURN_MILLIS) continue;
      await nextTurn();
      start = performance.now();
    }
  }

  /** Walks to the end within the call. */
  runAtOnce(): void {
    while (!this.step());
  }

  /** @returns whether the end was reached */
  private step(): boolean {
    if (!this.isDone) this.isDone = this.steps.next().done === true;
    return this.isDone;
  }
}
