import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, ROOT, run, until } from '../servers/processes';
import { type CodeBlock, readCodeBlocks } from './code-blocks';
import { PAGES } from './pages';

/** Packages that the examples of the documentation import, as a project that follows it has them installed. */
const INSTALLED = [
  '@hono',
  '@koa',
  '@nestjs',
  '@opentelemetry',
  '@types',
  'undici-types',
  'express',
  'fastify',
  'hono',
  'koa',
  'vitest',
  'prom-client',
  'reflect-metadata',
];

/** The blocks of the API reference are declarations, which are generated from the build. */
function isDeclarations(page: string): boolean {
  return dirname(page) === join(ROOT, 'docs/api');
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'docs-'));
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  const command = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'dist/cli/main.js')}' "$@"\n`;
  writeFileSync(join(folder, 'node_modules/.bin/meterbridge'), command, { mode: 0o755 });
  symlinkSync(ROOT, join(folder, 'node_modules/meterbridge'));
  for (const name of INSTALLED) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function createPageFolder(page: string, blocks: readonly CodeBlock[]): string {
  const target = join(folder, relative(ROOT, page).replace(/\W/g, '-'));
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), '{ "type": "module" }\n');
  // As NestJS sets it in its projects.
  writeFileSync(join(target, 'tsconfig.json'), '{ "compilerOptions": { "experimentalDecorators": true } }\n');
  for (const { file, source } of blocks) {
    if (file === undefined) continue;
    mkdirSync(dirname(join(target, file)), { recursive: true });
    writeFileSync(join(target, file), source);
  }
  return target;
}

/** The port that the documentation uses, because it is the default of the endpoint. */
const DEFAULT_PORT = '9464';

async function execute(block: CodeBlock, cwd: string): Promise<void> {
  const port = String(await freePort());
  const env = {
    ...process.env,
    OTEL_EXPORTER_PROMETHEUS_PORT: port,
    ...block.env,
    PATH: [join(folder, 'node_modules/.bin'), join(ROOT, 'node_modules/.bin'), process.env.PATH].join(':'),
  };
  const file = block.file ?? `block-${block.line}.${block.language}`;
  writeFileSync(join(cwd, file), block.source.replaceAll(DEFAULT_PORT, port));
  const child =
    block.language === 'sh'
      ? run('bash', ['-euo', 'pipefail', file], { cwd, env, detached: true })
      : run(process.execPath, ['--import', join(ROOT, 'node_modules/tsx/dist/esm/index.mjs'), file], {
          cwd,
          env,
          detached: true,
        });
  try {
    let printed: string;
    if (block.serves === undefined) {
      const { code } = await child.ended;
      printed = child.stdout() + child.stderr();
      expect(code, printed).toBe(0);
    } else {
      const url = block.serves.replaceAll(DEFAULT_PORT, port);
      printed = '';
      // The endpoint of a preload answers before the modules of the app are loaded.
      const served = until(async () => {
        if (child.process.exitCode !== null) throw new Error(`the block ended: ${child.stderr()}`);
        const response = await fetch(url);
        printed = await response.text();
        return response.ok && block.prints.every((text) => printed.includes(text)) ? true : undefined;
      });
      await served.catch((error) => {
        if (printed === '') throw error;
      });
    }
    for (const text of block.prints) expect(printed).toContain(text);
  } finally {
    // A shell block may have started processes of its own: they are in the group of the block.
    if (child.process.exitCode === null && child.process.pid !== undefined) process.kill(-child.process.pid, 'SIGKILL');
  }
}

// One after the other, because each starts processes.
describe.sequential('the code of the documentation', () => {
  for (const page of PAGES) {
    const blocks = readCodeBlocks(page);
    for (const block of blocks.filter(({ runs, serves }) => runs || serves !== undefined)) {
      it(`the code block at line ${block.line} of ${relative(ROOT, page)} runs`, async () => {
        await execute(block, createPageFolder(page, blocks));
      });
    }
  }

  it('the TypeScript blocks of the documentation compile', async () => {
    const files: string[] = [];
    for (const page of PAGES.filter((each) => !isDeclarations(each))) {
      const blocks = readCodeBlocks(page);
      const target = createPageFolder(page, blocks);
      for (const { language, file, line, source } of blocks) {
        if (language !== 'ts') continue;
        const path = join(target, file ?? `block-${line}.ts`);
        writeFileSync(path, `${source}\nexport {};\n`);
        files.push(path);
      }
    }
    expect(files.length).toBeGreaterThan(10);
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable'],
      experimentalDecorators: true,
      module: 'nodenext',
      types: ['node'],
      skipLibCheck: true,
      preserveSymlinks: false,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const tsc = run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder]);
    expect([(await tsc.ended).code, tsc.stdout()]).toEqual([0, '']);
  });
});
