import type { OutgoingHttpHeaders } from 'node:http';
import { type Exposition, expositionHandler } from '../http/handlers';
import type { Route } from '../http/router';

/** The path of the dashboard; its files are below. */
export const DASHBOARD_PATH = '/dashboard';

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
<script src="dashboard/modules/dashboard/page/client.js" type="module"></script>
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
<section id="alerts" role="status" aria-label="Alerts" hidden></section>
<main id="families"></main>
<noscript>This page needs JavaScript. The metrics themselves do not.</noscript>
</body>
</html>
`;

const HEADERS: OutgoingHttpHeaders = {
  // Nothing is loaded from elsewhere, and nothing is sent elsewhere.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** The files that the page loads, which the build writes to `assets.js`. */
const ASSET_PATHS = [
  '/style.css',
  '/uplot.css',
  '/uplot.js',
  '/modules/dashboard/page/alert-list.js',
  '/modules/dashboard/page/card.js',
  '/modules/dashboard/page/card-groups.js',
  '/modules/dashboard/page/chart.js',
  '/modules/dashboard/page/client.js',
  '/modules/dashboard/page/elements.js',
  '/modules/dashboard/page/exemplar-line.js',
  '/modules/dashboard/page/format.js',
  '/modules/dashboard/page/headline.js',
  '/modules/dashboard/page/heatmap.js',
  '/modules/dashboard/page/legend.js',
  '/modules/dashboard/page/readings.js',
  '/modules/dashboard/page/related.js',
  '/modules/exposition/quantile.js',
];

/**
 * Returns the routes of the dashboard: a page that shows families as they change, and everything that it loads.
 *
 * @param snapshot returns the families as JSON (`PageData`), in pieces
 */
export function dashboardRoutes(snapshot: () => Promise<Exposition['body']>): Route[] {
  const route = (path: string, contentType: string, content: () => Promise<Exposition['body']>): Route => ({
    path: DASHBOARD_PATH + path,
    isListed: path === '',
    handler: expositionHandler(
      async () => ({ status: 200, contentType: `${contentType}; charset=utf-8`, body: await content() }),
      { headers: HEADERS },
    ),
  });
  return [
    route('', 'text/html', async () => [Buffer.from(HTML)]),
    ...ASSET_PATHS.map((path) =>
      route(path, path.endsWith('.css') ? 'text/css' : 'text/javascript', async () => [Buffer.from(readAsset(path))]),
    ),
    route('/data.json', 'application/json', snapshot),
  ];
}

/** Loads the files with the first request for one. */
function readAsset(path: string): string {
  const { ASSETS } = require('./assets') as { ASSETS: Readonly<Record<string, string>> };
  const content = ASSETS[path];
  if (content === undefined) throw new Error(`the build has no ${path}`);
  return content;
}
