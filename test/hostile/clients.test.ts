import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exchange, listen } from '../http/servers';
import { plainEnvironment } from '../process/apps';
import { type Child, ROOT, run, until } from '../servers/processes';

const SERIES = 20_000;
const HEADERS = { authorization: `Basic ${Buffer.from('prometheus:right').toString('base64')}` };
const WRONG = `Basic ${Buffer.from('prometheus:wrong').toString('base64')}`;

let folder: string;
let app: Child;
let url: URL;
const sockets = new Set<Socket>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clients-'));
  const file = join(folder, 'web.yml');
  writeFileSync(file, `basic_auth_users:\n  prometheus: ${hashSync('right', 10)}\nauth_excluded_paths: [/health]\n`);
  // What Node.js gives itself in a container of 512 MB is more.
  app = run(process.execPath, ['--max-old-space-size=128', join(ROOT, 'test/hostile/apps/big-page.cjs')], {
    env: { ...plainEnvironment(), METERBRIDGE_WEB_CONFIG_FILE: file },
  });
  url = await until(() => new URL(app.stdout().trim()));
});
afterAll(async () => {
  await app.stop('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Opens a connection and sends some bytes. The connection stays until the server closes it or the test ends. */
function attack(bytes: string): Socket {
  const socket = connect(Number(url.port), url.hostname);
  sockets.add(socket);
  socket.on('error', () => {});
  socket.on('close', () => sockets.delete(socket));
  socket.pause();
  socket.write(bytes);
  return socket;
}

const request = (lines: string) => `GET /metrics HTTP/1.1\r\nHost: localhost\r\n${lines}\r\n`;
const authorized = request(`Authorization: ${HEADERS.authorization}\r\n`);

/** What clients can do together. Each is called many times. Add an attack here. */
const ATTACKS: Readonly<Record<string, () => void>> = {
  'never reads what it asked for': () => void attack(authorized),
  'never reads, and says that it waits for two minutes': () =>
    void attack(authorized.replace('\r\n\r\n', '\r\nX-Prometheus-Scrape-Timeout-Seconds: 120\r\n\r\n')),
  'asks for protobuf and never reads': () =>
    void attack(
      authorized.replace(
        '\r\n\r\n',
        '\r\nAccept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited\r\n\r\n',
      ),
    ),
  'connects and sends nothing': () => void attack(''),
  'sends half of a header': () => void attack('GET /metrics HTTP/1.1\r\nHost: loc'),
  'sends one byte after another': () => {
    const socket = attack('');
    let i = 0;
    const timer = setInterval(() => socket.write(authorized[i++ % authorized.length] as string), 100);
    socket.on('close', () => clearInterval(timer));
  },
  'sends many requests at once and leaves': () => {
    const socket = attack(authorized.repeat(60));
    socket.resume();
    socket.once('data', () => socket.resetAndDestroy());
  },
  'guesses passwords': () => {
    const socket = attack(request(`Authorization: ${WRONG}\r\n`));
    socket.on('data', () => socket.write(request(`Authorization: ${WRONG}\r\n`))).resume();
  },
  'sends what is not HTTP': () => void attack('\x16\x03\x01\x00\xa5garbage\r\n\r\n'),
  'promises a body': () =>
    void attack('POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n'),
  'asks with the host of another site': () => void attack(authorized.replace('localhost', 'attacker.example')).resume(),
};

const descriptors = () => readdirSync(`/proc/${app.process.pid}/fd`).length;

it('an endpoint under all attacks at once answers probes and the right password, and holds on to nothing', async () => {
  const scrape = async () => {
    const response = await fetch(url, { headers: HEADERS });
    const page = await response.text();
    return response.status === 200 ? page : undefined;
  };
  const isWhole = (page: string) => page.split('\n').filter((line) => line.startsWith('wait_count{')).length === SERIES;
  expect(isWhole(await until(scrape))).toBe(true);
  const before = descriptors();
  for (let i = 0; i < 20; i++) for (const start of Object.values(ATTACKS)) start();
  for (let i = 0; i < 10; i++) {
    const health = await fetch(new URL('/health', url));
    expect(health.status).toBe(200);
    await health.text();
  }
  // The attackers share the address of this client, and take all places for some seconds.
  expect(isWhole(await until(scrape, 30_000))).toBe(true);
  for (const socket of sockets) socket.destroy();
  await until(() => descriptors() <= before + 2 || undefined);
  expect(isWhole(await until(scrape))).toBe(true);
  expect(app.stderr()).toBe('');
  expect(await app.stop('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
}, 90_000);

it('a page of another site that resolves to the loopback address is refused', async () => {
  const { port } = await listen();
  const ask = (host: string) => exchange(port, `GET /metrics HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  for (const host of [
    'attacker.example',
    `attacker.example:${port}`,
    '127.0.0.1.nip.io',
    'localhost.attacker.example',
  ]) {
    expect(await ask(host), host).toMatch(/^HTTP\/1.1 421 /);
  }
  for (const host of ['localhost', `127.0.0.1:${port}`, `[::1]:${port}`]) {
    expect(await ask(host), host).toMatch(/^HTTP\/1.1 200 /);
  }
});
