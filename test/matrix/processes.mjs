// Runs an app in the cluster mode of pm2, in a folder into which npm installs the packed package and pm2, and checks that one
// worker serves the metrics of all, also after it was killed and after a reload.
//
//   npm run test:matrix -- processes
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '../..');
const PM2 = 'pm2@7.0.4';
const WORKERS = 3;
/** The time within which another worker must serve, in milliseconds. */
const MAX_TAKEOVER_MILLIS = 1000;

const target = mkdtempSync(join(tmpdir(), 'meterbridge-pm2-'));
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(OTEL|METERBRIDGE|PM2|npm)_/.test(name)),
);

function run(command, options, extra = {}) {
  return execFileSync(command, options, { cwd: target, encoding: 'utf8', env: { ...env, ...extra } });
}

function install() {
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), '{"private": true}\n');
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', target, ROOT]);
  const archive = run('ls', [target])
    .split('\n')
    .find((file) => file.endsWith('.tgz'));
  run('npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    `./${archive}`,
    '@opentelemetry/api@^1.9.0',
    PM2,
  ]);
  copyFileSync(join(import.meta.dirname, 'pm2-app.cjs'), join(target, 'app.cjs'));
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function until(attempt, millis = 20_000) {
  const end = Date.now() + millis;
  for (;;) {
    try {
      const result = await attempt();
      if (result !== undefined) return result;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    if (Date.now() > end) throw new Error('no value in time');
    await sleep(20);
  }
}

install();
const [port, metricsPort] = [await freePort(), await freePort()];
const settings = {
  PM2_HOME: join(target, 'home'),
  PORT: String(port),
  OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort),
  // As in a container: pm2's commands and its daemon inherit it and must not take the port.
  NODE_OPTIONS: '--require meterbridge/register',
};
const pm2 = (...options) => run(join(target, 'node_modules/.bin/pm2'), [...options, '--no-color'], settings);
const page = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
const sample = (text, series) => Number(new RegExp(`^${series}\\{.*\\} (\\d+)$`, 'm').exec(text)?.[1]);
const current = (text) => Number(/^meterbridge_processes\{state="current"\} (\d+)$/m.exec(text)?.[1]);
const allOnPage = () =>
  until(async () => {
    const text = await page();
    return current(text) === WORKERS ? text : undefined;
  });
const send = async (count) => {
  for (let i = 0; i < count; i++) await (await fetch(`http://127.0.0.1:${port}/`)).text();
};

const results = {};
const check = (name, isOk, detail) => {
  results[name] = isOk ? `ok (${detail})` : `failed (${detail})`;
  if (!isOk) process.exitCode = 1;
};

try {
  pm2('start', 'app.cjs', '-i', String(WORKERS));
  await allOnPage();
  await send(30);
  const counted = sample(await page(), 'app_requests_total');
  check('one page has the metrics of all workers', counted === 30, `${counted} of 30 requests`);

  // A scrape has told the others what the serving one had counted.
  const serving = Number(/^app_process\{process="0",.*\} (\d+)$/m.exec(await page())?.[1]);
  process.kill(serving, 'SIGKILL');
  const start = performance.now();
  const text = await until(page);
  const millis = Math.round(performance.now() - start);
  check('another worker serves when the serving one is killed', millis < MAX_TAKEOVER_MILLIS, `after ${millis} ms`);
  const kept = sample(text, 'app_requests_total');
  check('what the killed worker had counted stays', kept === 30, `${kept} of 30 requests`);

  await allOnPage();
  await send(30);
  pm2('reload', 'app');
  await allOnPage();
  const reloaded = sample(await page(), 'app_requests_total');
  check('a reload loses nothing', reloaded === 60, `${reloaded} of 60 requests`);
} finally {
  pm2('kill');
  rmSync(target, { recursive: true, force: true });
}
console.log(
  Object.entries(results)
    .map(([name, result]) => `${name}: ${result}`)
    .join('\n'),
);
