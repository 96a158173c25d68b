import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Repeats an attempt until it returns a value. */
export async function until(attempt, what, millis = 15_000) {
  const end = Date.now() + millis;
  for (;;) {
    const value = await Promise.resolve()
      .then(attempt)
      .catch(() => undefined);
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`no ${what} within ${millis} ms`);
    await wait(20);
  }
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts an app with meterbridge preloaded, or one that starts it in its code.
 *
 * @param args what Node.js runs
 * @param takesPort whether the app listens on `PORT` instead of printing `listening PORT`
 */
export async function startMeasured({ args, cwd, source, takesPort = false, preloads = true }) {
  const metricsPort = await freePort();
  const ownPort = takesPort ? await freePort() : undefined;
  const child = spawn(process.execPath, [...(preloads ? ['--require', 'meterbridge/register'] : []), ...args], {
    cwd,
    env: {
      ...process.env,
      NODE_ENV: 'production',
      METERBRIDGE_SYSTEMS: 'ticker',
      METERBRIDGE_HTTP_SOURCE: source,
      OTEL_EXPORTER_PROMETHEUS_PORT: String(metricsPort),
      ...(takesPort ? { PORT: String(ownPort), HOST: '127.0.0.1' } : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    output += data;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const announced = () => {
    if (child.exitCode !== null) throw new Error('ended');
    const [, port] = /listening (\d+)/.exec(output) ?? [];
    return port === undefined ? undefined : Number(port);
  };
  const app = {
    output: () => output,
    page: async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text(),
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
  try {
    app.port = ownPort ?? (await until(announced, 'line "listening PORT"', 30_000));
    if (takesPort) {
      // Repeated, because an app can start meterbridge while it handles its first request.
      const isMeasured = async () => {
        await (await fetch(`http://127.0.0.1:${ownPort}/users/1`)).text();
        return measuredRequests(await app.page()).ticker.size > 0 || undefined;
      };
      await until(isMeasured, 'measured request', 30_000);
    }
    return app;
  } catch (error) {
    await app.stop();
    throw new Error(`${error.message}; the app printed: ${output}`);
  }
}

/** Returns the requests that were measured, such as `GET /users/:id 200`, with their number, in both families of the page. */
export function measuredRequests(page) {
  const ticker = new Map();
  const semconv = new Map();
  let active = 0;
  let seconds = 0;
  for (const line of page.split('\n')) {
    const [, name, text = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const labels = Object.fromEntries(
      [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, label]) => [key, label]),
    );
    const count = Number(value);
    if (name === 'http_requests_total' && count > 0) {
      ticker.set(`${labels.method} ${labels.endpoint} ${labels.status}`, count);
    } else if (name === 'http_server_request_duration_seconds_count') {
      const status = labels.http_response_status_code ?? (labels.error_type === 'aborted' ? '499' : labels.error_type);
      const key = `${labels.http_request_method} ${labels.http_route ?? 'unmatched'} ${status}`;
      semconv.set(key, (semconv.get(key) ?? 0) + count);
    } else if (name === 'http_server_request_duration_seconds_sum') seconds += count;
    else if (name === 'http_server_active_requests') active += count;
  }
  return { ticker, semconv, active, seconds };
}
