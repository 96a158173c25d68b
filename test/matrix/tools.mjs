// Package managers and versions of Node.js, from npm.
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { shell, TEMPORARY } from './app-folder.mjs';

const ALIASES = {
  node20: 'node@20',
  node22: 'node@22',
  node24: 'node@24',
  npm10: 'npm@10',
  npm11: 'npm@11',
  pnpm: 'pnpm@10',
  yarn1: 'yarn@1',
  yarn4: '@yarnpkg/cli-dist@4',
};

const PROGRAMS = {
  npm10: 'npm10/bin/npm-cli.js',
  npm11: 'npm11/bin/npm-cli.js',
  pnpm: 'pnpm/bin/pnpm.cjs',
  yarn1: 'yarn1/bin/yarn.js',
  yarn4: 'yarn4/bin/yarn.js',
};

let modules;

function installTools() {
  const folder = join(TEMPORARY, 'tools');
  mkdirSync(folder);
  const dependencies = Object.fromEntries(Object.entries(ALIASES).map(([name, spec]) => [name, `npm:${spec}`]));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  shell('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'], folder);
  return join(folder, 'node_modules');
}

/** Returns the path of a major version of Node.js. */
export function findNode(major) {
  modules ??= installTools();
  return join(modules, `node${major}/bin/node`);
}

/** Returns the command of a package manager under a major version of Node.js, which is also the one that scripts find. */
export function managerCommand(manager, major) {
  const node = findNode(major);
  const path = [dirname(node), process.env.PATH].join(delimiter);
  return { program: node, args: [join(modules, PROGRAMS[manager])], env: { PATH: path } };
}
