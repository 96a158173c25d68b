import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { HttpServer } from '../../src/http/http-server';
import { RouteError } from '../../src/http/router';
import { type WebConfig, WebConfigError } from '../../src/http/web-config';
import { listenToDiagnostics } from '../diagnostics';
import { ROOT, run, until } from '../servers/processes';
import { afterTest, closed, exchange, listen, open, textHandler } from './servers';

const get = (path: string, more = '', host = 'localhost') =>
  `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${more}connection: close\r\n\r\n`;
const statusOf = (response: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(response)?.[1]);

/** A route whose responses wait until they are released. */
function waitingRoute(path: string, isProbe = false) {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let started = 0;
  const route = {
    path,
    isProbe,
    handler: (...[, response]: Parameters<ReturnType<typeof textHandler>>) => {
      started++;
      void released.then(() => response.end('released'));
    },
  };
  return {
    route,
    release: () => release(),
    started: (count: number) => until(() => (started >= count ? true : undefined)),
  };
}

describe('routes', () => {
  it('answers 404 with the listed paths for any other path', async () => {
    const { url } = await listen({}, [
      { path: '/metrics', handler: textHandler('m') },
      { path: '/hidden', handler: textHandler('h'), isListed: false },
    ]);
    const response = await fetch(`${url}/metric`);
    expect([response.status, await response.text()]).toEqual([404, 'Not found. Try /metrics.\n']);
    expect(await (await fetch(`${url}/hidden`)).text()).toBe('h');
    expect(await (await fetch(`${url}/metrics?x=1`)).text()).toBe('m');
  });

  it('throws for duplicate paths and for a faulty web configuration', () => {
    const route = { path: '/health', handler: textHandler('') };
    const address = { host: 'localhost', port: 0 };
    expect(() => new HttpServer(address, [route, route])).toThrow(RouteError);
    expect(() => new HttpServer(address, [route], { web: {} })).toThrow(WebConfigError);
  });

  it('accepts absolute-form request targets', async () => {
    const { port } = await listen();
    for (const target of ['http://localhost/metrics', 'HTTP://127.0.0.1:80/metrics?x=1', 'http://localhost/metrics']) {
      expect(await exchange(port, get(target)), target).toContain('document');
    }
    expect(statusOf(await exchange(port, get('http://localhost')))).toBe(404);
  });

  it('refuses long URLs, large headers, unknown methods and nonsense', async () => {
    const { port, url } = await listen();
    expect((await fetch(`${url}/metrics?${'x'.repeat(5000)}`)).status).toBe(414);
    expect(statusOf(await exchange(port, get('/metrics', `x-large: ${'x'.repeat(20_000)}\r\n`)))).toBe(431);
    expect(statusOf(await exchange(port, get('/metrics').replace('GET', 'DELETE')))).toBe(405);
    expect(statusOf(await exchange(port, get('/metrics').replace('GET', 'BREW')))).toBe(400);
    expect(statusOf(await exchange(port, '\0\u0001\u0002nonsense\r\n\r\n'))).toBe(400);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });

  it('sends security headers with every response', async () => {
    const { url } = await listen({ web: { bearerToken: 'a', authExcludedPaths: ['/health'] } });
    for (const path of ['/metrics', '/health', '/nothing']) {
      const { headers } = await fetch(url + path);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });
});

describe('the Host header', () => {
  it('the Host header must be an IP address, localhost or an allowed host on a loopback address', async () => {
    const { port } = await listen({ allowedHosts: ['Metrics.Example'] });
    const status = async (host: string) => statusOf(await exchange(port, get('/metrics', '', host)));
    for (const host of ['localhost', 'localhost:1', '127.0.0.1', '[::1]:5', '192.0.2.1', 'metrics.example:80']) {
      expect(await status(host), host).toBe(200);
    }
    for (const host of ['attacker.example', 'localhost.attacker.example', ''])
      expect(await status(host), host).toBe(421);
  });

  it('the Host header is replaced by the host of an absolute-form target', async () => {
    const { port } = await listen();
    expect(statusOf(await exchange(port, get('http://attacker.example/metrics')))).toBe(421);
    expect(statusOf(await exchange(port, get('http://localhost/metrics', '', 'attacker.example')))).toBe(200);
  });

  it('the Host header is not checked when all interfaces are listened on', async () => {
    const { port } = await listen({}, undefined, { host: '0.0.0.0', port: 0 });
    expect(statusOf(await exchange(port, get('/metrics', '', 'metrics.example')))).toBe(200);
  });
});

describe('places of requests', () => {
  it('places of requests are limited: further requests get 503, and all are answered again later', async () => {
    const waiting = waitingRoute('/slow');
    const { url } = await listen({ maxRequests: 3 }, [waiting.route]);
    const running = Array.from({ length: 3 }, () => fetch(`${url}/slow`));
    await waiting.started(3);
    const refused = await fetch(`${url}/slow`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    waiting.release();
    for (const response of running) expect((await response).status).toBe(200);
    expect((await fetch(`${url}/slow`)).status).toBe(200);
  });

  it('places of requests are not taken by health probes, which are answered when all places are taken', async () => {
    const waiting = waitingRoute('/slow');
    const probe = waitingRoute('/ready', true);
    const { url } = await listen({ maxRequests: 1 }, [
      waiting.route,
      probe.route,
      { path: '/health', handler: textHandler('healthy'), isProbe: true },
    ]);
    const running = fetch(`${url}/slow`);
    await waiting.started(1);
    expect((await fetch(`${url}/slow`)).status).toBe(503);
    const probes = Array.from({ length: 60 }, () => fetch(`${url}/ready`));
    await probe.started(60);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    probe.release();
    for (const response of probes) expect((await response).status).toBe(200);
    waiting.release();
    await running;
  });

  it('places of requests are free again when clients leave', async () => {
    const waiting = waitingRoute('/slow');
    const { port, url } = await listen({ maxRequests: 5 }, [
      waiting.route,
      { path: '/metrics', handler: textHandler('document') },
    ]);
    const socket = await open(port);
    socket.write(get('/slow').replace('connection: close\r\n', '').repeat(60));
    await waiting.started(5);
    socket.destroy();
    await until(async () => ((await fetch(`${url}/metrics`)).status === 200 ? true : undefined));
  });
});

describe('an HTTP server', () => {
  it('answers pipelined requests in their order', async () => {
    const { port } = await listen();
    const one = (path: string) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
    const response = await exchange(port, one('/health') + one('/nothing') + get('/metrics'));
    expect(response.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 404', 'HTTP/1.1 200']);
  });

  it('cause no warning when a client leaves in the middle of pipelined requests', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => void warnings.push(warning);
    process.on('warning', onWarning);
    afterTest(() => process.off('warning', onWarning));
    const waiting = waitingRoute('/slow');
    const { port } = await listen({}, [waiting.route]);
    const socket = await open(port);
    socket.write('GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(60));
    await waiting.started(40);
    socket.resetAndDestroy();
    waiting.release();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(warnings).toEqual([]);
  });

  it('closes a connection that does not finish its request within seconds', async () => {
    const { port } = await listen();
    expect(statusOf(await exchange(port, 'GET /metrics HTTP/1.1\r\nhost: localhost\r\n'))).toBe(408);
  });

  it('closes a connection that sends nothing within seconds', async () => {
    const { port } = await listen();
    await closed(await open(port));
  });

  it('closes the connections that are idle for longest when there are too many', async () => {
    const { port, url } = await listen();
    const answered = async () => {
      const socket = await open(port);
      socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
      await new Promise((resolve) => socket.once('data', resolve));
      return socket;
    };
    const first = await answered();
    const second = await answered();
    // The first one is used again, so the second is idle for longer.
    first.write('GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await new Promise((resolve) => first.once('data', resolve));
    const others = await Promise.all(Array.from({ length: 511 }, answered));
    await closed(second);
    expect(first.destroyed).toBe(false);
    expect(others.filter((socket) => socket.destroyed)).toEqual([]);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    await closed(first);
  });
});

describe('localhost', () => {
  it('listens on both address families, on one port', async () => {
    const { port } = await listen({}, undefined, { host: 'localhost', port: 0 });
    for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
      expect((await fetch(`http://${host}:${port}/metrics`)).status, host).toBe(200);
    }
  });

  it('keeps listening on 127.0.0.1 and reports when another process has the port on ::1', async () => {
    const diagnostics = listenToDiagnostics();
    afterTest(() => diagnostics.stop());
    const other = createNetServer();
    await new Promise<void>((resolve) => other.listen(0, '::1', resolve));
    afterTest(() => other.close());
    const { port } = other.address() as AddressInfo;
    const { server } = await listen({}, undefined, { host: 'localhost', port });
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
    expect(diagnostics.messages()).toEqual([expect.stringContaining(`port-in-use: cannot listen on [::1]:${port}`)]);
    await server.shutdown();
  });
});

describe('listening on an address that other hosts reach', () => {
  async function diagnosticsFor(host: string | undefined, web?: WebConfig): Promise<string[]> {
    const diagnostics = listenToDiagnostics();
    afterTest(() => diagnostics.stop());
    await listen(web === undefined ? {} : { web }, undefined, { host, port: 0 });
    return diagnostics.messages();
  }

  it.each([[undefined], ['0.0.0.0'], ['::']])('warns without authentication, at %s', async (host) => {
    expect(await diagnosticsFor(host)).toEqual([expect.stringMatching(/^meterbridge exposure: .* port \d+/)]);
  });

  it('listening on an address that other hosts reach does not warn with authentication, or on a loopback address', async () => {
    expect(await diagnosticsFor('0.0.0.0', { bearerToken: 'a' })).toEqual([]);
    expect(await diagnosticsFor('127.0.0.1')).toEqual([]);
    expect(await diagnosticsFor('localhost')).toEqual([]);
  });
});

describe('a port in use', () => {
  async function blockedPort(): Promise<{ port: number; release: () => Promise<unknown> }> {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const release = () => new Promise((resolve) => blocker.close(resolve));
    afterTest(release);
    return { port: (blocker.address() as AddressInfo).port, release };
  }

  it('a port in use is reported once and does not throw', async () => {
    const diagnostics = listenToDiagnostics();
    afterTest(() => diagnostics.stop());
    const { port } = await blockedPort();
    for (let i = 0; i < 2; i++) {
      const server = new HttpServer({ host: '127.0.0.1', port }, []);
      expect(await server.start()).toBe(false);
      expect([server.port, server.urls]).toEqual([undefined, []]);
      await server.shutdown();
    }
    expect(diagnostics.messages()).toEqual([
      `meterbridge port-in-use: cannot listen on 127.0.0.1:${port}: the port is in use; choose another one, with OTEL_EXPORTER_PROMETHEUS_PORT or in code`,
    ]);
  });

  it('a port in use is tried again when that is configured', async () => {
    const diagnostics = listenToDiagnostics();
    afterTest(() => diagnostics.stop());
    const { port, release } = await blockedPort();
    const server = new HttpServer({ host: '127.0.0.1', port }, [{ path: '/metrics', handler: textHandler('m') }], {
      portRetryMillis: 20,
    });
    afterTest(() => server.shutdown());
    expect(await server.start()).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.port).toBeUndefined();
    await release();
    await until(() => server.port);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
    expect(diagnostics.messages()).toHaveLength(1);
  });
});

describe('the shutdown of an HTTP server', () => {
  it('an HTTP server that shuts down completes responses, and accepts no new connection', async () => {
    const waiting = waitingRoute('/slow');
    const { port, server, url } = await listen({}, [waiting.route]);
    const running = fetch(`${url}/slow`);
    await waiting.started(1);
    const down = server.shutdown();
    expect(server.port).toBeUndefined();
    await expect(open(port)).rejects.toThrow('ECONNREFUSED');
    waiting.release();
    expect((await running).status).toBe(200);
    await down;
  });

  it('closes idle connections and those that have sent nothing at once', async () => {
    const { port, server } = await listen();
    const silent = await open(port);
    const begun = await open(port);
    begun.write('GET /metrics HTTP/1.1\r\n');
    const idle = await open(port);
    idle.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await new Promise((resolve) => idle.once('data', resolve));
    await server.shutdown();
    for (const socket of [silent, begun, idle]) await closed(socket);
  }, 4000);

  it('settles a start that still looks up its host name, and does not listen afterwards', async () => {
    const server = new HttpServer({ host: 'localhost.localdomain', port: 0 }, []);
    const started = server.start();
    await server.shutdown();
    expect(await started).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(server.port).toBeUndefined();
    expect(await server.start()).toBe(false);
    expect(await new HttpServer({ host: 'localhost', port: 0 }, []).shutdown()).toBeUndefined();
  });
});

describe('the process of an HTTP server', () => {
  it('the process of an HTTP server ends while clients keep connections open, idle or without a request', async () => {
    const program = `
      const { connect } = require('node:net');
      const { HttpServer } = require(${JSON.stringify(ROOT)});
      const handler = (request, response) => response.end('ok');
      const server = new HttpServer({ host: '127.0.0.1', port: 0 }, [{ path: '/', handler }]);
      server.start().then(() => {
        connect(server.port, '127.0.0.1', function () { this.unref(); });
        const kept = connect(server.port, '127.0.0.1', () => kept.write('GET / HTTP/1.1\\r\\nhost: localhost\\r\\n\\r\\n'));
        kept.once('data', () => kept.unref());
      });`;
    const child = run(process.execPath, ['-e', program]);
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toBe('');
  }, 4000);
});

describe('a handler that throws', () => {
  it('a handler that throws fails only its own request, and is reported', async () => {
    const diagnostics = listenToDiagnostics();
    afterTest(() => diagnostics.stop());
    const handler = () => {
      throw new Error('broken');
    };
    const { url } = await listen({}, [
      { path: '/broken', handler },
      { path: '/metrics', handler: textHandler('document') },
    ]);
    await expect(fetch(`${url}/broken`)).rejects.toThrow();
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    expect(diagnostics.messages()).toEqual([
      expect.stringContaining('meterbridge request: the request for /broken failed: broken'),
    ]);
  });
});

describe('a CONNECT request', () => {
  it('a CONNECT request is rejected, and the server keeps running', async () => {
    const { port, url } = await listen();
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('CONNECT localhost:80 HTTP/1.1\r\nhost: localhost\r\n\r\n'),
    );
    socket.on('error', () => {});
    await closed(socket);
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });
});
