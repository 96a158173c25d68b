// The packed package, installed into empty folders by each package manager under each supported Node.js.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pack, TEMPORARY } from '../app-folder.mjs';
import { countCells, formatTable, measuredOn, writeSection } from '../page.mjs';
import { findNode, managerCommand } from '../tools.mjs';

const NODES = [20, 22, 24];
/** Yarn installs the newest version that each range allows, so that `api-logs` would get an API of its own. */
const RESOLUTIONS = { '@opentelemetry/api': '~1.9.1' };
/** The packages that a user of each manager adds. npm chooses a version of the API that all packages accept. */
const MANAGERS = [
  { title: 'npm 10', manager: 'npm10', args: ['install', '--no-audit', '--no-fund'], api: '@opentelemetry/api' },
  { title: 'npm 11', manager: 'npm11', args: ['install', '--no-audit', '--no-fund'], api: '@opentelemetry/api' },
  { title: 'pnpm 10', manager: 'pnpm', args: ['add'], api: '@opentelemetry/api@1.9' },
  {
    title: 'Yarn 1',
    manager: 'yarn1',
    args: ['add', '--no-progress'],
    api: '@opentelemetry/api@1.9',
    resolutions: RESOLUTIONS,
  },
  {
    title: 'Yarn 4',
    manager: 'yarn4',
    args: ['add'],
    api: '@opentelemetry/api@1.9',
    yarnrc: 'nodeLinker: node-modules\n',
    resolutions: RESOLUTIONS,
  },
];
/** Versions of the SDK that an app has already. */
const NEIGHBOURS = [
  {
    title: '@opentelemetry/sdk-node 0.210',
    packages: ['@opentelemetry/api@1.9', '@opentelemetry/sdk-node@0.210'],
    nodes: NODES,
  },
  {
    title: '@opentelemetry/sdk-node 0.223',
    packages: ['@opentelemetry/api@1.9', '@opentelemetry/sdk-node@0.223'],
    nodes: NODES,
  },
  {
    title: '@opentelemetry/sdk-node 0.301',
    packages: ['@opentelemetry/api@1.10', '@opentelemetry/sdk-node@0.301'],
    nodes: [22, 24],
  },
];

/** Warnings about the machine and about the manager itself. */
const UNRELATED =
  /Unknown (user|env|builtin|project) config|npm notice|ExperimentalWarning|node --trace-warnings|\d deprecated/;

function execute({ program, args, env }, moreArgs, cwd) {
  const { status, stdout, stderr } = spawnSync(program, [...args, ...moreArgs], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env, CI: '', YARN_ENABLE_TELEMETRY: '0' },
  });
  return { status, lines: `${stdout}\n${stderr}`.split('\n') };
}

function createFolder(name, { yarnrc, resolutions }) {
  const folder = join(TEMPORARY, name.replaceAll(/[^\w.-]+/g, '-'));
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'app', version: '1.0.0', private: true, license: 'MIT', resolutions }),
  );
  if (yarnrc !== undefined) {
    writeFileSync(join(folder, '.yarnrc.yml'), yarnrc);
    writeFileSync(join(folder, 'yarn.lock'), '');
  }
  copyFileSync(join(import.meta.dirname, 'check.cjs'), join(folder, 'check.cjs'));
  return folder;
}

/** Returns `name@version` of every installed OpenTelemetry package, also of those below others. */
function listOpenTelemetry(folder) {
  return readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === 'package.json' && /@opentelemetry\/[^/]+$/.test(entry.parentPath))
    .map((entry) => JSON.parse(readFileSync(join(entry.parentPath, entry.name), 'utf8')).name);
}

function findDuplicates(folder) {
  const names = listOpenTelemetry(folder);
  const duplicates = new Set(names.filter((name, i) => names.indexOf(name) < i));
  if (names.length < 8) return `only ${names.length} packages found`;
  return duplicates.size === 0 ? 'ok' : `several copies of ${[...duplicates].join(', ')}`;
}

function runCheck(node, folder) {
  const { status, lines } = execute({ program: findNode(node), args: [], env: {} }, ['check.cjs'], folder);
  const line = lines.findLast((text) => text.startsWith('{'));
  return status === 0 && line !== undefined
    ? JSON.parse(line)
    : { 'check.cjs': `exit code ${status}: ${lines.join(' ').trim()}` };
}

function installFresh({ title, manager, args, api, yarnrc, resolutions }, node, archive) {
  const folder = createFolder(`${title}-node-${node}`, { yarnrc, resolutions });
  const command = managerCommand(manager, node);
  const name = yarnrc === undefined ? `file:${archive}` : `meterbridge@file:${archive}`;
  const { status, lines } = execute(command, [...args, name, api], folder);
  const warnings = lines.filter((line) => /warn|✕|deprecated/i.test(line) && !UNRELATED.test(line));
  const installed = status !== 0 ? `exit code ${status}` : (warnings[0]?.trim() ?? 'ok');
  return {
    title: `${title}, Node.js ${node}`,
    results: {
      'installs without a warning': installed,
      'one copy of each OpenTelemetry package': findDuplicates(folder),
      ...runCheck(node, folder),
    },
  };
}

function installNextTo({ title, packages }, node, archive) {
  const folder = createFolder(`${title}-node-${node}`, {});
  const command = managerCommand('npm11', node);
  const options = ['install', '--no-audit', '--no-fund'];
  execute(command, [...options, ...packages], folder);
  const { status } = execute(command, [...options, `file:${archive}`], folder);
  const { 'OTLP grpc names the command that installs it': _, ...results } = runCheck(node, folder);
  return {
    title: `${title}, Node.js ${node}`,
    results: { installs: status === 0 ? 'ok' : `exit code ${status}`, ...results },
  };
}

const format = (rows) => {
  const checks = Object.keys(rows[0].results);
  return formatTable(
    ['', ...checks],
    rows.map(({ title, results }) => [title, ...checks.map((check) => results[check] ?? results['check.cjs'])]),
  );
};

/** @param chosen words; only package managers whose titles contain one of them */
export function run({ chosen, writes }) {
  const archive = pack();
  const isChosen = ({ title }) => chosen.length === 0 || chosen.some((word) => title.toLowerCase().includes(word));
  const fresh = MANAGERS.filter(isChosen).flatMap((manager) =>
    NODES.map((node) => installFresh(manager, node, archive)),
  );
  const next = NEIGHBOURS.filter(isChosen).flatMap((app) => app.nodes.map((node) => installNextTo(app, node, archive)));
  const tables = [fresh, next].filter((rows) => rows.length > 0).map(format);
  const text = tables.join('\n\nInstalled by npm 11 into an app that has:\n\n');
  if (writes) writeSection('installation.md', 'install', `${measuredOn()}.\n\n${text}`);
  return { text, ...countCells([...fresh, ...next].flatMap(({ results }) => Object.values(results))) };
}
