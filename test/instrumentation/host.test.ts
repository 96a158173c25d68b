import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { MeterProvider } from '../../src/engine/meter-provider';
import { type HostObservation, type HostOptions, type HostReading, readHost } from '../../src/instrumentation/host';
import { listenToDiagnostics } from '../diagnostics';
import { until } from '../servers/processes';

let observation: HostObservation | undefined;
afterEach(() => observation?.stop());

const createProvider = (reader: IMetricReader) => new MeterProvider({ readers: [reader] });

function observe(options: HostOptions): void {
  observation = readHost(options, createProvider);
}

function meminfo(key: string): number {
  const match = new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(readFileSync('/proc/meminfo', 'utf8'));
  return Number(match?.[1]) * 1024;
}

describe('readHost', () => {
  it('reads the memory that the kernel reports, and a percentage for each processor', async () => {
    const readings: HostReading[] = [];
    observe({ intervalMillis: 50, onReading: (reading) => void readings.push(reading) });
    const reading = await until(() => readings[1]);
    expect(reading.memoryTotal).toBe(meminfo('MemTotal'));
    expect(reading.memoryUsed).toBe(reading.memoryTotal - reading.memoryAvailable);
    // The kernel's value changes all the time; the values that it could be confused with are far away.
    expect(Math.abs(reading.memoryAvailable - meminfo('MemAvailable'))).toBeLessThan(reading.memoryTotal * 0.1);
    expect(reading.cpuPercents).toHaveLength(cpus().length);
    for (const percent of reading.cpuPercents) {
      expect(percent).toBeGreaterThanOrEqual(0);
      expect(percent).toBeLessThanOrEqual(100);
    }
    const mean = reading.cpuPercents.reduce((sum, each) => sum + each, 0) / cpus().length;
    expect(reading.cpuPercent).toBeCloseTo(mean, 9);
  });

  it('reads a busy processor as busy', async () => {
    const readings: HostReading[] = [];
    observe({ intervalMillis: 20, onReading: (reading) => void readings.push(reading) });
    // This process occupies one processor for as long as it takes until a reading shows it.
    await until(() => {
      const end = Date.now() + 200;
      while (Date.now() < end) Math.sqrt(end);
      return readings.some(({ cpuPercents }) => Math.max(...cpuPercents) > 50) ? true : undefined;
    });
  });

  it('does not call onReading after stop()', async () => {
    let count = 0;
    observe({ intervalMillis: 10, onReading: () => void count++ });
    await until(() => (count > 1 ? true : undefined));
    observation?.stop();
    const stopped = count;
    const next: HostReading[] = [];
    observe({ intervalMillis: 10, onReading: (reading) => void next.push(reading) });
    await until(() => next[3]);
    expect(count).toBe(stopped);
  });

  it('reports an exception of onReading once, continues, and reports it again after it recovered', async () => {
    const diagnostics = listenToDiagnostics();
    const outcomes: string[] = [];
    observe({
      intervalMillis: 10,
      onReading: () => {
        const fails = outcomes.length !== 3;
        outcomes.push(fails ? 'threw' : 'returned');
        if (fails) throw new Error('not now');
      },
    });
    await until(() => outcomes[6]);
    observation?.stop();
    const reported = diagnostics.messages().filter((message) => message.startsWith('meterbridge host: '));
    diagnostics.stop();
    expect(reported).toHaveLength(2);
    expect(reported[0]).toContain('not now');
  });

  it('shuts down the provider that it was given', () => {
    let isShutDown = false;
    const noop: MeterProvider & { shutdown(): Promise<void> } = Object.assign(new MeterProvider(), {
      shutdown: async () => {
        isShutDown = true;
      },
    });
    readHost({ onReading: () => {} }, () => noop).stop();
    expect(isShutDown).toBe(true);
  });
});
