import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

const isWindows = process.platform === 'win32';

/**
 * Returns the folder of the sockets of this user, which no other user can enter, and creates it. If the name is taken by
 * something else, returns a new folder with another name.
 */
function socketFolder(): string {
  const folder = join(tmpdir(), `meterbridge-${isWindows ? 'pipes' : userInfo().uid}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {}
  try {
    const { uid, mode } = lstatSync(folder);
    if (lstatSync(folder).isDirectory() && uid === userInfo().uid && (mode & 0o077) === 0) return folder;
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

/** Removes sockets of processes that were killed. */
export function removeStaleSockets(): void {
  if (isWindows) return;
  try {
    const folder = socketFolder();
    for (const file of readdirSync(folder)) {
      const pid = /^(\d+)\.sock$/.exec(file)?.[1];
      if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, file), { force: true });
    }
  } catch {}
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
