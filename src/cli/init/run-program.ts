import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RegisterMessage } from '../prom-client-preload';
import type { FamilyHint } from './guess-registry';

/** The default register of a program that uses prom-client. */
export interface ProgramRegister {
  /** The page of each copy of the library. */
  readonly pages: readonly string[];
  readonly hints: ReadonlyMap<string, FamilyHint>;
}

/**
 * Runs a program with Node.js, and reads the default register of prom-client when the program ends or after a while. Its
 * output goes to the standard error output.
 *
 * @param seconds how long a program runs that does not end by itself
 * @throws Error if the program does not exist, fails or does not use prom-client
 */
export async function readProgram(path: string, seconds: number): Promise<ProgramRegister> {
  if (!existsSync(path)) throw new Error(`${path} cannot be read: no such file`);
  // The build puts this file into `cli/main.js`.
  const child = spawn(process.execPath, ['--require', join(__dirname, 'prom-client-preload.js'), path], {
    stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
    env: { ...process.env, METERBRIDGE_INIT_MILLIS: String(seconds * 1000) },
  });
  const message = await new Promise<RegisterMessage>((resolve, reject) => {
    child.once('message', (received) => resolve(received as RegisterMessage));
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`${path} ended with code ${code} before its metrics were read; it must not call process.exit`)),
    );
  });
  const { pages, hints } = message;
  if (pages.length === 0) throw new Error(`${path} did not load prom-client; give the URL of its endpoint instead`);
  return { pages, hints: new Map(hints.map(({ name, labels, buckets }) => [name, { labels, buckets }])) };
}
