import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './app-folder.mjs';

const row = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;

export function formatTable(head, rows) {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

/** Returns what is written above a table. */
export const measuredOn = () => `Measured on ${new Date().toISOString().slice(0, 10)}`;

/** Replaces one section of a page of the documentation. */
export function writeSection(page, section, text) {
  const path = join(ROOT, 'docs', page);
  const before = readFileSync(path, 'utf8');
  const begin = `<!-- ${section}: written by "npm run test:matrix -- --write" -->`;
  const end = `<!-- end of ${section} -->`;
  const [head, rest] = before.split(begin);
  const [, tail] = (rest ?? '').split(end);
  if (tail === undefined) throw new Error(`${page} has no section ${section}: expected ${begin} and ${end}`);
  writeFileSync(path, `${head}${begin}\n\n${text.trim()}\n\n${end}${tail}`);
}

/** Returns how many of the cells are `ok`, how many failed, and how many are not measured. */
export function countCells(cells) {
  const skipped = cells.filter((cell) => cell.startsWith('not measured')).length;
  const ok = cells.filter((cell) => cell === 'ok').length;
  return { ok, skipped, failed: cells.length - ok - skipped };
}

/** Returns the beginning of a result: a failed assertion holds the whole page. */
export const firstLine = (result) => result.trim().split('\n')[0].slice(0, 200);
