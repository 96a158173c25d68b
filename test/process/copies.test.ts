import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, run } from '../servers/processes';

/** A second copy of the package, as an install can have below the dependency of an app. */
let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'copies-'));
  cpSync(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const QUIET = '{ http: false, prometheus: { server: false } }';

async function evaluate(source: string): Promise<string> {
  const file = join(copy, 'app.cjs');
  writeFileSync(
    file,
    `const [first, second] = ['${ROOT}', '${copy}'].map((folder) => ({
  start: require(folder + '/dist/index.js').start,
  hodei: require(folder + '/dist/systems/hodei.js').hodei,
}));
const jobs = (page) => page.split('\\n').filter((line) => line.startsWith('hodei_jobs_scheduled_total{')).sort().join(' ');
(async () => {${source}})();`,
  );
  const child = run(process.execPath, [file]);
  expect([(await child.ended).code, child.stderr()]).toEqual([0, '']);
  return child.stdout();
}

describe('two copies of the package in one process', () => {
  it('share the SDK that the first one started, and its facades and theirs record to it', async () => {
    const source = `
  const sdk = await first.start({ ...${QUIET}, systems: [first.hodei] });
  console.log(await second.start({ systems: [second.hodei] }) === sdk);
  first.hodei.recordJobScheduled('a');
  second.hodei.recordJobScheduled('b');
  console.log(jobs((await sdk.scrape()).body));
  await sdk.shutdown();`;
    expect(await evaluate(source)).toBe(
      'true\nhodei_jobs_scheduled_total{tenant_id="a"} 1 hodei_jobs_scheduled_total{tenant_id="b"} 1\n',
    );
  });

  it('two copies of the package in one process can start in turn', async () => {
    const source = `
  for (const { start, hodei } of [first, second, first]) {
    const sdk = await start({ ...${QUIET}, systems: [hodei] });
    hodei.recordJobScheduled('a');
    console.log(jobs((await sdk.scrape()).body));
    await sdk.shutdown();
  }`;
    expect(await evaluate(source)).toBe('hodei_jobs_scheduled_total{tenant_id="a"} 1\n'.repeat(3));
  });
});

describe('a module that is evaluated again', () => {
  it('a module that is evaluated again finds the running SDK', async () => {
    const source = `
  const sdk = await first.start(${QUIET});
  for (const file of Object.keys(require.cache)) delete require.cache[file];
  console.log(await require('${ROOT}/dist/index.js').start() === sdk);
  await sdk.shutdown();`;
    expect(await evaluate(source)).toBe('true\n');
  });
});
