import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../servers/processes';
import { API_PAGES, pageFile, readApi } from './api-report';

// Writes the API pages of docs/ from the declarations of the build.
const folder = join(ROOT, API_PAGES);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const { entryPoints, unexported, undocumented } = readApi(ROOT);
for (const { name, page } of entryPoints) writeFileSync(join(folder, pageFile(name)), page);
console.log(`wrote ${entryPoints.length} pages to ${API_PAGES}/`);
console.log(
  `types that are named and not exported: ${unexported.length}; declarations without documentation: ${undocumented.length}`,
);
