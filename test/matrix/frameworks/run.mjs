// Every framework with both sources: the routes and statuses of requests that end in different ways.
import { join } from 'node:path';
import { createAppFolder, shell } from '../app-folder.mjs';
import { countCells, firstLine, formatTable, measuredOn, writeSection } from '../page.mjs';
import { casesFor, fuzz, runCase } from './cases.mjs';
import { FRAMEWORKS } from './frameworks.mjs';
import { startMeasured } from './measured-app.mjs';

const SOURCES = ['channels', 'instrumentation'];
const APPS = join(import.meta.dirname, 'apps');

export async function run({ chosen, writes }) {
  const selected = FRAMEWORKS.filter(({ name }) => chosen.length === 0 || chosen.some((word) => name.includes(word)));
  const rows = [];
  const failures = [];
  for (const framework of selected) {
    for (const { source, results } of await measure(framework)) {
      rows.push([framework.name, source, ...Object.values(results).map(shorten)]);
      for (const [name, result] of Object.entries(results)) {
        if (shorten(result) === 'failed')
          failures.push(`- ${framework.name}, ${source}, ${name}: ${firstLine(result)}`);
      }
      console.error(rows.at(-1).join(' | '));
    }
  }
  const cells = rows.flatMap((row) => row.slice(2));
  const counts = countCells(cells);
  const skipped = selected.flatMap(({ name, skipped: reasons = {} }) =>
    Object.entries(reasons).map(([test, reason]) => `- ${name}, ${test}: ${reason}.`),
  );
  const text = [
    `${measuredOn()} with Node.js ${process.version.slice(1)}: ${counts.ok} of ${cells.length} cells ok, ${counts.failed} failed, ${counts.skipped} not measured.`,
    formatTable(['framework', 'source', ...Object.keys(casesFor(String, String)), '200 random paths'], rows),
    ...(failures.length > 0 ? ['Failed:', failures.join('\n')] : []),
    ...(skipped.length > 0 ? ['Not measured:', skipped.join('\n')] : []),
  ].join('\n\n');
  if (writes && chosen.length === 0) writeSection('http-matrix.md', 'frameworks', text);
  return { text, ...counts };
}

const shorten = (result) => (result === 'ok' || result.startsWith('not measured') ? result.split(':')[0] : 'failed');

async function measure(framework) {
  const {
    name,
    app,
    packages,
    manifest,
    build,
    args = [app],
    takesPort,
    template = String,
    skipped = {},
    further = [],
  } = framework;
  const path = (text) => (template('/').startsWith('/api') ? `/api${text}` : text);
  const cases = casesFor(path, template);
  const failAll = (error) =>
    Object.fromEntries(
      [...Object.keys(cases), 'random'].map((each) => [
        each,
        String(error.stderr || error.stdout || error.message).slice(0, 2000),
      ]),
    );
  let cwd;
  try {
    cwd = createAppFolder(name, packages, [join(APPS, app), join(APPS, 'serve.mjs')], manifest);
    if (build !== undefined) shell(process.execPath, build, cwd, { NODE_ENV: 'production' });
  } catch (error) {
    return SOURCES.map((source) => ({ source, results: failAll(error) }));
  }
  const measured = [];
  for (const source of SOURCES) {
    const results = await measureWith({ args, cwd, source, takesPort }, cases, { template, skipped, further }).catch(
      failAll,
    );
    measured.push({ source, results });
  }
  return measured;
}

async function measureWith(options, cases, { template, skipped, further }) {
  const running = await startMeasured(options);
  const results = {};
  try {
    for (const [name, each] of Object.entries(cases)) {
      results[name] =
        skipped[name] === undefined
          ? await runCase(running, each).catch((error) => `${error.message}; the app printed: ${running.output()}`)
          : `not measured: ${skipped[name]}`;
    }
    results.random = await fuzz(running, template, further).catch((error) => error.message);
    return results;
  } finally {
    await running.stop();
  }
}
