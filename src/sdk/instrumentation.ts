import type { MeterProvider } from '@opentelemetry/api';
import { isOwnServer } from '../http/own-servers';
import { ignorePaths } from '../instrumentation/http/ignored-paths';
import type { Catalog, Instruments } from '../instruments';
import { createCatalogHttpRecorder, createHttpRecorder } from '../instruments/catalog-http-recorder';
import type { HttpInstruments, HttpRecorder } from '../instruments/http-recorder';
import type { Settings, StartOptions } from './settings';
import { loadSystem, type SystemName } from './systems';

/** What measures on its own: HTTP server requests, and the machine for the ticker's families. */
export class Bridges {
  private readonly recorders: HttpRecorder[] = [];
  private readonly systems = new Set<SystemName>();
  private readonly catalogs = new Set<Catalog>();
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly options: StartOptions,
    settings: Settings,
    meterProvider: MeterProvider,
  ) {
    if (options.http === false) return;
    const { record, routeOf, ...recorderOptions } = options.http ?? {};
    if (record !== undefined) this.recorders.push(createHttpRecorder<HttpInstruments, object>(record, recorderOptions));
    const { httpSource: source, httpSemconv: semconv, httpIgnore } = settings;
    const { measureHttp } =
      require('../instrumentation/http/measure-http') as typeof import('../instrumentation/http/measure-http');
    const stop = measureHttp({
      meterProvider,
      recorders: this.recorders,
      source,
      semconv,
      knownMethods: settings.httpKnownMethods,
      ignore:
        typeof httpIgnore === 'function' ? httpIgnore : httpIgnore.length > 0 ? ignorePaths(httpIgnore) : undefined,
      ignoreServer: isOwnServer,
      routeOf,
    });
    this.stops.push(stop);
  }

  /** Measures for a system too, from now on. */
  add(name: SystemName): void {
    if (this.systems.has(name)) return;
    this.systems.add(name);
    const { httpRecorder } = loadSystem(name) as object as { readonly httpRecorder?: HttpRecorder };
    if (httpRecorder !== undefined) this.recorders.push(httpRecorder);
    if (name === 'ticker' && this.options.host !== false) this.stops.push(readHost());
  }

  /** Records HTTP requests in the metrics of a catalog that have a role, from now on. */
  addCatalog(catalog: Catalog, instruments: Instruments<Catalog>): void {
    if (this.options.http === false || this.catalogs.has(catalog)) return;
    this.catalogs.add(catalog);
    const recorder = createCatalogHttpRecorder(catalog, instruments);
    if (recorder !== undefined) this.recorders.push(recorder);
  }

  stop(): void {
    for (const stop of this.stops) stop();
  }
}

function readHost(): () => void {
  const { bridgeHost } = require('../instrumentation/host') as typeof import('../instrumentation/host');
  const ticker = loadSystem('ticker');
  const bridge = bridgeHost({
    onReading: ({ cpus, cpuTotal, memoryUsed, memoryAvailable, memoryTotal }) => {
      for (const [i, percent] of cpus.entries()) ticker.setCpuUsage(`cpu${i}`, percent);
      ticker.setCpuUsage('total', cpuTotal);
      ticker.setMemoryUsage('used', memoryUsed);
      ticker.setMemoryUsage('available', memoryAvailable);
      ticker.setMemoryTotal(memoryTotal);
    },
  });
  return () => bridge.stop();
}
