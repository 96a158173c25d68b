// meterbridge in the bundles of the usual bundlers, run in a folder without node_modules.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createAppFolder, shell } from '../app-folder.mjs';
import { countCells, firstLine, formatTable, measuredOn, writeSection } from '../page.mjs';
import { BUNDLERS, PACKAGES } from './bundlers.mjs';
import { NEXT } from './next.mjs';

const SOURCES = ['channels', 'instrumentation'];

export async function run({ chosen, writes }) {
  const isChosen = ({ name }) => chosen.length === 0 || chosen.some((word) => name.includes(word));
  const rows = [];
  const failures = [];
  const add = (name, source, results) => {
    rows.push({ name, source, results });
    for (const [check, result] of Object.entries(results)) {
      if (result !== 'ok') failures.push(`- ${name}, ${source}, ${check}: ${firstLine(result)}`);
    }
    console.error(name, source, results);
  };
  const folder = BUNDLERS.some(isChosen)
    ? createAppFolder('bundlers', PACKAGES, [join(import.meta.dirname, 'app.mjs')])
    : undefined;
  for (const { name, build } of BUNDLERS.filter(isChosen)) {
    const target = join(dirname(folder), `bundle-${name.replaceAll(/\W+/g, '-')}`);
    mkdirSync(target);
    let program;
    try {
      program = build(folder, target);
    } catch (error) {
      for (const source of SOURCES) add(name, source, { build: describe(error) });
      continue;
    }
    for (const source of SOURCES) {
      try {
        add(name, source, JSON.parse(shell(process.execPath, [program, source], target).trim().split('\n').at(-1)));
      } catch (error) {
        add(name, source, { start: describe(error) });
      }
    }
  }
  for (const { name, measure } of NEXT.filter(isChosen)) {
    for (const source of SOURCES)
      add(name, source, await measure(source).catch((error) => ({ build: describe(error) })));
  }
  const checks = [...new Set(rows.flatMap(({ results }) => Object.keys(results)))];
  const cells = rows.flatMap(({ results }) => Object.values(results).map(shorten));
  const counts = countCells(cells);
  const text = [
    `${measuredOn()} with Node.js ${process.version.slice(1)}: ${counts.ok} of ${cells.length} cells ok, ${counts.failed} failed.`,
    formatTable(
      ['bundler', 'source', ...checks],
      rows.map(({ name, source, results }) => [name, source, ...checks.map((check) => shorten(results[check]))]),
    ),
    ...(failures.length > 0 ? ['Failed:', failures.join('\n')] : []),
  ].join('\n\n');
  if (writes && chosen.length === 0) writeSection('http-matrix.md', 'bundlers', text);
  return { text, ...counts };
}

const shorten = (result) => (result === undefined ? '' : result === 'ok' ? 'ok' : 'failed');

const describe = (error) => String(error.stderr || error.stdout || error.message).slice(0, 1500);
