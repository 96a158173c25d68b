import type { MeterProvider } from '@opentelemetry/api';
import { report } from '../diagnostics';
import { isOwnServer } from '../http/own-servers';
import { ignorePaths } from '../instrumentation/http/ignored-paths';
import type { RuntimeMetrics } from '../instrumentation/runtime/runtime-metrics';
import {
  type Catalog,
  createHttpRecorder,
  type HttpInstruments,
  type HttpRecorder,
  type Instruments,
} from '../instruments';
import { createCatalogHttpRecorder } from '../instruments/catalog-http-recorder';
import { errorMessage } from '../issues';
import type { RuntimeMetricsNames } from './accepted-values';
import { observeHost } from './observe-host';
import type { Settings } from './settings';
import type { System } from './systems';

/** Measures without the help of the app: HTTP requests, the process, and the host for a system that documents it. */
export class Instrumentation {
  private readonly httpRecorders: HttpRecorder[] = [];
  private readonly systems = new Set<string>();
  private readonly catalogs = new Set<Catalog>();
  private readonly disposers: (() => void)[] = [];

  /**
   * @param meterProvider the provider that is registered with the OpenTelemetry API
   * @param isTaken whether something else serves a metric of this name
   * @param isThread whether another thread measures what all threads of the process have in common
   * @throws CatalogError if the instruments of `http.record` have labels that cannot be filled
   */
  constructor(
    private readonly settings: Settings,
    meterProvider: MeterProvider,
    isTaken: (name: string) => boolean,
    isThread: boolean,
  ) {
    const record = settings['http.record'];
    if (settings.http && record !== undefined) {
      const recorder = createHttpRecorder<HttpInstruments, object>(record, {
        labels: settings['http.labels'],
        statusClasses: settings['http.statusClasses'],
        unmatched: settings['http.unmatched'],
      });
      this.httpRecorders.push(recorder);
    }
    if (settings.http) this.install('HTTP requests', () => this.measureHttp(meterProvider));
    const names = settings.runtimeMetrics;
    if (names !== 'none') this.install('the process', () => measureProcess(meterProvider, names, isTaken, isThread));
  }

  /** Measures for a system from now on. Does nothing for one that it measures for already, be it of another copy of the package. */
  add(system: System): void {
    const { name } = system.catalog;
    if (this.systems.has(name)) return;
    this.systems.add(name);
    if (recordsHttp(system)) this.httpRecorders.push(system.httpRecorder);
    if (this.settings.hostMetrics && recordsHost(system)) this.install('the host', () => observeFor(system));
  }

  /**
   * Records HTTP requests in the metrics of a catalog that have a role, from now on.
   *
   * @throws CatalogError if a label of such a metric cannot be filled
   */
  addCatalog(catalog: Catalog, instruments: Instruments<Catalog>): void {
    if (!this.settings.http || this.catalogs.has(catalog)) return;
    this.catalogs.add(catalog);
    const recorder = createCatalogHttpRecorder(catalog, instruments);
    if (recorder !== undefined) this.httpRecorders.push(recorder);
  }

  stop(): void {
    for (const dispose of this.disposers.splice(0)) dispose();
  }

  private install(what: string, measure: () => () => void): void {
    try {
      this.disposers.push(measure());
    } catch (error) {
      report('instrumentation', `cannot measure ${what}: ${errorMessage(error)}`);
    }
  }

  private measureHttp(meterProvider: MeterProvider): () => void {
    // Loaded here, because an app that switches it off need not load it.
    const http =
      require('../instrumentation/http/measure-http') as typeof import('../instrumentation/http/measure-http');
    const { settings } = this;
    const ignore = settings['http.ignore'];
    return http.measureHttp({
      meterProvider,
      recorders: this.httpRecorders,
      source: settings['http.source'],
      semconv: settings['http.semconv'],
      knownMethods: settings['http.knownMethods'],
      ignore: ignore === undefined || typeof ignore === 'function' ? ignore : ignorePaths(ignore),
      ignoreServer: isOwnServer,
      routeOf: settings['http.routeOf'],
    });
  }
}

/** Loads what it needs here, because an app that switches it off need not load it. */
function measureProcess(
  meterProvider: MeterProvider,
  names: Exclude<RuntimeMetricsNames, 'none'>,
  isTaken: (name: string) => boolean,
  isThread: boolean,
): () => void {
  const { measureRuntime } =
    require('../instrumentation/runtime/measure-runtime') as typeof import('../instrumentation/runtime/measure-runtime');
  return measureRuntime({ meterProvider, metrics: loadRuntimeMetrics(names), isTaken, isThread });
}

function loadRuntimeMetrics(names: Exclude<RuntimeMetricsNames, 'none'>): RuntimeMetrics {
  return names === 'prom-client'
    ? (
        require('../instrumentation/runtime/prom-client-metrics') as typeof import('../instrumentation/runtime/prom-client-metrics')
      ).PROM_CLIENT_METRICS
    : (
        require('../instrumentation/runtime/opentelemetry-metrics') as typeof import('../instrumentation/runtime/opentelemetry-metrics')
      ).OPENTELEMETRY_METRICS;
}

/** Takes readings of the host, as the facade of the ticker does. */
interface HostRecorder {
  setCpuUsage(cpu: string, percent: number): void;
  setMemoryUsage(type: 'used' | 'available', bytes: number): void;
  setMemoryTotal(bytes: number): void;
}

function observeFor(recorder: HostRecorder): () => void {
  const observation = observeHost({
    onReading: ({ cpuPercents, cpuPercent, memoryUsed, memoryAvailable, memoryTotal }) => {
      for (const [i, percent] of cpuPercents.entries()) recorder.setCpuUsage(`cpu${i}`, percent);
      recorder.setCpuUsage('total', cpuPercent);
      recorder.setMemoryUsage('used', memoryUsed);
      recorder.setMemoryUsage('available', memoryAvailable);
      recorder.setMemoryTotal(memoryTotal);
    },
  });
  return () => observation.stop();
}

function recordsHttp(system: System): system is System & { readonly httpRecorder: HttpRecorder } {
  return 'httpRecorder' in system;
}

function recordsHost(system: System): system is System & HostRecorder {
  return system.catalog.name === 'ticker' && typeof (system as Partial<HostRecorder>).setMemoryTotal === 'function';
}
