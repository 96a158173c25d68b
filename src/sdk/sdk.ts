import type { RequestListener } from 'node:http';
import { isReported, report } from '../diagnostics';
import type { MetricFamily } from '../exposition/decode/metric-family';
import { parseExposition } from '../exposition/decode/parser';
import { parseAddress } from '../http/address';
import type { ReadinessCheck } from '../http/health';
import type { HttpServer } from '../http/http-server';
import { readText } from '../http/read-body';
import { type Catalog, createInstruments, type Instruments } from '../instruments';
import { errorMessage, type Issue, invalidValue } from '../issues';
import { withTimeout } from '../timeout';
import { path as endpointPath } from './accepted-values';
import type { Parts } from './assemble';
import type { Definitions } from './definitions';
import { ConfigurationError } from './settings';

/** The result of {@link Sdk.scrape}. */
export interface ScrapeResult {
  /** The HTTP status that the endpoint answers with: 200, or 503 or 500 with the reason as the body. */
  readonly status: number;
  /** The value of the `Content-Type` header. */
  readonly contentType: string;
  /** The exposition in the Prometheus text format 0.0.4. */
  readonly body: string;
}

/** How long an operation may take. */
export interface TimeoutOptions {
  /** Milliseconds. The setting `exportTimeoutMillis` by default. */
  readonly timeoutMillis?: number | undefined;
}

/** A server of an SDK. */
export interface SdkServer {
  /** The port that the server listens on, or `undefined` if it does not listen. */
  readonly port: number | undefined;
  /** The URL of each path, while the server listens. */
  readonly urls: readonly string[];
  /** Stops listening and waits a few seconds for responses in progress. */
  shutdown(): Promise<void>;
}

/** A running SDK. */
export interface Sdk {
  /**
   * Serves the metrics in your own server, at whatever path it is mounted: in `http.createServer`, in express with
   * `app.get(path, sdk.handler)`, in fastify with `(request, reply) => { reply.hijack(); sdk.handler(request.raw, reply.raw); }`.
   */
  readonly handler: RequestListener;
  /** Serves the health report: 200 while the process answers. */
  readonly healthHandler: RequestListener;
  /** Serves the readiness report: 200 if every check passes, otherwise 503. */
  readonly readinessHandler: RequestListener;
  /** The URLs of metrics, health, readiness and dashboard on every server that listens. */
  readonly urls: readonly string[];
  /**
   * Adds a readiness check, or replaces the one with that name.
   *
   * @param check returns or resolves if the app is ready; throws or rejects if it is not
   * @returns a function that removes the check
   */
  addReadinessCheck(name: string, check: ReadinessCheck): () => void;
  /**
   * Serves metrics, `/health` and `/ready` at a further address, with the protection and limits of the first.
   *
   * @param address `host:port`, `:port` for all interfaces, or a port on localhost; port 0 lets the system choose
   * @param path the path of the metrics; `/metrics` by default
   * @returns the server. Its `port` is `undefined` if it cannot listen or the SDK is shut down, which is also reported
   * @throws ConfigurationError or RangeError (as a rejection) if the path or the address is invalid
   */
  serve(address: string | number, path?: string): Promise<SdkServer>;
  /** Returns what the endpoint serves, for a framework whose handlers return text. Never rejects. */
  scrape(): Promise<ScrapeResult>;
  /**
   * Returns the families that the endpoint serves, by name, for code that works with values: each has its type, its help
   * text and its samples.
   *
   * @throws Error (as a rejection) if the metrics cannot be collected
   */
  gather(): Promise<ReadonlyMap<string, MetricFamily>>;
  /**
   * Returns the instruments of a catalog, recording to this SDK. A metric that another catalog defines differently is
   * reported and not served.
   */
  instruments<C extends Catalog>(catalog: C): Instruments<C>;
  /** Exports what was recorded to every backend that metrics are pushed to. Failures are reported. Never rejects. */
  forceFlush(options?: TimeoutOptions): Promise<void>;
  /**
   * Exports what was recorded, closes servers and exporters, and undoes what `start()` did to the process. Instruments
   * record nothing afterwards. Never rejects. Another `start()` begins again from zero.
   */
  shutdown(options?: TimeoutOptions): Promise<void>;
}

/** What an SDK needs besides its parts. */
export interface SdkContext {
  readonly definitions: Definitions;
  /** Of `forceFlush` and `shutdown`. */
  readonly timeoutMillis: number;
  /** Undoes what starting did to the process. Called once, before anything is closed. */
  readonly unregister: () => void;
  /** Restores the logger of the app. Called once, after everything is closed. */
  readonly restoreLogger: () => void;
}

/** The SDK of this process. */
export class ProcessSdk implements Sdk {
  /** Resolves when every server listens, has reported why it does not, or is shut down. */
  readonly listening: Promise<void>;

  private readonly servers: HttpServer[];
  private endListening: () => void = () => {};
  private closing: Promise<void> | undefined;

  constructor(
    private readonly parts: Parts,
    private readonly context: SdkContext,
  ) {
    this.servers = [...parts.servers];
    const isShutDown = new Promise<void>((resolve) => {
      this.endListening = resolve;
    });
    const listen = parts.group.join(async () => {
      await Promise.all(parts.servers.map((server) => server.start()));
    });
    this.listening = Promise.race([listen, isShutDown]);
  }

