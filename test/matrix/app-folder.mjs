import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** A folder outside the checkout, so that nothing is found in its node_modules. */
export const TEMPORARY = mkdtempSync(join(tmpdir(), 'meterbridge-matrix-'));
process.on('exit', () => {
  // Removed by a process of its own, because thousands of files take seconds.
  execFileSync('rm', ['-rf', TEMPORARY]);
});

/** Runs a command and returns what it prints. */
export function shell(command, args, cwd, env = {}) {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
}

let archive;

/** Packs the build as npm publishes it. Returns the path of the archive. */
export function pack() {
  const name = shell('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', TEMPORARY], ROOT);
  return join(TEMPORARY, name.trim().split('\n').at(-1));
}

/**
 * Creates a folder in which npm has installed the packed package, the packages of an app, and a copy of its files.
 *
 * @param packages versions by name
 * @param files absolute paths of files or folders that are copied
 */
export function createAppFolder(name, packages, files, manifest = {}) {
  archive ??= pack();
  const folder = join(TEMPORARY, name.replaceAll(/[^\w.-]+/g, '-'));
  mkdirSync(folder);
  for (const file of files) cpSync(file, join(folder, file.split('/').at(-1)), { recursive: true });
  const dependencies = { meterbridge: `file:${archive}`, '@opentelemetry/api': '^1.9.0', ...packages };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, ...manifest, dependencies }, null, 2));
  shell('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'], folder);
  return folder;
}

/** Returns the command that runs a major version of Node.js, which npm downloads, or this one. */
export function nodeCommand(major) {
  return major === undefined ? [process.execPath] : ['npx', '-y', '--loglevel=error', `node@${major}`];
}
