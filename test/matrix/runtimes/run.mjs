// Node.js 20, 22 and 24, Deno and Bun: which of them publish the requests of their servers and clients.
import { join } from 'node:path';
import { createAppFolder, nodeCommand, shell } from '../app-folder.mjs';
import { freePort } from '../frameworks/measured-app.mjs';
import { countCells, firstLine, formatTable, measuredOn, writeSection } from '../page.mjs';

const PACKAGES = { express: '5.3.0' };
const PRELOAD = 'preloaded, without code';

const SERVERS_OF_BUN = Object.fromEntries(
  ['HTTP/1 server', 'request that the client aborts', 'HTTPS server', 'route of express', PRELOAD].map((check) => [
    check,
    'Bun publishes no requests of HTTP/1 servers',
  ]),
);

/** `reasons` explains the checks that a runtime is known to fail. A check that passes nevertheless is `ok`. */
const RUNTIMES = [
  {
    name: 'Node.js 20',
    command: nodeCommand('20'),
    preload: ['--require', 'meterbridge/register'],
    reasons: { 'HTTP/2 server': 'Node.js 20 publishes no streams of HTTP/2 servers' },
  },
  { name: 'Node.js 22', command: nodeCommand('22'), preload: ['--require', 'meterbridge/register'], reasons: {} },
  { name: 'Node.js 24', command: nodeCommand('24'), preload: ['--require', 'meterbridge/register'], reasons: {} },
  {
    name: 'Deno',
    packages: { deno: '2.9.6' },
    command: ['node_modules/.bin/deno', 'run', '--allow-all'],
    version: ['node_modules/.bin/deno', '--version'],
    preload: ['--require', './node_modules/meterbridge/dist/register.js'],
    reasons: { 'client fetch()': 'fetch() of Deno is not undici and publishes nothing' },
  },
  {
    name: 'Bun',
    packages: { bun: '1.4.5' },
    command: ['node_modules/.bin/bun'],
    preload: ['--preload', 'meterbridge/register'],
    reasons: {
      ...SERVERS_OF_BUN,
      'client fetch()': 'fetch() of Bun is not undici and publishes nothing',
    },
  },
];

export async function run({ chosen, writes }) {
  const selected = RUNTIMES.filter(({ name }) => chosen.length === 0 || chosen.some((word) => name.includes(word)));
  const columns = [];
  for (const runtime of selected) {
    columns.push(...(await measure(runtime)));
    console.error(columns.at(-1));
  }
  const checks = [...new Set(columns.flatMap(({ results }) => Object.keys(results)))];
  const cells = columns.flatMap(({ results }) => Object.values(results).map(shorten));
  const counts = countCells(cells);
  const reasons = columns.flatMap(({ title, results }) =>
    Object.entries(results).flatMap(([check, result]) =>
      result === 'ok' ? [] : [`- ${title}, ${check}: ${firstLine(result)}`],
    ),
  );
  const text = [
    `${measuredOn()}: ${counts.ok} of ${cells.length} cells ok, ${counts.failed} failed, ${counts.skipped} not measured.`,
    formatTable(
      ['check', ...columns.map(({ title }) => title)],
      checks.map((check) => [check, ...columns.map(({ results }) => shorten(results[check] ?? 'not measured'))]),
    ),
    ...(reasons.length > 0 ? [reasons.join('\n')] : []),
  ].join('\n\n');
  if (writes && chosen.length === 0) writeSection('http-matrix.md', 'runtimes', text);
  return { text, ...counts };
}

const shorten = (result) => (result === 'ok' || result.startsWith('not measured') ? result.split(':')[0] : 'failed');

async function measure({ name, packages = {}, command, preload, reasons }) {
  const files = ['app.cjs', 'preloaded.cjs'].map((file) => join(import.meta.dirname, file));
  const folder = createAppFolder(`runtime-${name}`, { ...PACKAGES, ...packages }, files, {
    // npm runs the scripts that fetch the programs of these packages only if they are listed.
    ...(Object.keys(packages).length > 0
      ? { allowScripts: Object.fromEntries(Object.keys(packages).map((each) => [each, true])) }
      : {}),
  });
  const [program, ...args] = command;
  const version = shell(program, [...(name === 'Deno' ? [] : args), '--version'], folder)
    .trim()
    .split('\n')[0];
  const columns = [];
  for (const source of ['channels', 'instrumentation']) {
    const results = attempt(() =>
      JSON.parse(
        shell(program, [...args, 'app.cjs', source], folder)
          .trim()
          .split('\n')
          .at(-1),
      ),
    );
    if (source === 'channels') {
      const port = String(await freePort());
      const env = { METERBRIDGE_SYSTEMS: 'ticker', OTEL_EXPORTER_PROMETHEUS_PORT: port };
      results[PRELOAD] = attempt(() => {
        const page = shell(program, [...args, ...preload, 'preloaded.cjs'], folder, env);
        const isMeasured = /^http_requests_total\{method="GET",endpoint="unmatched",status="200"\} 1$/m.test(page);
        return { result: isMeasured ? 'ok' : 'the request is not on the page' };
      }).result;
    }
    columns.push({
      title: `${name.startsWith('Node') ? `Node.js ${version.replace('v', '')}` : `${name} ${/[\d.]+/.exec(version)}`}, ${source}`,
      results: explain(results, reasons),
    });
  }
  return columns;
}

function attempt(work) {
  try {
    return work();
  } catch (error) {
    return { result: String(error.stderr || error.stdout || error.message).slice(0, 1500) };
  }
}

function explain(results, reasons) {
  return Object.fromEntries(
    Object.entries(results).map(([check, result]) => [
      check,
      result === 'ok' || reasons[check] === undefined ? result : `not measured: ${reasons[check]}`,
    ]),
  );
}
