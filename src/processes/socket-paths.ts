import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** The end of the name of a file with the final state of a process. */
export const FINAL_STATE_SUFFIX = '.final';
/** The age from which a final state is of a group that has no processes any more, in milliseconds. */
const MAX_STATE_AGE_MILLIS = 3_600_000;

const isWindows = process.platform === 'win32';

/**
 * Returns the folder of the sockets of this user, which no other user can enter, and creates it. If the name is taken by
 * something else, returns a new folder with another name.
 */
export function socketFolder(): string {
  const folder = join(tmpdir(), `meterbridge-${isWindows ? 'pipes' : userInfo().uid}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {}
  try {
    const status = lstatSync(folder);
    // On Windows, the temporary directory is that of the user.
    const isOwn = isWindows || (status.uid === userInfo().uid && (status.mode & 0o077) === 0);
    if (status.isDirectory() && isOwn) return folder;
  } catch {}
  return mkdtempSync(join(tmpdir(), 'meterbridge-'));
}

/** Returns the path of the socket of a process: a named pipe on Windows, else a Unix domain socket. */
export function processSocketPath(pid: number): string {
  return isWindows ? `\\\\.\\pipe\\meterbridge-${pid}` : join(socketFolder(), `${pid}.sock`);
}

/** Returns the path under which the serving process of a group of equal processes is found. */
export function groupSocketPath(group: readonly string[]): string {
  const name = createHash('sha256').update(JSON.stringify(group)).digest('hex').slice(0, 16);
  return isWindows ? `\\\\.\\pipe\\meterbridge-group-${name}` : join(socketFolder(), `group-${name}`);
}

/** Removes what is left of processes that were killed, and final states of groups that nobody has read for an hour. */
export function removeStaleSockets(): void {
  if (isWindows) return;
  try {
    const folder = socketFolder();
    for (const file of readdirSync(folder)) {
      const path = join(folder, file);
      const pid = /^(\d+)\.sock\b/.exec(file)?.[1];
      const isStale = pid === undefined ? isOldState(path) : !isRunning(Number(pid));
      if (isStale) rmSync(path, { force: true });
    }
  } catch {}
}

function isOldState(path: string): boolean {
  return path.includes(FINAL_STATE_SUFFIX) && lstatSync(path).mtimeMs < Date.now() - MAX_STATE_AGE_MILLIS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
