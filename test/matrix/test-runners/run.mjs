// Tests of an app under jest and vitest.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAppFolder, shell } from '../app-folder.mjs';
import { countCells, firstLine, formatTable, measuredOn, writeSection } from '../page.mjs';

const RUNNERS = [
  {
    name: 'jest',
    version: '30.5.2',
    args: ['node_modules/jest/bin/jest.js', '--json', '--outputFile=results.json', '--testMatch=**/*.test.cjs'],
  },
  {
    name: 'vitest',
    version: '4.1.12',
    args: ['node_modules/vitest/vitest.mjs', 'run', '--globals', '--reporter=json', '--outputFile=results.json'],
  },
];

export function run({ chosen, writes }) {
  const columns = [];
  for (const { name, version, args } of RUNNERS.filter((each) => chosen.length === 0 || chosen.includes(each.name))) {
    const files = ['http.test.cjs', 'vitest.config.mjs'].map((file) => join(import.meta.dirname, file));
    const folder = createAppFolder(name, { [name]: version, express: '5.3.0' }, files);
    for (const source of ['channels', 'instrumentation']) {
      columns.push({ title: `${name} ${version}, ${source}`, results: runTests(args, folder, source) });
      console.error(columns.at(-1));
    }
  }
  const checks = [...new Set(columns.flatMap(({ results }) => Object.keys(results)))];
  const failures = columns.flatMap(({ title, results }) =>
    Object.entries(results).flatMap(([check, result]) =>
      result === 'ok' ? [] : [`- ${title}, ${check}: ${firstLine(result)}`],
    ),
  );
  const cells = columns.flatMap(({ results }) => Object.values(results));
  const counts = countCells(cells);
  const text = [
    `${measuredOn()} with Node.js ${process.version.slice(1)}: ${counts.ok} of ${cells.length} cells ok, ${counts.failed} failed.`,
    formatTable(
      ['check', ...columns.map(({ title }) => title)],
      checks.map((check) => [check, ...columns.map(({ results }) => (results[check] === 'ok' ? 'ok' : 'failed'))]),
    ),
    ...(failures.length > 0 ? ['Failed:', failures.join('\n')] : []),
  ].join('\n\n');
  if (writes && chosen.length === 0) writeSection('http-matrix.md', 'test-runners', text);
  return { text, ...counts };
}

/** Both runners write their results in the format of jest. */
function runTests(args, folder, source) {
  let output = '';
  try {
    shell(process.execPath, args, folder, { METERBRIDGE_HTTP_SOURCE: source });
  } catch (error) {
    output = String(error.stderr || error.stdout || error.message).slice(0, 1500);
  }
  try {
    const { testResults } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    if (tests.length === 0) throw new Error('no tests');
    return Object.fromEntries(
      tests.map(({ title, status, failureMessages }) => [
        title,
        status === 'passed' ? 'ok' : failureMessages.join('\n').slice(0, 1500),
      ]),
    );
  } catch {
    return { 'run of the tests': output };
  }
}
