// Runs meterbridge as apps run it: installed from its archive into folders outside the checkout. Each folder here that has a
// `run.mjs` is one part.
//
//   npm run test:matrix                            all parts
//   npm run test:matrix -- opentelemetry 20 22 24  the packages of OpenTelemetry, with these major versions of Node.js
//   npm run test:matrix -- install npm             package managers whose names contain one of the words, or all
//   npm run test:matrix -- bundles webpack         bundlers whose names contain one of the words, or all
//   npm run test:matrix -- other-sdk 2.x           NodeSDK and automatic instrumentations of these releases, or of all
//   npm run test:matrix -- processes               the cluster mode of pm2
//   npm run test:matrix -- guides                the files of guides that need large packages
//   npm run test:matrix -- types                   publint, are-the-types-wrong, and the compiler
//   npm run test:matrix -- --write install         also writes the results to docs/
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const PARTS = readdirSync(import.meta.dirname).filter((name) => existsSync(join(import.meta.dirname, name, 'run.mjs')));

const args = process.argv.slice(2);
const writes = args.includes('--write');
const [part, ...chosen] = args.filter((arg) => arg !== '--write');
if (part !== undefined && !PARTS.includes(part)) {
  throw new Error(`invalid part "${part}": expected one of ${PARTS.join(', ')}`);
}
for (const name of part === undefined ? PARTS : [part]) {
  const { run } = await import(`./${name}/run.mjs`);
  const { text, failed } = await run({ chosen, writes });
  console.log(text);
  if (failed > 0) process.exitCode = 1;
}
