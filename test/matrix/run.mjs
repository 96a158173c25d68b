// Runs meterbridge as apps run it: installed by npm from its archive into folders outside the checkout, with the real
// frameworks, runtimes, bundlers and test runners.
//
//   npm run test:matrix                            all parts
//   npm run test:matrix -- opentelemetry 20 22 24  the packages of OpenTelemetry, with these major versions of Node.js
//   npm run test:matrix -- frameworks koa hono     frameworks whose names contain one of the words, or all
//   npm run test:matrix -- runtimes                Node.js 20, 22 and 24, Deno and Bun
//   npm run test:matrix -- bundlers webpack        bundlers whose names contain one of the words, or all
//   npm run test:matrix -- test-runners            jest and vitest
//   npm run test:matrix -- --write runtimes        also writes the results to docs/
const PARTS = [
  'opentelemetry',
  'frameworks',
  'runtimes',
  'bundlers',
  'test-runners',
  'install',
  'bundles',
  'other-sdk',
];

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