  get handler(): RequestListener {
    return this.parts.reader.handler;
  }

  get healthHandler(): RequestListener {
    return this.parts.reader.healthHandler;
  }

  get readinessHandler(): RequestListener {
    return this.parts.reader.readinessHandler;
  }

  /** Why servers do not listen, after {@link listening}. */
  get listenIssues(): Issue[] {
    return this.servers.flatMap(({ error }) =>
      error === undefined
        ? []
        : [{ code: 'listen', path: 'prometheus.port', message: `cannot listen: ${error.message}` }],
    );
  }

  get urls(): string[] {
    return this.servers.flatMap((server) => server.urls);
  }

  addReadinessCheck(name: string, check: ReadinessCheck): () => void {
    return this.parts.health.addCheck(name, check);
  }

  async serve(address: string | number, path = '/metrics'): Promise<SdkServer> {
    endpointPath.check(path, (received) => {
      throw new ConfigurationError([invalidValue('path', received, endpointPath.expected)]);
    });
    const { host, port } = parseAddress(address);
    if (this.closing !== undefined) {
      report('listen', `cannot serve metrics on ${address}: the SDK is shut down`);
      return { port: undefined, urls: [], shutdown: async () => {} };
    }
    const server = this.parts.createServer(host, port, path);
    this.servers.push(server);
    await server.start();
    return server;
  }

  async scrape(): Promise<ScrapeResult> {
    const { status, contentType, body } = await this.parts.reader.scrape();
    return { status, contentType, body: await readText(body) };
  }

  async gather(): Promise<ReadonlyMap<string, MetricFamily>> {
    const { status, body, contentType } = await this.scrape();
    if (status !== 200) throw new Error(`the metrics cannot be collected: ${body.trim()}`);
    return parseExposition(body, contentType);
  }

  instruments<C extends Catalog>(catalog: C): Instruments<C> {
    for (const { message, path } of this.context.definitions.add([catalog])) report('conflict', message, path);
    return this.createInstruments(catalog);
  }

  /** {@link instruments} for a catalog whose definitions are known to agree with the others. */
  createInstruments<C extends Catalog>(catalog: C): Instruments<C> {
    const { name, version, schemaUrl } = catalog;
    const meter = this.parts.meterProvider.getMeter(name, version, schemaUrl === undefined ? {} : { schemaUrl });
    return createInstruments(meter, catalog);
  }

  async forceFlush({ timeoutMillis = this.context.timeoutMillis }: TimeoutOptions = {}): Promise<void> {
    await this.flush(timeoutMillis);
  }

  /** Flushes, and resolves to whether that was completed in time. */
  async flush(timeoutMillis: number): Promise<boolean> {
    const work = this.closing ?? Promise.all([this.parts.provider.forceFlush(), this.push(timeoutMillis)]);
    const isCompleted = await settles(work, timeoutMillis, (error) => {
      if (!isReported(error)) report('export', `metrics cannot be exported: ${errorMessage(error)}`);
    });
    if (!isCompleted) report('export', `flushing the metrics was not completed within ${timeoutMillis} ms`);
    return isCompleted;
  }

  shutdown({ timeoutMillis = this.context.timeoutMillis }: TimeoutOptions = {}): Promise<void> {
    this.closing ??= this.close(timeoutMillis);
    return this.closing;
  }

  /** Pushes the page to the Pushgateway, if one is configured. A failure is reported. */
  private async push(timeoutMillis: number): Promise<void> {
    await this.parts.pushPage?.(timeoutMillis).catch((error: unknown) => {
      const { cause } = Object(error) as { cause?: unknown };
      report('export', `metrics cannot be pushed to the Pushgateway: ${errorMessage(cause ?? error)}`);
    });
  }

  private async close(timeoutMillis: number): Promise<void> {
    this.context.unregister();
    this.endListening();
    const failed = (error: unknown) => {
      if (!isReported(error)) report('shutdown', `a part of the SDK failed to shut down: ${errorMessage(error)}`);
    };
    const parts = [...new Set([this.parts.provider, this.parts.meterProvider]), ...this.servers];
    const pushed = this.push(timeoutMillis);
    const closed = pushed.then(() => Promise.all(parts.map(async (part) => part.shutdown().catch(failed))));
    if (!(await settles(closed, timeoutMillis, failed))) {
      report('shutdown', `the SDK was not shut down within ${timeoutMillis} ms`);
    }
    this.parts.group.leave();
    this.context.restoreLogger();
  }
}

/**
 * Waits until work has settled, but not longer than the timeout; `Infinity` is no limit. The process stays alive meanwhile.
 *
 * @returns whether the work settled in time
 */
async function settles(
  work: Promise<unknown>,
  timeoutMillis: number,
  failed: (error: unknown) => void,
): Promise<boolean> {
  const settled = work.then(
    () => true,
    (error) => {
      failed(error);
      return true;
    },
  );
  return withTimeout(settled, timeoutMillis, '', { keepsProcessAlive: true }).catch(() => false);
}
