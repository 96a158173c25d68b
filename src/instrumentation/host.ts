import { totalmem } from 'node:os';
import type { Attributes } from '@opentelemetry/api';
import { type DataPoint, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { report } from '../diagnostics';

/** What the machine and this process use, as `@opentelemetry/host-metrics` measures it. */
export interface HostReading {
  /** How busy each logical processor was since the last reading, 0 to 100, in their order. */
  readonly cpus: readonly number[];
  /** The mean of {@link cpus}. */
  readonly cpuTotal: number;
  /** Bytes: {@link memoryTotal} less {@link memoryAvailable}. */
  readonly memoryUsed: number;
  /** Bytes that the kernel could give to programs; MemAvailable on Linux. */
  readonly memoryAvailable: number;
  /** Bytes. */
  readonly memoryTotal: number;
  /** What this process used of all processors together since the last reading, 0 to 100. */
  readonly processCpuPercent: number;
  /** This process's resident set in megabytes of 1,000,000 bytes. */
  readonly processMemoryMb: number;
}

/** Options of {@link bridgeHost}. */
export interface HostBridgeOptions {
  onReading(reading: HostReading): void;
  /** Between readings; 5000 by default, as the ticker's document says ("Metrics Collection"). */
  readonly intervalMillis?: number;
}

/** A running bridge. */
export interface HostBridge {
  /** The last reading; nothing before the first, which comes after half a second. */
  readonly last: HostReading | undefined;
  stop(): void;
}

/** How long processors are watched for the first reading. */
const FIRST_MILLIS = 500;

/**
 * Reads the machine every few seconds, however often metrics are scraped. Its timer does not keep the process alive. A
 * reading that fails is a diagnostic, and the next one is tried.
 */
export function bridgeHost({ onReading, intervalMillis = 5000 }: HostBridgeOptions): HostBridge {
  const reader = new Readings();
  const provider = new MeterProvider({ readers: [reader] });
  // Loaded here, because only few apps need it and it brings a large package with it.
  const { HostMetrics } = require('@opentelemetry/host-metrics') as typeof import('@opentelemetry/host-metrics');
  const metricGroups = ['system.cpu', 'system.memory', 'process.cpu', 'process.memory'] as const;
  new HostMetrics({ meterProvider: provider, metricGroups: [...metricGroups] }).start();

  let last: HostReading | undefined;
  const read = async () => {
    try {
      last = await reader.read();
      onReading(last);
    } catch (error) {
      report('host', `the machine cannot be read: ${error}`);
    }
  };
  // Processors are measured between two readings; this is where the first begins.
  void reader.collect();
  let timer = setTimeout(
    () => {
      void read();
      timer = setInterval(() => void read(), intervalMillis).unref();
    },
    Math.min(FIRST_MILLIS, intervalMillis),
  ).unref();
  return {
    get last() {
      return last;
    },
    stop: () => {
      clearTimeout(timer);
      void provider.shutdown();
    },
  };
}

class Readings extends MetricReader {
  async read(): Promise<HostReading> {
    const { resourceMetrics, errors } = await this.collect();
    if (errors.length > 0) throw errors[0];
    const points = new Map<string, readonly DataPoint<number>[]>();
    for (const { metrics } of resourceMetrics.scopeMetrics) {
      for (const metric of metrics) points.set(metric.descriptor.name, metric.dataPoints as DataPoint<number>[]);
    }
    const cpus = busyPercents(points.get('system.cpu.utilization') ?? []);
    const memoryTotal = totalmem();
    const memoryAvailable = pointValue(points.get('system.memory.usage'), 'system.memory.state', 'free');
    const process = points.get('process.cpu.utilization') ?? [];
    return {
      cpus,
      cpuTotal: cpus.length === 0 ? 0 : sum(cpus) / cpus.length,
      memoryTotal,
      memoryAvailable,
      memoryUsed: memoryTotal - memoryAvailable,
      processCpuPercent: percent(sum(process.map(({ value }) => value))),
      processMemoryMb: (points.get('process.memory.usage')?.[0]?.value ?? 0) / 1e6,
    };
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

/** The share of each processor's time that it did not idle. Taken of what was measured, because clocks and counters tick apart. */
function busyPercents(points: readonly DataPoint<number>[]): number[] {
  const idle = new Map<number, number>();
  const all = new Map<number, number>();
  for (const { attributes, value } of points) {
    const cpu = Number(attributes['system.cpu.logical_number']);
    all.set(cpu, (all.get(cpu) ?? 0) + value);
    if (attributes['system.cpu.state'] === 'idle') idle.set(cpu, value);
  }
  return [...all].sort(([a], [b]) => a - b).map(([cpu, time]) => percent(1 - (idle.get(cpu) ?? 0) / time));
}

function percent(share: number): number {
  return Number.isFinite(share) ? Math.min(100, Math.max(0, share * 100)) : 0;
}

function pointValue(points: readonly DataPoint<number>[] | undefined, key: keyof Attributes, value: string): number {
  return points?.find(({ attributes }) => attributes[key] === value)?.value ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
