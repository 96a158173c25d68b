import { totalmem } from 'node:os';
import type { Attributes, MeterProvider } from '@opentelemetry/api';
import type {
  AggregationOption,
  AggregationTemporality,
  CollectionResult,
  DataPoint,
  IMetricReader,
  MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { AGGREGATION_TYPE, TEMPORALITY } from '../collection/enums';
import { debug, recovered, report } from '../diagnostics';
import { errorMessage } from '../issues';

/** Usage of the host, as `@opentelemetry/host-metrics` measures it. Memory is in bytes, CPU usage in percent. */
export interface HostReading {
  /** How busy each logical processor was since the previous reading, 0 to 100, in their order. */
  readonly cpuPercents: readonly number[];
  /** The mean of {@link cpuPercents}, 0 without processors. */
  readonly cpuPercent: number;
  /** {@link memoryTotal} minus {@link memoryAvailable}, in bytes. */
  readonly memoryUsed: number;
  /** Bytes that programs can still be given; `MemAvailable` on Linux. */
  readonly memoryAvailable: number;
  /** Bytes. */
  readonly memoryTotal: number;
}

/** Options of {@link observeHost}. */
export interface HostOptions {
  /** Called with each reading. An exception that it throws is reported. */
  onReading(reading: HostReading): void;
  /** Milliseconds between two readings. 5000 by default (ticker document, "Metrics Collection"). */
  readonly intervalMillis?: number | undefined;
}

/** A running observation of the host. */
export interface HostObservation {
  /** Ends it: `onReading` is not called again. */
  stop(): void;
}

/** A provider that can be shut down, with one reader. */
export type CreateMeterProvider = (reader: IMetricReader) => MeterProvider & { shutdown(): Promise<void> };

/** How long processors are observed for the first reading. */
const FIRST_MILLIS = 500;
const READ_FAILED = 'reading';

/**
 * Reads the host at an interval, however often metrics are scraped. The timer does not keep the process alive. A reading
 * that fails is reported, and the next one is tried.
 *
 * @param createMeterProvider creates the provider that `@opentelemetry/host-metrics` records to
 */
export function readHost(options: HostOptions, createMeterProvider: CreateMeterProvider): HostObservation {
  const { onReading, intervalMillis = 5000 } = options;
  const reader = new HostReader();
  const provider = createMeterProvider(reader);
  // Loaded here, because few apps need it and it loads further packages.
  const { HostMetrics } = require('@opentelemetry/host-metrics') as typeof import('@opentelemetry/host-metrics');
  new HostMetrics({ meterProvider: provider, metricGroups: ['system.cpu', 'system.memory'] }).start();

  let isStopped = false;
  const read = async () => {
    try {
      const reading = await reader.read();
      if (isStopped) return;
      onReading(reading);
      debug(() => `host read: CPU ${reading.cpuPercent.toFixed(1)} %, ${reading.memoryAvailable} bytes available`);
      recovered('host', READ_FAILED);
    } catch (error) {
      report('host', `CPU and memory usage cannot be read: ${errorMessage(error)}`, READ_FAILED);
    }
  };
  // Usage is measured between two readings; this is the first of them.
  reader.collect().catch(() => {});
  let timer = setTimeout(
    () => {
      void read();
      timer = setInterval(() => void read(), intervalMillis).unref();
    },
    Math.min(FIRST_MILLIS, intervalMillis),
  ).unref();
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      void provider.shutdown();
    },
  };
}

class HostReader implements IMetricReader {
  private producer: MetricProducer | undefined;

  setMetricProducer(producer: MetricProducer): void {
    this.producer = producer;
  }

  selectAggregation(): AggregationOption {
    return { type: AGGREGATION_TYPE.DEFAULT };
  }

  selectAggregationTemporality(): AggregationTemporality {
    return TEMPORALITY.CUMULATIVE;
  }

  selectCardinalityLimit(): number {
    return 2000;
  }

  async collect(): Promise<CollectionResult> {
    if (this.producer === undefined) throw new Error('the reader has no producer');
    return this.producer.collect();
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  async read(): Promise<HostReading> {
    const { resourceMetrics, errors } = await this.collect();
    if (errors.length > 0) throw errors[0];
    const points = new Map<string, readonly DataPoint<number>[]>();
    for (const { metrics } of resourceMetrics.scopeMetrics) {
      for (const metric of metrics) points.set(metric.descriptor.name, metric.dataPoints as DataPoint<number>[]);
    }
    const cpuPercents = busyPercents(points.get('system.cpu.utilization') ?? []);
    const memoryTotal = totalmem();
    const memoryAvailable = findValue(points.get('system.memory.usage'), 'system.memory.state', 'free');
    return {
      cpuPercents,
      cpuPercent: cpuPercents.reduce((sum, percent) => sum + percent, 0) / Math.max(1, cpuPercents.length),
      memoryTotal,
      memoryAvailable,
      memoryUsed: memoryTotal - memoryAvailable,
    };
  }
}

/**
 * Returns the share of each processor's time in which it was not idle, in percent. The shares are relative to the time that
 * was measured, because the clock and the processors' counters do not advance together.
 */
function busyPercents(points: readonly DataPoint<number>[]): number[] {
  const idle = new Map<number, number>();
  const all = new Map<number, number>();
  for (const { attributes, value } of points) {
    const cpu = Number(attributes['system.cpu.logical_number']);
    all.set(cpu, (all.get(cpu) ?? 0) + value);
    if (attributes['system.cpu.state'] === 'idle') idle.set(cpu, value);
  }
  return [...all].sort(([a], [b]) => a - b).map(([cpu, time]) => toPercent(1 - (idle.get(cpu) ?? 0) / time));
}

function toPercent(share: number): number {
  return Number.isFinite(share) ? Math.min(100, Math.max(0, share * 100)) : 0;
}

function findValue(points: readonly DataPoint<number>[] | undefined, key: keyof Attributes, value: string): number {
  return points?.find(({ attributes }) => attributes[key] === value)?.value ?? 0;
}
