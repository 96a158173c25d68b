import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../servers/processes';

const FOLDERS = readdirSync(join(ROOT, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe('the description of the source tree', () => {
  it.each(['docs/architecture.md', 'CONTRIBUTING.md'])(
    'every folder of src/ and no other is described in %s',
    (page) => {
      const rows = readFileSync(join(ROOT, page), 'utf8').match(/^\| `[a-z]+\/`.*$/gm) ?? [];
      const named = rows.flatMap((row) => row.split('|')[1]?.match(/(?<=`)[a-z]+(?=\/`)/g) ?? []);
      expect(named.sort()).toEqual(FOLDERS.sort());
    },
  );
});
