import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shell } from '../app-folder.mjs';

export const PACKAGES = {
  '@rollup/plugin-commonjs': '29.0.3',
  '@rollup/plugin-json': '6.1.0',
  '@rollup/plugin-node-resolve': '16.0.3',
  '@vercel/ncc': '0.45.0',
  esbuild: '0.28.2',
  express: '5.3.0',
  rolldown: '1.3.2',
  rollup: '4.68.7',
  webpack: '5.112.2',
};

/** What ECMAScript modules need that hold CommonJS code. */
const REQUIRE = [
  "import { createRequire as createBundleRequire } from 'node:module';",
  'const require = createBundleRequire(import.meta.url);',
  'const __dirname = import.meta.dirname;',
  'const __filename = import.meta.filename;',
].join(' ');

const bin = (folder, file) => join(folder, 'node_modules', file);

/** The bundlers. `build` writes one program to a folder and returns its path. */
export const BUNDLERS = [
  {
    name: 'esbuild, CommonJS',
    build(folder, target) {
      const output = join(target, 'app.cjs');
      const options = ['--bundle', '--platform=node', '--format=cjs', `--outfile=${output}`];
      shell(bin(folder, '.bin/esbuild'), ['app.mjs', ...options], folder);
      return output;
    },
  },
  {
    name: 'esbuild, ECMAScript module',
    build(folder, target) {
      const output = join(target, 'app.mjs');
      const options = ['--bundle', '--platform=node', '--format=esm', `--outfile=${output}`, `--banner:js=${REQUIRE}`];
      shell(bin(folder, '.bin/esbuild'), ['app.mjs', ...options], folder);
      return output;
    },
  },
  {
    name: 'webpack',
    build(folder, target) {
      const program = `
        const webpack = require('webpack');
        webpack({ entry: './app.mjs', target: 'node', mode: 'production', output: { path: ${JSON.stringify(target)}, filename: 'app.cjs' } },
          (error, stats) => {
            if (error ?? stats.hasErrors()) { console.error(error ?? stats.toString({ all: false, errors: true })); process.exitCode = 1; }
          });`;
      shell(process.execPath, ['-e', program], folder);
      return join(target, 'app.cjs');
    },
  },
  {
    name: '@vercel/ncc',
    build(folder, target) {
      shell(process.execPath, [bin(folder, '@vercel/ncc/dist/ncc/cli.js'), 'build', 'app.mjs', '-o', target], folder);
      return join(target, 'index.mjs');
    },
  },
  {
    name: 'rollup',
    build(folder, target) {
      const output = join(target, 'app.mjs');
      writeFileSync(
        join(folder, 'rollup.config.mjs'),
        `import commonjs from '@rollup/plugin-commonjs';
         import json from '@rollup/plugin-json';
         import { nodeResolve } from '@rollup/plugin-node-resolve';
         export default {
           input: 'app.mjs',
           output: { file: ${JSON.stringify(output)}, format: 'es', inlineDynamicImports: true, banner: ${JSON.stringify(REQUIRE)} },
           plugins: [nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs(), json()],
         };`,
      );
      shell(process.execPath, [bin(folder, 'rollup/dist/bin/rollup'), '-c', '--silent'], folder);
      return output;
    },
  },
  {
    name: 'rolldown',
    build(folder, target) {
      const output = join(target, 'app.mjs');
      const options = ['--platform', 'node', '--format', 'esm', '--file', output, '--no-codeSplitting'];
      shell(process.execPath, [bin(folder, 'rolldown/bin/cli.mjs'), 'app.mjs', ...options], folder);
      return output;
    },
  },
];
