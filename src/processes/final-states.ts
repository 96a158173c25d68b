import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, win32 } from 'node:path';
import type { CollectedStream } from '../collection/slices';
import { report } from '../diagnostics';
import { errorMessage } from '../issues';
import { FrameReader } from './frame-reader';
import { splitFrames } from './frame-socket';
import { SOURCE } from './frame-types';
import { selectMergeRule } from './gauge-merge';
import type { MergedStore } from './merged-store';
import { type Origin, originFrame, Replica } from './replica';
import { FINAL_STATE_SUFFIX, socketFolder } from './socket-paths';
import { StateEncoder } from './state-encoder';

/** When this process started, in milliseconds since the epoch. */
const PROCESS_START = Date.now() - process.uptime() * 1000;

/**
 * Files in which processes leave what they have counted, for the process that serves or the one that serves next. A file is
 * written within the call, so that it is complete when the process ends, whether anybody receives metrics at that moment or not.
 */
export class FinalStates {
  private readonly folder = socketFolder();
  private readonly prefix: string;

  /** @param aggregatorPath the socket of the process that serves, or the path of the group */
  constructor(aggregatorPath: string) {
    const name = process.platform === 'win32' ? win32.basename(aggregatorPath) : basename(aggregatorPath);
    this.prefix = `${name}.`;
  }

  /**
   * Writes a file. A failure is reported.
   *
   * @param own what the process has recorded itself
   * @param ended what ended processes have counted
   */
  write(origin: Origin, own: readonly CollectedStream[], ended: readonly CollectedStream[]): void {
    const path = this.path(origin.instance);
    try {
      const frames = [
        originFrame(origin),
        ...new StateEncoder(SOURCE.OWN).encode(own.filter(isCount), true, 0),
        ...new StateEncoder(SOURCE.ENDED).encode(ended, true, 0),
      ];
      writeFileSync(`${path}.new`, Buffer.concat(frames.filter((frame) => frame !== undefined)), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      report('processes', `the last counts of process ${process.pid} cannot be kept: ${errorMessage(error)}`);
    }
  }

  /** Returns the instances that have left a file since this process started. Older files are of processes before it, and removed. */
  instances(): string[] {
    try {
      const files = readdirSync(this.folder).filter(
        (file) => file.startsWith(this.prefix) && file.endsWith(FINAL_STATE_SUFFIX),
      );
      const instances = files.map((file) => file.slice(this.prefix.length, -FINAL_STATE_SUFFIX.length));
      return instances.filter((instance) => {
        // Another process may have read it meanwhile.
        const status = statSync(this.path(instance), { throwIfNoEntry: false });
        if (status === undefined) return false;
        const isCurrent = status.mtimeMs >= PROCESS_START;
        if (!isCurrent) this.remove(instance);
        return isCurrent;
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        report('processes', `the last counts of processes cannot be found: ${errorMessage(error)}`);
      }
      return [];
    }
  }

  /** Reads what an instance has left into a store, and removes the file. */
  take(instance: string, store: MergedStore): Replica | undefined {
    const replica = new Replica(store);
    try {
      const bytes = readFileSync(this.path(instance));
      this.remove(instance);
      for (const content of splitFrames(bytes)) {
        const frame = new FrameReader(content);
        replica.receive(frame.byte(), frame);
      }
      return replica;
    } catch (error) {
      replica.discard();
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        report('processes', `the last counts of a process cannot be read: ${errorMessage(error)}`);
      }
      return undefined;
    }
  }

  /** Removes the file of an instance, if there is one. */
  remove(instance: string): void {
    rmSync(this.path(instance), { force: true });
  }

  private path(instance: string): string {
    return join(this.folder, this.prefix + instance + FINAL_STATE_SUFFIX);
  }
}

/** Nothing else stays of a process that has ended. */
function isCount(stream: CollectedStream): boolean {
  return selectMergeRule(stream) === 'count';
}
