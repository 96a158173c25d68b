import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bridgeHost, type HostReading } from '../../src/instrumentation/host';
import { until } from '../servers/processes';

function meminfo(key: string): number {
  const match = new RegExp(`^${key}: +(\\d+) kB$`, 'm').exec(readFileSync('/proc/meminfo', 'utf8'));
  return Number(match?.[1]) * 1024;
}

/** Busy and all time of every processor since the machine started, in ticks. */
function procStat(): { busy: number; all: number }[] {
  return readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .filter((line) => /^cpu\d/.test(line))
    .map((line) => {
      const ticks = line.split(/\s+/).slice(1, 9).map(Number);
      const all = ticks.reduce((sum, each) => sum + each, 0);
      return { all, busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0) };
    });
}

describe('readings of the machine', () => {
  // The two windows are not the same to the millisecond, which shows when the load changes between them.
  it('agree with /proc: memory within 5 %, each processor within 15 points over two seconds', {
    retry: 2,
  }, async () => {
    const readings: HostReading[] = [];
    const bridge = bridgeHost({ intervalMillis: 2000, onReading: (reading) => void readings.push(reading) });
    try {
      await until(() => (readings.length === 1 ? true : undefined));
      const before = procStat();
      // Something to see: one processor works for a part of the time.
      const end = Date.now() + 1900;
      while (Date.now() < end) {
        const pause = Date.now() + 50;
        while (Date.now() < pause) Math.sqrt(pause);
        await sleep(20);
      }
      const reading = await until(() => readings[1]);
      const after = procStat();

      expect(reading.memoryTotal).toBe(meminfo('MemTotal'));
      const available = meminfo('MemAvailable');
      expect(Math.abs(reading.memoryAvailable - available)).toBeLessThan(reading.memoryTotal * 0.05);
      expect(reading.memoryUsed).toBe(reading.memoryTotal - reading.memoryAvailable);

      expect(reading.cpus).toHaveLength(cpus().length);
      reading.cpus.forEach((percent, i) => {
        const [a, b] = [before[i], after[i]];
        const expected = a && b && b.all > a.all ? (100 * (b.busy - a.busy)) / (b.all - a.all) : 0;
        expect(Math.abs(percent - expected), `cpu${i}: ${percent}, /proc/stat ${expected}`).toBeLessThan(15);
      });
      const mean = reading.cpus.reduce((sum, each) => sum + each, 0) / reading.cpus.length;
      expect(reading.cpuTotal).toBeCloseTo(mean, 9);
      expect(reading.processCpuPercent).toBeGreaterThan(10);
      expect(Math.abs(reading.processMemoryMb * 1e6 - process.memoryUsage.rss())).toBeLessThan(100e6);
      expect(bridge.last).toBe(readings.at(-1));
    } finally {
      bridge.stop();
    }
  });

  it('stop when told', async () => {
    let count = 0;
    const bridge = bridgeHost({ intervalMillis: 50, onReading: () => void count++ });
    await until(() => (count > 1 ? true : undefined));
    bridge.stop();
    await sleep(100);
    const stopped = count;
    await sleep(300);
    expect(count).toBe(stopped);
  });
});
