import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../servers/processes';

const DOCS = join(ROOT, 'docs');

/** Every page of the documentation. */
export const PAGES = [
  join(ROOT, 'README.md'),
  join(ROOT, 'CONTRIBUTING.md'),
  ...readdirSync(DOCS, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(DOCS, file)),
];
