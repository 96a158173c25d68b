import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MeterProvider } from 'meterbridge';
import { AllSource } from 'meterbridge/systems/allsource';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readColumnFile, writeColumnFile } from '../../examples/allsource/columns';
import { EventStore } from '../../examples/allsource/event-store';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'allsource-store-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the stores of the allsource example', () => {
  it('two stores of the allsource example in one process record in the facade that each was given', async () => {
    const metrics = [1, 2].map(() => new AllSource(new MeterProvider().getMeter('store')));
    const stores = await Promise.all(
      metrics.map((each, i) => EventStore.open(join(folder, `store-${i}`), { eventsInSegment: 2, metrics: each })),
    );
    const [first, second] = stores as [EventStore, EventStore];
    const { instruments } = first.metrics;
    expect(first.metrics).toBe(metrics[0]);

    await first.schemas.register('user.created', { type: 'object', required: ['name'] });
    await first.pipelines.register({ name: 'large', event_type: 'user.created', field: 'age', at_least: 1 });
    await first.ingest({ event_type: 'user.created', entity_id: 'u1', payload: { name: 'Ada' } });
    await expect(first.ingest({ event_type: 'user.created', entity_id: 'u2', payload: {} })).rejects.toThrow('name');
    await first.query({});
    await first.replay('balances');
    await first.snapshot('u1');
    await second.ingest({ event_type: 'other', entity_id: 'o', payload: {} });

    expect(instruments.eventsIngestedTotal.get()).toBe(1);
    expect(instruments.ingestionErrorsTotal.get()).toBe(1);
    expect(instruments.schemasRegisteredTotal.get()).toBe(1);
    expect(instruments.pipelinesRegisteredTotal.get()).toBe(1);
    expect(instruments.pipelineEventsProcessed.get({ pipeline: 'large' })).toBe(1);
    expect(instruments.queriesTotal.get({ query_type: 'full_scan' })).toBe(1);
    expect(instruments.replaysCompletedTotal.get()).toBe(1);
    expect(instruments.snapshotsTotal.get()).toBe(1);
    expect(instruments.storageEventsTotal.get()).toBe(1);
    expect(instruments.projectionEventsProcessed.get({ projection: 'balances' })).toBe(2);

    expect(second.metrics.instruments.eventsIngestedTotal.get()).toBe(1);
    expect(second.metrics.instruments.eventsIngestedByType.get({ event_type: 'user.created' })).toBe(0);
    expect(second.metrics.instruments.ingestionErrorsTotal.get()).toBe(0);
    expect(second.metrics.instruments.schemasRegisteredTotal.get()).toBe(0);
    expect(second.metrics.instruments.pipelinesRegisteredTotal.get()).toBe(0);
    expect(second.metrics.instruments.queriesTotal.get({ query_type: 'full_scan' })).toBe(0);
    expect(second.metrics.instruments.replaysStartedTotal.get()).toBe(0);
    expect(second.metrics.instruments.snapshotsTotal.get()).toBe(0);
    await Promise.all(stores.map((store) => store.close()));
  });
});

describe('the column files of the allsource example', () => {
  it('a query for an entity reads only the row groups of a column file that can have it', async () => {
    const events = Array.from({ length: 2000 }, (_, i) => ({
      sequence: i + 1,
      time: i,
      event_type: i < 500 ? 'early' : 'late',
      entity_id: `entity-${Math.floor(i / 10)}`,
      payload: { i },
    }));
    const file = await writeColumnFile(folder, events);
    // The data of the first row group, which begins after the four bytes of the format's mark, becomes unreadable.
    const bytes = readFileSync(file.path);
    bytes.fill(0xff, 4, 2000);
    writeFileSync(file.path, bytes);
    await expect(readColumnFile(file)).rejects.toThrow();

    const sequences = async (condition: object) =>
      (await readColumnFile(file, condition)).map(({ sequence }) => sequence);
    expect(await sequences({ entity_id: 'entity-150' })).toEqual(Array.from({ length: 10 }, (_, i) => 1501 + i));
    expect(await sequences({ event_type: 'late' })).toHaveLength(1500);
    expect(await sequences({ since: 1990 })).toHaveLength(10);
    expect(await sequences({ entity_id: 'entity-150', event_type: 'early' })).toEqual([]);
  });
});
