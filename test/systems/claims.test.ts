import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StreamProcessor } from '../../src/systems/stream-processor';
import { serve } from '../served';
import { ROOT, run } from '../servers/processes';

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
