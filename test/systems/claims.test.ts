import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StreamProcessor } from '../../src/systems/stream-processor';
import { serve } from '../served';
import { ROOT, run } from '../servers/processes';
import { SYSTEMS } from './systems';

describe('what the documents claim about metrics', () => {
  it('ten concurrent tasks that share the metrics count every event', async () => {
    const { provider } = serve({}, new StreamProcessor().catalog);
    const metrics = new StreamProcessor(provider.getMeter('stream-processor'));
    const tasks = Array.from({ length: 10 }, async (_, i) => {
      await sleep(i % 3);
      metrics.recordEventReceived();
    });
    await Promise.all(tasks);
    expect(metrics.instruments.eventsReceived.get()).toBe(10);
  });

  // As the clients that the documents name do: prometheus 0.13 for Rust, client_rust from 0.24.1 on, and client_golang.
  it.each(SYSTEMS)('a page of $name has HELP and TYPE of exactly the families that have series', async ({ create }) => {
    const { catalog } = create();
    const { provider, page } = serve({}, catalog);
    create(provider.getMeter(catalog.name));
    const withSeries = Object.values(catalog.metrics)
      .filter(({ initialize }) => initialize !== false)
      .filter(({ labels = {} }) => Object.values(labels).every((values) => Array.isArray(values)))
      .map(({ name }) => name);
    expect(withSeries.length).toBeLessThan(Object.keys(catalog.metrics).length);
    const lines = (await page()).split('\n').filter((line) => !line.includes('target_info'));
    const described = (kind: string) =>
      lines.filter((line) => line.startsWith(`# ${kind} `)).map((line) => line.split(' ')[2]);
    expect(described('HELP').sort()).toEqual([...withSeries].sort());
    expect(described('TYPE').sort()).toEqual([...withSeries].sort());
    expect(withSeries.filter((name) => !lines.some((line) => line.startsWith(name)))).toEqual([]);
  });

  it('the metrics hold no more memory after a million events, and their registry is small', async () => {
    const child = run(process.execPath, ['--expose-gc', 'test/systems/apps/memory.cjs'], { cwd: ROOT });
    expect((await child.ended).code, child.stderr()).toBe(0);
    const { registry, growth, received } = JSON.parse(child.stdout()) as Record<string, number>;
    expect(received).toBe(1_020_000);
    // What is left is noise of the heap: a leak of one byte for each event would be a million.
    expect(growth).toBeLessThan(900_000);
    expect(registry).toBeLessThan(400_000);
  }, 120_000);
});
