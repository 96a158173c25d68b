import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processSocketPath } from './socket-paths';

/** How long a candidate waits before it looks whether another one came after it, in milliseconds. */
const SETTLE_MILLIS = 100;

/**
 * A well-known path that leads to the socket of the process that serves a group. A process that finds nobody there puts
 * itself there; if several do, the last one stays, and the others see it when they look again. On Windows the path is a
 * named pipe, which only one process can have.
 */
export class Election {
  /** The socket that this process listens on as a candidate. */
  readonly candidatePath: string;
  private observed: string | undefined;

  /** @param path the path of the group */
  constructor(readonly path: string) {
    this.candidatePath = process.platform === 'win32' ? path : processSocketPath(process.pid);
  }

  /** Removes the socket of an earlier process with the id of this one. */
  clear(): void {
    if (process.platform !== 'win32') rmSync(this.candidatePath, { force: true });
  }

  /** Remembers where the path leads, before this process looks whether anybody is there. */
  observe(): void {
    this.observed = this.target();
  }

  /**
   * Makes the path lead to this process, unless another one was faster. Returns whether it still does when all candidates
   * have done so.
   */
  async win(): Promise<boolean> {
    if (process.platform === 'win32') return true;
    if (this.target() !== this.observed) return false;
    const temporary = `${this.path}.${process.pid}`;
    rmSync(temporary, { force: true });
    symlinkSync(this.candidatePath, temporary);
    renameSync(temporary, this.path);
    await sleep(SETTLE_MILLIS, undefined, { ref: false });
    return this.isWon();
  }

  /** Returns whether the path leads to this process. */
  isWon(): boolean {
    if (process.platform === 'win32') return true;
    return this.target() === this.candidatePath;
  }

  /** Removes the socket of this process, and the path if it leads there. */
  resign(): void {
    if (process.platform === 'win32') return;
    if (this.isWon()) rmSync(this.path, { force: true });
    this.clear();
  }

  private target(): string | undefined {
    try {
      return readlinkSync(this.path);
    } catch {
      return undefined;
    }
  }
}
