import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Catalog } from '../catalog/define';
import type { Family } from '../exposition/families';
import { PAGE_PATH, plainHandler, type RequestHandler } from '../http/handlers';
import { dashboardData } from './snapshot';

const HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Metrics</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="dashboard/uplot.css">
<link rel="stylesheet" href="dashboard/style.css">
<script src="dashboard/uplot.js" defer></script>
<script src="dashboard/client.js" type="module"></script>
</head>
<body>
<header>
<h1>Metrics</h1>
<label>Search <input id="search" type="search" placeholder="name, help or label" autocomplete="off"></label>
<label>Last <select id="range"><option value="60">1 min</option><option value="300" selected>5 min</option><option value="900">15 min</option></select></label>
<button id="pause" type="button" aria-pressed="false">Pause</button>
<button id="theme" type="button">Light or dark</button>
<p id="status" role="status" aria-live="polite">Loading…</p>
</header>
<main id="families"></main>
<noscript>This page needs JavaScript; the metrics themselves do not.</noscript>
</body>
</html>
`;

/** Nothing comes from elsewhere, and nothing goes there. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:";

/**
 * A page that shows families as they change, with all that it needs.
 *
 * @param collect returns the families to show
 * @param catalogs definitions whose families are shown although they have no series yet
 */
export function pageRoutes(
  collect: () => Promise<readonly Family[]>,
  catalogs: readonly Catalog[] = [],
): Map<string, RequestHandler> {
  const file = (type: string, path: () => string) => {
    let content: Buffer | undefined;
    return plainHandler(type, POLICY, async () => {
      content ??= readFileSync(path());
      return content;
    });
  };
  const own = (name: string) => () => join(__dirname, name);
  const chart = (name: string) => () => require.resolve(`uplot/dist/${name}`);
  return new Map([
    [PAGE_PATH, plainHandler('text/html; charset=utf-8', POLICY, async () => HTML)],
    [`${PAGE_PATH}/client.js`, file('text/javascript; charset=utf-8', own('client.js'))],
    [`${PAGE_PATH}/style.css`, file('text/css; charset=utf-8', own('style.css'))],
    [`${PAGE_PATH}/uplot.js`, file('text/javascript; charset=utf-8', chart('uPlot.iife.min.js'))],
    [`${PAGE_PATH}/uplot.css`, file('text/css; charset=utf-8', chart('uPlot.min.css'))],
    [
      `${PAGE_PATH}/data.json`,
      plainHandler('application/json; charset=utf-8', POLICY, async () =>
        buffer(dashboardData(await collect(), catalogs)),
      ),
    ],
  ]);
}
