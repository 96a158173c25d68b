import type { MeterProvider } from '@opentelemetry/api';
import type { HttpRecorder } from '../bridges/http';
import { isOwnRequest } from '../server/handler';
import type { Settings, StartOptions } from './config';
import { loadSystem } from './systems';

/**
 * Starts what measures on its own: HTTP server requests, and the machine for the ticker's families.
 *
 * @returns functions that stop it
 */
export function startBridges(options: StartOptions, settings: Settings, meterProvider: MeterProvider): (() => void)[] {
  const stops: (() => void)[] = [];
  if (options.http !== false) {
    const { bridgeHttp } = require('../bridges/http') as typeof import('../bridges/http');
    const { routeOf, countScrapes = false } = options.http ?? {};
    const bridge = bridgeHttp({
      meterProvider,
      recorders: settings.systems.map((name): unknown => loadSystem(name)).filter(recordsHttp),
      ...(routeOf === undefined ? {} : { routeOf }),
      ...(countScrapes ? {} : { leaveOut: isOwnRequest }),
    });
    stops.push(() => bridge.stop());
  }
  if (options.host !== false && settings.systems.includes('ticker')) {
    const { bridgeHost } = require('../bridges/host') as typeof import('../bridges/host');
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
    stops.push(() => void bridge.stop());
  }
  return stops;
}

function recordsHttp(system: unknown): system is HttpRecorder {
  return typeof (system as Partial<HttpRecorder>).recordHttpRequest === 'function';
}
