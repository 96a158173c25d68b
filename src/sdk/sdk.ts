import type { MeterProvider as ApiMeterProvider } from '@opentelemetry/api';
import { report } from '../diagnostics';
import type { MeterProvider } from '../engine/meter-provider';
import type { PrometheusBridge } from '../exporter/prometheus-exporter';
import type { RequestHandler } from '../http/handlers';
import type { Health, ReadinessCheck } from '../http/health';
import { MetricsServer, parseAddress, type ServerOptions } from '../http/metrics-server';
import { type Catalog, createInstruments, type Instruments } from '../instruments';
import { loadSystem, SYSTEM_NAMES, type SystemName, type Systems } from './systems';

/** The parts of a running SDK. */
export interface SdkParts {
  /** Collects, and closes with the SDK. */
  readonly provider: MeterProvider;
  /** Where instruments are made; a no-op while metrics are switched off. */
  readonly meters: ApiMeterProvider;
  readonly bridge: PrometheusBridge;
  readonly health: Health;
  readonly servers: readonly MetricsServer[];
  /** Of every server that the SDK starts. */
  readonly server: ServerOptions;
  /** Undoes what starting did to the process. */
  readonly stop: () => void;
}

/** A page of metrics as text. */
export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** A running SDK. */
export class Sdk<S extends SystemName = never> {
  /** The metrics of the enabled systems, by the system's name. */
  readonly metrics: Pick<Systems, S>;
  /** Resolves when every server listens or has reported why it does not. */
  readonly listening: Promise<void>;

  private readonly servers: MetricsServer[];
  private closing: Promise<void> | undefined;

  constructor(private readonly parts: SdkParts) {
    this.metrics = lazySystems();
    this.servers = [...parts.servers];
    this.listening = Promise.all(parts.servers.map((server) => server.start())).then(() => {});
  }

  /**
   * Serves the metrics in your own server, at whatever path it is mounted: in `http.createServer`, in express with
   * `app.get(path, sdk.handler)`, in fastify with `(request, reply) => { reply.hijack(); sdk.handler(request.raw, reply.raw); }`.
   */
  get handler(): RequestHandler {
    return this.parts.bridge.handler;
  }

  /** Serves the health report: 200 while the process answers. */
  get healthHandler(): RequestHandler {
    return this.parts.bridge.healthHandler;
  }

  /** Serves the readiness report: 200 when every check passes, otherwise 503. */
  get readinessHandler(): RequestHandler {
    return this.parts.bridge.readinessHandler;
  }

  /** Where metrics, health and readiness can be asked for. */
  get urls(): string[] {
    return this.servers.flatMap((server) => server.urls);
  }

  /**
   * Adds a readiness check, or replaces the one of that name: return for ready, throw for not ready.
   *
   * @returns a function that takes the check away again
   */
  addReadinessCheck(name: string, check: ReadinessCheck): () => void {
    return this.parts.health.addCheck(name, check);
  }

  /**
   * Serves metrics, `/health` and `/ready` on a further address.
   *
   * @param address `host:port`, `:port` for all interfaces, or a port on localhost
   * @param path where the metrics are; `/metrics` unless given
   * @returns the server; its `port` is not set when it could not listen, which is also reported
   * @throws RangeError (as a rejection) when the address is none of these
   */
  async serve(address: string | number, path = '/metrics'): Promise<MetricsServer> {
    const server = new MetricsServer(parseAddress(address), this.parts.bridge.routes(path), this.parts.server);
    await server.start();
    this.servers.push(server);
    return server;
  }

  /** The metrics as a page, for a framework whose handlers return text. */
  async scrape(): Promise<Page> {
    const { status, contentType, body } = await this.parts.bridge.expose();
    return { status, contentType, body: Buffer.concat([...body]).toString() };
  }

  /** The instruments of a catalog of your own, on this SDK. */
  instruments<C extends Catalog>(catalog: C): Instruments<C> {
    const { name, version, schemaUrl } = catalog;
    const meter = this.parts.meters.getMeter(name, version, schemaUrl === undefined ? {} : { schemaUrl });
    return createInstruments(meter, catalog);
  }

  /** Sends what was recorded to every backend that is pushed to. Resolves also when one cannot be reached, which is reported. */
  async forceFlush(): Promise<void> {
    if (this.closing !== undefined) return this.closing;
    await this.parts.provider.forceFlush().catch((error) => report('export', `metrics could not be sent: ${error}`));
  }

  /** Sends what was recorded, closes servers and exporters, and unregisters from the OpenTelemetry API. Never rejects. */
  shutdown(): Promise<void> {
    this.closing ??= this.close();
    return this.closing;
  }

  private async close(): Promise<void> {
    this.parts.stop();
    const closed = await Promise.allSettled([
      this.parts.provider.shutdown(),
      ...this.servers.map((server) => server.shutdown()),
    ]);
    for (const result of closed) {
      if (result.status === 'rejected') report('export', `shutting down: ${result.reason}`);
    }
  }
}

/** Facades load when they are first asked for. */
function lazySystems(): Systems {
  const systems = {};
  for (const name of SYSTEM_NAMES) {
    Object.defineProperty(systems, name, { enumerable: true, get: () => loadSystem(name) });
  }
  return systems as Systems;
}
