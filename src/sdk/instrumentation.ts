import type { MeterProvider } from '@opentelemetry/api';
import { report } from '../diagnostics';
import { isOwnRequest } from '../http/own-requests';
import type { HttpRecorder } from '../instruments';
import { errorMessage } from '../issues';
import { observeHost } from './observe-host';
import type { Settings } from './settings';
import type { System } from './systems';

/** Measures without the help of the app: HTTP requests, and the host for a system that documents it. */
export class Instrumentation {
  private readonly httpRecorders: HttpRecorder[] = [];
  private readonly systems = new Set<string>();
  private readonly disposers: (() => void)[] = [];

  constructor(
    private readonly settings: Settings,
    meterProvider: MeterProvider,
  ) {
    if (settings.http) this.install('HTTP requests', () => this.measureHttp(meterProvider));
  }

  /** Measures for a system from now on. Does nothing for one that it measures for already, be it of another copy of the package. */
  add(system: System): void {
    const { name } = system.catalog;
    if (this.systems.has(name)) return;
    this.systems.add(name);
    if (recordsHttp(system)) this.httpRecorders.push(system.httpRecorder);
    if (this.settings.hostMetrics && recordsHost(system)) this.install('the host', () => observeFor(system));
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
    // Loaded here, because an app without it need not load the instrumentation.
    const { bridgeHttp } = require('../instrumentation/http') as typeof import('../instrumentation/http');
    const routeOf = this.settings['http.routeOf'];
    const instrumentation = bridgeHttp({
      meterProvider,
      recorders: this.httpRecorders,
      ...(routeOf === undefined ? {} : { routeOf }),
      ...(this.settings['http.countScrapes'] ? {} : { leaveOut: isOwnRequest }),
    });
    return () => instrumentation.stop();
  }
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
