import { MeterProvider } from '../engine/meter-provider';
import { type HostObservation, type HostOptions, readHost } from '../instrumentation/host';

/**
 * Reads CPU and memory usage of the host at an interval, for metrics of your own, as `start()` does for the ticker.
 * `@opentelemetry/host-metrics` is loaded by the first call.
 *
 * @returns a running observation
 * @example
 * const host = observeHost({ onReading: ({ cpuPercent }) => cpuUsage.record(cpuPercent) });
 */
export function observeHost(options: HostOptions): HostObservation {
  return readHost(options, (reader) => new MeterProvider({ readers: [reader] }));
}
