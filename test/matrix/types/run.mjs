// The types and the manifest of the packed package, judged by publint, by are-the-types-wrong and by the compiler.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAppFolder, pack, ROOT } from '../app-folder.mjs';
import { countCells, formatTable, measuredOn, writeSection } from '../page.mjs';

const JUDGES = {
  publint: '^0.3.25',
  '@arethetypeswrong/cli': '^0.18.0',
  typescript: '^5.9.0',
  '@types/node': '^20.19.0',
};
const COMPILERS = [
  { moduleResolution: 'node10', module: 'commonjs' },
  { moduleResolution: 'node16', module: 'node16' },
  { moduleResolution: 'nodenext', module: 'nodenext' },
  { moduleResolution: 'bundler', module: 'esnext' },
];

export function run({ writes }) {
  const folder = createAppFolder('types', JUDGES, []);
  const judge = (program, args) => {
    const { status, stdout, stderr } = spawnSync(join(folder, 'node_modules/.bin', program), args, {
      cwd: folder,
      encoding: 'utf8',
    });
    return status === 0 ? 'ok' : `${stdout}${stderr}`.trim().split('\n').slice(0, 3).join(' ');
  };
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const entries = Object.keys(exports).filter((name) => name !== './package.json');
  const imports = entries.map(
    (name, i) => `import * as entry${i} from 'meterbridge${name.slice(1)}';\nexport { entry${i} };\n`,
  );
  writeFileSync(join(folder, 'use.ts'), imports.join(''));
  const rows = [
    ['publint --strict', judge('publint', ['--strict', pack()])],
    ['are-the-types-wrong', judge('attw', [pack()])],
    ...COMPILERS.map((options) => {
      const compilerOptions = {
        ...options,
        strict: true,
        noEmit: true,
        target: 'es2022',
        types: ['node'],
        skipLibCheck: false,
      };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
      return [`TypeScript 5.9, moduleResolution ${options.moduleResolution}`, judge('tsc', ['-p', '.'])];
    }),
  ];
  const text = formatTable(['', 'result'], rows);
  if (writes) writeSection('installation.md', 'types', `${measuredOn()}.\n\n${text}`);
  return { text, ...countCells(rows.map(([, result]) => result)) };
}
