// The checks of an install, in bundles that run where no package is installed.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createAppFolder, TEMPORARY } from '../app-folder.mjs';
import { countCells, formatTable, measuredOn, writeSection } from '../page.mjs';

const CHECK = join(import.meta.dirname, '../install/check.cjs');
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";

const BUNDLERS = [
  {
    title: 'esbuild, CommonJS',
    packages: { esbuild: '^0.28.0' },
    build: ['esbuild', 'check.cjs', '--bundle', '--platform=node', '--outfile=out/app.cjs'],
    entry: 'app.cjs',
  },
  {
    title: 'esbuild, ES module with `require` from `createRequire`',
    packages: { esbuild: '^0.28.0' },
    build: [
      'esbuild',
      'check.cjs',
      '--bundle',
      '--platform=node',
      '--format=esm',
      `--banner:js=${REQUIRE}`,
      '--outfile=out/app.mjs',
    ],
    entry: 'app.mjs',
  },
  {
    title: 'webpack',
    packages: { webpack: '^5.100.0', 'webpack-cli': '^6.0.0' },
    build: ['webpack', '--mode', 'production', '--target', 'node', '--entry', './check.cjs', '-o', 'out'],
    entry: 'main.js',
  },
  {
    title: 'rollup, ES module',
    packages: { rollup: '^4.50.0', '@rollup/plugin-commonjs': '^29.0.0', '@rollup/plugin-node-resolve': '^16.0.0' },
    build: ['rollup', '-c', 'rollup.config.mjs'],
    entry: 'app.mjs',
  },
  {
    title: 'rolldown',
    packages: { rolldown: '^1.0.0' },
    build: ['rolldown', 'check.cjs', '--platform', 'node', '--format', 'cjs', '-d', 'out'],
    entry: 'check.js',
  },
  {
    title: '@vercel/ncc',
    packages: { '@vercel/ncc': '^0.45.0' },
    build: ['ncc', 'build', 'check.cjs', '-o', 'out'],
    entry: 'index.cjs',
  },
];
const NEXT = [
  { title: 'Next 16, Turbopack', flags: [] },
  { title: 'Next 16, webpack', flags: ['--webpack'] },
];

const ROLLUP_CONFIG = `import commonjs from '@rollup/plugin-commonjs';
import resolve from '@rollup/plugin-node-resolve';

export default {
  input: 'check.cjs',
  output: { file: 'out/app.mjs', format: 'es' },
  plugins: [resolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs()],
};
`;

function execute(command, args, cwd) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 600_000,
    maxBuffer: 1e8,
  });
  return { status, output: `${stdout}\n${stderr}` };
}

/** Returns the results that a program has printed. */
function readResults({ status, output }) {
  const line = output.split('\n').findLast((text) => text.startsWith('{"'));
  return line === undefined
    ? { Prometheus: `exit code ${status}: ${output.trim().split('\n').at(-1)}` }
    : JSON.parse(line);
}

function bundle({ title, packages, build: [program, ...args], entry }) {
  const folder = createAppFolder(`bundle-${title}`, packages, [CHECK]);
  writeFileSync(join(folder, 'rollup.config.mjs'), ROLLUP_CONFIG);
  const build = execute(join(folder, 'node_modules/.bin', program), args, folder);
  if (build.status !== 0) return { title, results: { builds: build.output.trim().split('\n').at(-1) } };
  const target = join(TEMPORARY, `run-${basename(folder)}`);
  cpSync(join(folder, 'out'), target, { recursive: true });
  return { title, results: { builds: 'ok', ...readResults(execute(process.execPath, [entry], target)) } };
}

/** Next runs the checks from its `instrumentation.js` and is stopped as soon as they have been printed. */
function bundleNext({ title, flags }) {
  const folder = createAppFolder(`bundle-${title}`, { next: '^16.0.0', react: '^19.0.0', 'react-dom': '^19.0.0' }, []);
  mkdirSync(join(folder, 'app'));
  copyFileSync(CHECK, join(folder, 'check.cjs'));
  writeFileSync(
    join(folder, 'instrumentation.js'),
    "export async function register() {\n  if (process.env.NEXT_RUNTIME === 'nodejs') await import('./check.cjs');\n}\n",
  );
  writeFileSync(
    join(folder, 'app/layout.js'),
    'export default ({ children }) => <html><body>{children}</body></html>;\n',
  );
  writeFileSync(join(folder, 'app/page.js'), 'export default () => <p>page</p>;\n');
  const next = join(folder, 'node_modules/next/dist/bin/next');
  const build = execute(process.execPath, [next, 'build', ...flags], folder);
  if (build.status !== 0) return { title, results: { builds: build.output.trim().split('\n').at(-1) } };
  const run = execute(
    'bash',
    [
      '-c',
      `coproc NEXT { exec ${process.execPath} ${next} start -p 0 2>&1; }
pid=$NEXT_PID
while read -r -t 60 line <&"\${NEXT[0]}"; do echo "$line"; case "$line" in '{"'*) break;; esac; done
kill $pid`,
    ],
    folder,
  );
  return { title, results: { builds: 'ok', ...readResults(run) } };
}

/** @param chosen words; only bundlers whose titles contain one of them */
export function run({ chosen, writes }) {
  const isChosen = ({ title }) => chosen.length === 0 || chosen.some((word) => title.toLowerCase().includes(word));
  const rows = [...BUNDLERS.filter(isChosen).map(bundle), ...NEXT.filter(isChosen).map(bundleNext)];
  const checks = Object.keys(rows[0].results);
  const text = formatTable(
    ['', ...checks],
    rows.map(({ title, results }) => [title, ...checks.map((check) => results[check] ?? 'not measured')]),
  );
  if (writes)
    writeSection('installation.md', 'bundles', `${measuredOn()} with Node.js ${process.versions.node}.\n\n${text}`);
  return { text, ...countCells(rows.flatMap(({ results }) => Object.values(results))) };
}
