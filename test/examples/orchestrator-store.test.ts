import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STALE_MILLIS, Store } from '../../examples/orchestrator/store';

describe('the store of the orchestrator example', () => {
  let folder: string;
  let store: Store;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'orchestrator-store-'));
    store = new Store(join(folder, 'orchestrator.db'));
  });
  afterAll(() => {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('a worker of an ended generation moves no checkpoint, whether its event succeeded or failed', () => {
    store.register('set', 'a');
    const { generation: old } = store.observe('set', STALE_MILLIS);
    store.append('stream', 'OrderPlaced', { product: 'book', quantity: 1 });
    const slot = Array.from({ length: 16 }, (_, i) => i).find((i) => store.next('orders', i, 1).length > 0) as number;
    const [event] = store.next('orders', slot, 1);
    if (event === undefined) throw new Error('no event');
    store.register('set', 'b');
    const { generation } = store.observe('set', STALE_MILLIS);
    expect(generation.id).toBe(old.id + 1);

    expect(store.project('set', old.id, 'orders', event, [{ key: 'book', amount: 1 }])).toBe(false);
    expect(store.project('set', old.id, 'orders', event, [])).toBe(false);
    expect(store.view('orders')).toEqual({});
    expect(store.next('orders', slot, 1)).toEqual([event]);

    expect(store.project('set', generation.id, 'orders', event, [{ key: 'book', amount: 1 }])).toBe(true);
    expect(store.view('orders')).toEqual({ book: 1 });
    expect(store.next('orders', slot, 1)).toEqual([]);
  });

  it('the census counts the workers that sent a heartbeat recently', () => {
    expect(store.census('set', STALE_MILLIS)).toEqual({ workers: 2, partitions: 2 });
    store.leave('set', 'a');
    expect(store.census('set', STALE_MILLIS)).toEqual({ workers: 1, partitions: 2 });
    expect(store.census('set', -1000)).toEqual({ workers: 0, partitions: 2 });
  });
});
