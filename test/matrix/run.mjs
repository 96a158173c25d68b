// Runs app.cjs for each combination of Node.js and OpenTelemetry, in folders into which npm installs the packed package and
// the OpenTelemetry packages, as an app does.
//
//   npm run test:matrix                     the Node.js that runs this script
//   npm run test:matrix -- 20 22 24         these major versions, which npm downloads
//   npm run test:matrix -- processes        pm2's cluster mode instead, see processes.mjs
//   npm run test:matrix -- --write 20 22 24 the same; writes the results to docs/compatibility.md
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache/matrix');

/** The newest releases of each major version, with the first Node.js that each supports. */
const OPENTELEMETRY = [
  { name: '2.x', sdk: '^2.12.0', experimental: '^0.223.0', minimumNode: [20, 6] },
  { name: '3.x', sdk: '^3.1.0', experimental: '^0.301.0', minimumNode: [22, 15] },
];

const args = process.argv.slice(2);
if (args.includes('processes')) {
  await import('./processes.mjs');
  process.exit();
}
const writes = args.includes('--write');
const majors = args.filter((arg) => arg !== '--write');

const shell = (command, options, cwd) =>
  execFileSync(command, options, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

function install(target, { sdk, experimental }) {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), '{"private": true}\n');
  const archive = shell('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', target], ROOT)
    .trim()
    .split('\n')
    .at(-1);
  const packages = [
    `./${archive}`,
    '@opentelemetry/api@^1.9.0',
    `@opentelemetry/sdk-metrics@${sdk}`,
    `@opentelemetry/sdk-trace@${sdk}`,
    `@opentelemetry/context-async-hooks@${sdk}`,
    `@opentelemetry/exporter-metrics-otlp-http@${experimental}`,
  ];
  shell('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], target);
  copyFileSync(join(import.meta.dirname, 'app.cjs'), join(target, 'app.cjs'));
}

/** Returns how to run a program with a major version of Node.js, which npm downloads, or with this one. */
function nodeOf(major) {
  const command = major === undefined ? [process.execPath] : ['npx', '-y', '--loglevel=error', `node@${major}`];
  const [program, ...options] = command;
  return {
    version: shell(program, [...options, '--version'], CACHE).trim(),
    run: (file, cwd) => shell(program, [...options, file], cwd),
  };
}

function supports(version, [major, minor]) {
  const [ownMajor, ownMinor] = version.slice(1).split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

mkdirSync(CACHE, { recursive: true });
const nodes = (majors.length === 0 ? [undefined] : majors).map(nodeOf);
const columns = [];
for (const release of OPENTELEMETRY) {
  const suitable = nodes.filter(({ version }) => supports(version, release.minimumNode));
  if (suitable.length === 0) continue;
  const folder = join(CACHE, `opentelemetry-${release.name}`);
  install(folder, release);
  for (const { version, run } of suitable) {
    const results = JSON.parse(run('app.cjs', folder).trim().split('\n').at(-1));
    columns.push({ title: `Node.js ${version.slice(1)}, OpenTelemetry ${release.name}`, results });
  }
}

const checks = Object.keys(columns[0]?.results ?? {});
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = [
  row(['check', ...columns.map(({ title }) => title)]),
  row(['---', ...columns.map(() => '---')]),
  ...checks.map((check) => row([check, ...columns.map(({ results }) => results[check])])),
].join('\n');
console.log(table);
if (writes) {
  const date = new Date().toISOString().slice(0, 10);
  const page = `# Compatibility

<!-- Generated. Run "npm run test:matrix -- --write 20 22 24". -->

The package next to the OpenTelemetry packages of an app, on ${date}. "Its" means the packages that the app installed.
OpenTelemetry 3 requires Node.js 22.15.

${table}
`;
  writeFileSync(join(ROOT, 'docs/compatibility.md'), page);
}
if (columns.some(({ results }) => Object.values(results).some((result) => result !== 'ok'))) process.exitCode = 1;
