// The cluster mode of pm2: one worker serves the metrics of all, also after it was killed and after a reload.
import { join } from 'node:path';
import { createAppFolder, shell } from '../app-folder.mjs';
import { freePort, until } from '../frameworks/measured-app.mjs';
import { countCells, formatTable, measuredOn, writeSection } from '../page.mjs';

const PM2 = '7.0.4';
const WORKERS = 3;
const RELOADS = 20;
/** The time within which another worker must serve, in milliseconds. */
const MAX_TAKEOVER_MILLIS = 1000;

/** Returns the results by check. */
async function runCluster(folder) {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const settings = {
    PM2_HOME: join(folder, 'home'),
    PORT: String(port),
    OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort),
    // As in a container: pm2's commands and its daemon inherit it and must not take the port.
    NODE_OPTIONS: '--require meterbridge/register',
  };
  const pm2 = (...options) =>
    shell(join(folder, 'node_modules/.bin/pm2'), [...options, '--no-color'], folder, settings);
  const page = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const sample = (text, series) => Number(new RegExp(`^${series}\\{.*\\} (\\d+)$`, 'm').exec(text)?.[1]);
  const current = (text) => Number(/^meterbridge_processes\{state="current"\} (\d+)$/m.exec(text)?.[1]);
  const allOnPage = () =>
    until(async () => {
      const text = await page();
      return current(text) === WORKERS ? text : undefined;
    }, 'page of all workers');
  const send = async (count) => {
    for (let i = 0; i < count; i++) await (await fetch(`http://127.0.0.1:${port}/`)).text();
  };

  const results = {};
  const check = (name, isOk, detail) => {
    results[name] = isOk ? 'ok' : `failed: ${detail}`;
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
    const text = await until(page, 'page');
    const millis = Math.round(performance.now() - start);
    check('another worker serves when the serving one is killed', millis < MAX_TAKEOVER_MILLIS, `after ${millis} ms`);
    const kept = sample(text, 'app_requests_total');
    check('what the killed worker had counted stays', kept === 30, `${kept} of 30 requests`);

    await allOnPage();
    let sent = 30;
    let reloaded = 30;
    // pm2 replaces two workers at once, the serving one included.
    for (let i = 0; i < RELOADS && reloaded === sent; i++) {
      await send(30);
      sent += 30;
      pm2('reload', 'app');
      await allOnPage();
      reloaded = sample(await page(), 'app_requests_total');
    }
    check(`${RELOADS} reloads in a row lose nothing`, reloaded === sent, `${reloaded} of ${sent} requests`);
  } finally {
    pm2('kill');
  }
  return results;
}

export async function run({ writes }) {
  const folder = createAppFolder('pm2', { pm2: PM2 }, [join(import.meta.dirname, 'app.cjs')]);
  const results = await runCluster(folder);
  const text = formatTable(['', `pm2 ${PM2}, ${WORKERS} workers`], Object.entries(results));
  if (writes)
    writeSection(
      'guides/many-processes.md',
      'processes',
      `${measuredOn()} with Node.js ${process.versions.node}.\n\n${text}`,
    );
  return { text, ...countCells(Object.values(results)) };
}
