// The package next to the OpenTelemetry packages that an app has installed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAppFolder, nodeCommand, ROOT, shell } from '../app-folder.mjs';
import { countCells, formatTable } from '../page.mjs';

/** The newest releases of each major version, with the first Node.js that each supports. */
const OPENTELEMETRY = [
  { name: '2.x', sdk: '^2.12.0', experimental: '^0.223.0', minimumNode: [20, 6] },
  { name: '3.x', sdk: '^3.1.0', experimental: '^0.301.0', minimumNode: [22, 15] },
];

export function run({ chosen, writes }) {
  const nodes = (chosen.length === 0 ? [undefined] : chosen).map((major) => {
    const [program, ...args] = nodeCommand(major);
    return { program, args, version: shell(program, [...args, '--version'], ROOT).trim() };
  });
  const columns = [];
  for (const release of OPENTELEMETRY) {
    const suitable = nodes.filter(({ version }) => supports(version, release.minimumNode));
    if (suitable.length === 0) continue;
    const folder = createAppFolder(`opentelemetry-${release.name}`, packagesOf(release), [
      join(import.meta.dirname, 'app.cjs'),
    ]);
    for (const { program, args, version } of suitable) {
      const results = JSON.parse(
        shell(program, [...args, 'app.cjs'], folder)
          .trim()
          .split('\n')
          .at(-1),
      );
      columns.push({ title: `Node.js ${version.slice(1)}, OpenTelemetry ${release.name}`, results });
    }
  }
  const checks = Object.keys(columns[0]?.results ?? {});
  const table = formatTable(
    ['check', ...columns.map(({ title }) => title)],
    checks.map((check) => [check, ...columns.map(({ results }) => results[check])]),
  );
  if (writes) writePage(table);
  return { text: table, ...countCells(columns.flatMap(({ results }) => Object.values(results))) };
}

function packagesOf({ sdk, experimental }) {
  return {
    '@opentelemetry/sdk-metrics': sdk,
    '@opentelemetry/sdk-trace': sdk,
    '@opentelemetry/context-async-hooks': sdk,
    '@opentelemetry/exporter-metrics-otlp-http': experimental,
  };
}

function supports(version, [major, minor]) {
  const [ownMajor, ownMinor] = version.slice(1).split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

function writePage(table) {
  const date = new Date().toISOString().slice(0, 10);
  const page = `# Compatibility

<!-- Generated. Run "npm run test:matrix -- --write opentelemetry 20 22 24". -->

The package next to the OpenTelemetry packages of an app, on ${date}. "Its" means the packages that the app installed.
OpenTelemetry 3 requires Node.js 22.15. [HTTP matrix](http-matrix.md) has the frameworks, runtimes and bundlers.

${table}
`;
  writeFileSync(join(ROOT, 'docs/compatibility.md'), page);
}
