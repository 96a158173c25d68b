// The package next to NodeSDK and the automatic instrumentations, in every order.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createAppFolder } from '../app-folder.mjs';
import { countCells, formatTable, measuredOn, writeSection } from '../page.mjs';

const RELEASES = [
  { title: '2.x', sdk: '^0.223.0', metrics: '^2.12.0', auto: '^0.81.0', minimumNode: 20 },
  { title: '3.x', sdk: '^0.301.0', metrics: '^3.1.0', auto: 'latest', minimumNode: 22 },
];
const OURS = ['--require', 'meterbridge/register'];
const AUTO = ['--require', '@opentelemetry/auto-instrumentations-node/register'];
const SCENARIOS = [
  { title: 'meterbridge preloaded before the automatic instrumentations', flags: [...OURS, ...AUTO] },
  { title: 'meterbridge preloaded after them', flags: [...AUTO, ...OURS] },
  { title: 'before them, with OTEL_METRICS_EXPORTER=none', flags: [...OURS, ...AUTO], governs: true },
  { title: 'after them, with OTEL_METRICS_EXPORTER=none', flags: [...AUTO, ...OURS], governs: true },
  { title: '`start()` before NodeSDK with a metric reader', args: ['meterbridge-first'] },
  { title: '`start()` after NodeSDK with a metric reader', args: ['node-sdk-first'] },
];
const PORT = 21_464;

function runScenario(folder, { flags = [], args = [], governs = false }) {
  const env = {
    ...process.env,
    METERBRIDGE_SYSTEMS: 'hodei',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(PORT),
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_NODE_RESOURCE_DETECTORS: 'none',
    ...(governs ? { OTEL_METRICS_EXPORTER: 'none', METERBRIDGE_METRICS_EXPORTER: 'prometheus' } : {}),
  };
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, 'app.cjs', ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  const line = stdout.split('\n').findLast((text) => text.startsWith('{"documented'));
  const log = `${stdout}\n${stderr}`;
  const stack = /^(.*)\n\s+at .*:\d+:\d+/m.exec(log)?.[1];
  return {
    ...(line === undefined ? { 'documented metrics': log.trim().split('\n').at(-1) } : JSON.parse(line)),
    'no stack trace': stack ?? 'ok',
  };
}

/** @param chosen the releases of OpenTelemetry, such as 2.x; all that this Node.js supports by default */
export function run({ chosen, writes }) {
  const rows = RELEASES.filter(({ title, minimumNode }) => {
    const isSupported = Number(process.versions.node.split('.')[0]) >= minimumNode;
    return isSupported && (chosen.length === 0 || chosen.includes(title));
  }).flatMap(({ title, sdk, metrics, auto }) => {
    const packages = {
      '@opentelemetry/sdk-node': sdk,
      '@opentelemetry/sdk-metrics': metrics,
      '@opentelemetry/auto-instrumentations-node': auto,
    };
    const folder = createAppFolder(`other-sdk-${title}`, packages, [join(import.meta.dirname, 'app.cjs')]);
    return SCENARIOS.map((scenario) => ({
      title: `${scenario.title}, OpenTelemetry ${title}`,
      results: runScenario(folder, scenario),
    }));
  });
  const checks = Object.keys(rows[0].results);
  const text = formatTable(
    ['', ...checks],
    rows.map(({ title, results }) => [title, ...checks.map((check) => results[check] ?? 'not served')]),
  );
  if (writes)
    writeSection(
      'guides/other-sdk.md',
      'other-sdk',
      `${measuredOn()} with Node.js ${process.versions.node}.\n\n${text}`,
    );
  return { text, ...countCells(rows.flatMap(({ results }) => Object.values(results))) };
}
