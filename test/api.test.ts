import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { API_PAGES, pageFile, readApi } from './api/api-report';
import temporary from './api/temporary-violations.json';
import { ROOT } from './servers/processes';

describe('the public API', () => {
  const { entryPoints, unexported, undocumented } = readApi(ROOT);

  it('is what the checked-in API pages say; "npm run api" writes them', () => {
    expect(readdirSync(join(ROOT, API_PAGES)).sort()).toEqual(entryPoints.map(({ name }) => pageFile(name)).sort());
    for (const { name, page } of entryPoints) {
      expect(readFileSync(join(ROOT, API_PAGES, pageFile(name)), 'utf8'), name).toBe(page);
    }
  });

  it('exports every type that a public signature names', () => {
    expect(unexported.filter((name) => !(temporary.unexported as string[]).includes(name))).toEqual([]);
  });

  it('documents every exported declaration and every member of an exported class or interface', () => {
    expect(undocumented.filter((name) => !(temporary.undocumented as string[]).includes(name))).toEqual([]);
  });

  it('exports nothing that is generated or internal', () => {
    const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { exports: object };
    expect(Object.keys(exports).filter((path) => /generated|\*|internal/.test(path))).toEqual([]);
  });
});
