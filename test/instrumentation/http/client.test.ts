import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePort, until } from '../../servers/processes';
import { afterTest, get, grown, listen, measureWith, SOURCES, scrape } from './measured';

const COUNT = 'http_client_request_duration_seconds_count';

const send = (url: string) =>
  new Promise<void>((resolve, reject) => {
    const request = httpRequest(url, { agent: false }, (response) => {
      response.resume().on('error', reject).on('close', resolve);
    });
    request.on('error', reject).end();
  });

const CLIENTS = [
  { client: 'http.request()', call: send },
  { client: 'fetch()', call: get },
];

describe.each(SOURCES)('HTTP client requests measured with the source %s', (source) => {
  const running = measureWith(source);

  /** Returns the only series that grows during some work. */
  async function grownSeries(work: () => Promise<unknown>): Promise<string> {
    const before = await scrape(running.sdk);
    await work().catch(() => {});
    const series = await until(async () => {
      const after = await scrape(running.sdk);
      const names = [...after].filter(([name, value]) => name.startsWith(COUNT) && value !== (before.get(name) ?? 0));
      return names.length > 0 ? names.map(([name]) => name) : undefined;
    });
    expect(series).toHaveLength(1);
    return series[0] ?? '';
  }

  describe.each(CLIENTS)('$client', ({ call }) => {
    it('have the address and port of the server, the method and the status', async () => {
      const url = await listen((_, response) => response.writeHead(204).end());
      const series = await grownSeries(() => call(`${url}/some/path?query=1`));
      expect(series).toContain('http_request_method="GET"');
      expect(series).toContain('http_response_status_code="204"');
      expect(series).toContain('server_address="127.0.0.1"');
      expect(series).toContain(`server_port="${new URL(url).port}"`);
      expect(series).not.toContain('error_type');
      expect(series).not.toContain('some');
    });

    it('have the status as error.type if it is an error', async () => {
      const url = await listen((_, response) => response.writeHead(404).end());
      expect(await grownSeries(() => call(url))).toContain('error_type="404"');
    });

    it('have the code of the error if the connection is refused', async () => {
      const port = await freePort();
      const series = await grownSeries(() => call(`http://127.0.0.1:${port}/`));
      expect(series).toContain('error_type="ECONNREFUSED"');
      expect(series).not.toContain('status_code');
    });

    it('have an error.type if the server closes the connection', async () => {
      const server = createServer((socket) => void socket.once('data', () => socket.destroy()));
      afterTest(() => server.close());
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const series = await grownSeries(() => call(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
      expect(series).toMatch(/error_type="(ECONNRESET|UND_ERR_SOCKET)"/);
    });
  });

  it('share one address when there are many servers', async () => {
    const url = new URL(await listen((_, response) => response.end('ok')));
    const hosts = Array.from({ length: 110 }, (_, i) => `http://127.0.1.${i + 1}:${url.port}/`);
    const before = await scrape(running.sdk);
    for (const host of hosts) await send(host).catch(() => {});
    const after = await scrape(running.sdk);
    const growth = new Map([...after].map(([name, value]) => [name, value - (before.get(name) ?? 0)] as const));
    const series = grown(growth, COUNT);
    expect(series.length).toBeLessThanOrEqual(101);
    expect(series.filter((name) => name.includes('server_address="_OTHER"'))).toHaveLength(1);
  });
});
