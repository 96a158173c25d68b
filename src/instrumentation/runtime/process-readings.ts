import { readdirSync, readFileSync } from 'node:fs';

// Files below /proc are views of data of the kernel: reading them blocks as little as any other system call.

/** Memory of the process as the kernel counts it, in bytes. What the platform does not tell is absent. */
export interface ProcessMemory {
  readonly resident: number;
  readonly virtual?: number;
  /** The size of the data segment. */
  readonly data?: number;
}

/** Returns the memory of the process. On platforms other than Linux only the resident size is known. */
export function readProcessMemory(): ProcessMemory {
  const status = readProc('/proc/self/status');
  const find = (key: string) => findKilobytes(status, key);
  const [resident, virtual, data] = [find('VmRSS'), find('VmSize'), find('VmData')];
  return {
    resident: resident ?? process.memoryUsage.rss(),
    ...(virtual === undefined ? {} : { virtual }),
    ...(data === undefined ? {} : { data }),
  };
}

function findKilobytes(status: string | undefined, key: string): number | undefined {
  const match = status === undefined ? null : new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(status);
  return match === null ? undefined : Number(match[1]) * 1024;
}

/** Returns the number of open file descriptors, or `undefined` on platforms other than Linux. */
export function countOpenFiles(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    // One of them is the descriptor of the directory that is being read.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
}

/** Returns the soft limit of open file descriptors, or `undefined` if there is none or the platform does not tell it. */
export function readMaxOpenFiles(): number | undefined {
  const match = /^Max open files\s+(\d+)/m.exec(readProc('/proc/self/limits') ?? '');
  return match === null ? undefined : Number(match[1]);
}

function readProc(path: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Returns how often each text occurs. */
export function countEach(texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/** Functions of `process` that Node.js does not document, and may remove. */
interface UndocumentedProcess {
  readonly _getActiveHandles?: () => readonly unknown[];
  readonly _getActiveRequests?: () => readonly unknown[];
}

/** Returns the class of each active handle, or `undefined` if this version of Node.js does not tell it. */
export function readActiveHandles(): string[] | undefined {
  return (process as UndocumentedProcess)._getActiveHandles?.().map(className);
}

/** Returns the class of each active request, or `undefined` if this version of Node.js does not tell it. */
export function readActiveRequests(): string[] | undefined {
  return (process as UndocumentedProcess)._getActiveRequests?.().map(className);
}

function className(value: unknown): string {
  return (value as { readonly constructor?: { readonly name?: string } } | null)?.constructor?.name ?? 'Object';
}
