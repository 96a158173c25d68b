// Writes dist/dashboard/assets.js: the files that the page loads, as strings. A bundler keeps them, which it would not do
// with files that are found by their paths at run time, and an install needs no package for them.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const MODULES = join(ROOT, 'dist/browser');
const UPLOT = join(ROOT, 'node_modules/uplot/dist');

const modules = readdirSync(MODULES, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  // Types alone are no module that is loaded.
  .filter((file) => file.endsWith('.js') && !file.endsWith('wire.js'))
  .map((file) => [`/modules/${file.slice(MODULES.length + 1).replaceAll(sep, '/')}`, file]);

const assets = Object.fromEntries(
  [
    ['/style.css', join(ROOT, 'src/dashboard/style.css')],
    ['/uplot.css', join(UPLOT, 'uPlot.min.css')],
    ['/uplot.js', join(UPLOT, 'uPlot.iife.min.js')],
    ...modules.sort(),
  ].map(([path, file]) => [path, readFileSync(file, 'utf8')]),
);

writeFileSync(
  join(ROOT, 'dist/dashboard/assets.js'),
  `"use strict";\nexports.ASSETS = ${JSON.stringify(assets, undefined, 1)};\n`,
);
rmSync(MODULES, { recursive: true });
