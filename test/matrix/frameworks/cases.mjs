import { request } from 'node:http';
import { connect } from 'node:net';
import { measuredRequests, until } from './measured-app.mjs';

/** Sends a request and reads the response to its end. */
export function send(port, method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length };
    request({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end(body);
  });
}

/** Sends a request and closes the connection once the handler of the app runs. */
async function abort({ port, output }, path) {
  const begin = output().length;
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  await until(() => output().indexOf('hanging', begin) !== -1 || undefined, 'line "hanging"');
  socket.destroy();
}

/** Asks for an upgrade, and then sends a request on another connection that is measured after it. */
async function upgrade({ port }, path, next) {
  const answer = await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`);
    });
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('error', reject).on('close', () => resolve(text));
  });
  if (!answer.startsWith('HTTP/1.1 101')) throw new Error(`the upgrade was answered: ${answer.slice(0, 60)}`);
  await send(port, 'GET', next);
}

/**
 * The cases of the matrix: what is sent, and what the page must hold then, and nothing else.
 *
 * @param path how a framework is addressed and writes its routes
 */
export function casesFor(path, template) {
  return {
    route: {
      work: ({ port }) => send(port, 'GET', `${path('/users/7')}?x=1`),
      expected: `GET ${template('/users/:id')} 200`,
    },
    'status 404': { work: ({ port }) => send(port, 'GET', '/nothing/at/all'), expected: 'GET unmatched 404' },
    'status 500': {
      work: ({ port }) => send(port, 'GET', path('/fails/7')),
      expected: `GET ${template('/fails/:id')} 500`,
    },
    abort: { work: (app) => abort(app, path('/hangs/7')), expected: `GET ${template('/hangs/:id')} 499` },
    stream: {
      work: ({ port }) => send(port, 'GET', path('/streams/7')),
      expected: `GET ${template('/streams/:id')} 200`,
      // Three parts with two pauses of 20 ms between them.
      minimumSeconds: 0.038,
    },
    upgrade: {
      work: (app) => upgrade(app, path('/users/7'), path('/users/7')),
      expected: `GET ${template('/users/:id')} 200`,
    },
    'validation error': {
      work: ({ port }) => send(port, 'POST', path('/orders/7'), '{"quantity":"many"}'),
      expected: `POST ${template('/orders/:id')} 400`,
    },
  };
}

/** Sends what a case sends. Returns `ok`, or what the page holds instead. */
export async function runCase(app, { work, expected, minimumSeconds = 0 }) {
  const before = measuredRequests(await app.page());
  await work(app);
  const growth = (after, family) =>
    [...after[family]].filter(([key, count]) => count !== (before[family].get(key) ?? 0)).map(([key]) => key);
  const settled = async () => {
    const after = measuredRequests(await app.page());
    const found = { ticker: growth(after, 'ticker'), semconv: growth(after, 'semconv') };
    return found.ticker.length > 0 && found.semconv.length > 0 && after.active === 0
      ? { ...found, seconds: after.seconds - before.seconds }
      : undefined;
  };
  const { seconds, ...found } = await until(settled, 'measured request', 5000);
  const wrong = Object.entries(found).find(([, keys]) => keys.length !== 1 || keys[0] !== expected);
  if (wrong !== undefined) return `expected ${expected}, found ${wrong[1].join(' and ')} (${wrong[0]})`;
  return seconds >= minimumSeconds ? 'ok' : `${seconds} s, expected at least ${minimumSeconds}`;
}

const SEGMENTS = [
  'users',
  'USERS',
  '%75sers',
  'fails',
  'hangs%2F',
  'streams',
  'orders',
  'api',
  ':id',
  '[id]',
  '*',
  '..',
  '',
];

/** Sends random paths. Returns `ok` if the page has no route but the templates and some further ones. */
export async function fuzz(app, template, further, count = 200) {
  let seed = 1;
  const random = (below) => {
    // The generator of Numerical Recipes: the same paths in every run.
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let i = 0; i < count; i++) {
    const segments = Array.from({ length: 1 + random(4) }, () =>
      random(3) === 0 ? random(1e6).toString(36) : SEGMENTS[random(SEGMENTS.length)],
    );
    const method = ['GET', 'HEAD', 'POST', 'OPTIONS', 'PROPFIND'][random(5)];
    await send(app.port, method, `/${segments.join('/')}`, method === 'POST' ? '{}' : undefined);
  }
  const known = new Set([
    'unmatched',
    ...further,
    ...['users', 'fails', 'hangs', 'streams', 'orders'].map((name) => template(`/${name}/:id`)),
  ]);
  const { ticker, semconv } = measuredRequests(await app.page());
  const routes = new Set([...ticker.keys(), ...semconv.keys()].map((key) => key.split(' ').slice(1, -1).join(' ')));
  const unknown = [...routes].filter((route) => !known.has(route));
  return unknown.length === 0 ? 'ok' : `further routes: ${unknown.slice(0, 5).join(', ')}`;
}
