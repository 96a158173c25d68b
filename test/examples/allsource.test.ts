import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { catalog } from '../../src/systems/generated/allsource';
import { until } from '../servers/processes';
import { missingFamilies, type RunningExample, runExample, samples } from './programs';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'allsource-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function client(example: () => RunningExample) {
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${example().api}/api/v1${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const send = (event_type: string, entity_id: string, payload: unknown = {}) =>
    call('POST', '/events', { event_type, entity_id, payload });
  return { call, send, page: async () => samples(await example().page()) };
}

describe('the allsource example', () => {
  let example: RunningExample;
  beforeAll(async () => {
    example = await runExample('allsource', { DATA_DIR: join(folder, 'store'), EVENTS_IN_SEGMENT: '10' });
  });
  afterAll(() => example.stop('SIGKILL'));
  const { call, send, page } = client(() => example);

  it('the allsource example counts and times ingested and rejected events', async () => {
    expect((await call('PUT', '/schemas/user.created', { type: 'object', required: ['name'] })).status).toBe(204);
    expect((await send('user.created', 'u1', { name: 'Ada' })).status).toBe(201);
    expect((await send('user.created', 'u2', {})).body).toEqual({ error: "data must have required property 'name'" });
    expect((await call('POST', '/events', { event_type: 'x' })).status).toBe(400);
    const after = await page();
    expect(after.get('allsource_events_ingested_total')).toBe(1);
    expect(after.get('allsource_events_ingested_by_type{event_type="user.created"}')).toBe(1);
    expect(after.get('allsource_ingestion_errors_total')).toBe(1);
    expect(after.get('allsource_ingestion_duration_seconds_count')).toBe(2);
    expect(after.get('allsource_schemas_registered_total')).toBe(1);
    expect(after.get('allsource_schema_validations_total{subject="user.created",result="valid"}')).toBe(1);
    expect(after.get('allsource_schema_validations_total{subject="user.created",result="invalid"}')).toBe(1);
    expect(after.get('allsource_storage_events_total')).toBe(1);
  });

  it('the allsource example applies projections and pipelines, and counts failed and filtered events', async () => {
    await call('POST', '/pipelines', { name: 'large', event_type: 'account.credited', field: 'amount', at_least: 50 });
    for (const amount of [10, 60]) await send('account.credited', 'alice', { amount });
    const failed = await send('account.credited', 'alice', { amount: 'much' });
    expect(failed).toMatchObject({ status: 201, body: { projection_error: expect.stringContaining('amount') } });
    expect((await call('GET', '/projections/balances')).body).toEqual({ alice: 70 });
    expect((await call('GET', '/pipelines/large')).body).toHaveLength(1);
    const after = await page();
    expect(after.get('allsource_projection_errors_total{projection="balances"}')).toBe(1);
    expect(after.get('allsource_projection_events_processed{projection="events_by_type"}')).toBe(4);
    expect(after.get('allsource_pipelines_registered_total')).toBe(1);
    expect(after.get('allsource_pipeline_events_processed{pipeline="large"}')).toBe(3);
    expect(after.get('allsource_pipeline_events_filtered{pipeline="large"}')).toBe(2);
  });

  it('the allsource example converts finished segments into Parquet files, and merges the files', async () => {
    for (let i = 0; i < 45; i++) await send('tick', `entity-${i % 5}`, { i });
    const moved = await until(async () => {
      const now = await page();
      return now.get('allsource_parquet_files_total') === 4 ? now : undefined;
    });
    expect(moved.get('allsource_wal_segments_total')).toBe(1);
    expect(readdirSync(join(folder, 'store/events')).filter((name) => name.endsWith('.parquet'))).toHaveLength(4);
    expect((await call('POST', '/compaction')).body).toEqual({ merged: 4 });
    const after = await page();
    expect(after.get('allsource_parquet_files_total')).toBe(1);
    expect(after.get('allsource_compaction_files_merged')).toBe(4);
    expect(after.get('allsource_compactions_total')).toBe(1);
    expect(after.get('allsource_compaction_bytes_saved')).toBeGreaterThan(0);
    expect(after.get('allsource_storage_entities_total')).toBe(7);
  });

  it('the allsource example answers queries of each kind from column files and the log', async () => {
    const all = await call('GET', '/events');
    expect(all.body.events.map(({ sequence }: { sequence: number }) => sequence)).toEqual(
      Array.from({ length: 49 }, (_, i) => i + 1),
    );
    expect((await call('GET', '/events?event_type=tick')).body.count).toBe(45);
    expect((await call('GET', '/events?entity_id=entity-1&limit=3')).body.count).toBe(3);
    expect((await call('GET', `/events?since=${Date.now() + 1000}`)).body.count).toBe(0);
    const after = await page();
    for (const [kind, results] of [
      ['full_scan', 49],
      ['by_type', 45],
      ['by_entity', 3],
      ['by_time', 0],
    ] as const) {
      expect(after.get(`allsource_queries_total{query_type="${kind}"}`)).toBe(1);
      expect(after.get(`allsource_query_results_total{query_type="${kind}"}`)).toBe(results);
      expect(after.get(`allsource_query_duration_seconds_count{query_type="${kind}"}`)).toBe(1);
    }
  });

  it('the allsource example replays a projection, and creates snapshots', async () => {
    expect((await call('POST', '/projections/balances/replay')).body).toEqual({ events: 49 });
    expect((await call('GET', '/projections/balances')).body).toEqual({ alice: 70 });
    expect((await call('POST', '/snapshots/u1')).body).toEqual({ version: 1, data: { name: 'Ada' } });
    expect((await call('POST', '/snapshots/nobody')).status).toBe(404);
    const after = await page();
    expect(after.get('allsource_replays_completed_total')).toBe(1);
    expect(after.get('allsource_replay_events_processed')).toBe(49);
    expect(after.get('allsource_snapshots_total')).toBe(1);
    expect(after.get('allsource_snapshots_created_total')).toBe(1);
  });

  it('the allsource example sends events to subscribers, and counts invalid messages', async () => {
    const open = async () => {
      const socket = new WebSocket(`${example.api.replace('http', 'ws')}/api/v1/stream`);
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      return socket;
    };
    const [listener, talker] = [await open(), await open()];
    const received = new Promise((resolve) => listener.once('message', (data) => resolve(JSON.parse(String(data)))));
    listener.send('{"event_type":"wanted"}');
    const closed = new Promise((resolve) => talker.once('close', resolve));
    talker.send('nonsense');
    expect(await closed).toBe(1003);
    await send('unwanted', 'e');
    await send('wanted', 'e', { n: 1 });
    expect(await received).toMatchObject({ event_type: 'wanted', entity_id: 'e', payload: { n: 1 } });
    const after = await page();
    expect(after.get('allsource_websocket_connections_total')).toBe(2);
    expect(after.get('allsource_websocket_connections_active')).toBe(1);
    expect(after.get('allsource_websocket_messages_sent')).toBe(1);
    expect(after.get('allsource_websocket_errors_total')).toBe(1);
    listener.close();
    await until(async () => ((await page()).get('allsource_websocket_connections_active') === 0 ? true : undefined));
  });

  it('the allsource example labels requests with the route template', async () => {
    await call('GET', '/nothing/at/all');
    const after = await page();
    expect(
      after.get('allsource_http_requests_total{method="GET",endpoint="/api/v1/projections/:name",status="200"}'),
    ).toBe(2);
    expect(after.get('allsource_http_requests_total{method="GET",endpoint="unmatched",status="404"}')).toBe(1);
    // The scrape itself.
    expect(after.get('allsource_http_requests_in_flight')).toBe(1);
  });

  it('the allsource example serves every documented family', async () => {
    expect(missingFamilies(await example.page(), catalog)).toEqual([]);
  });

  it('the allsource example ends on SIGTERM, and restores its events when it starts again', async () => {
    const before = (await call('GET', '/events')).body.count;
    expect(await example.stop()).toEqual({ code: 0, signal: null });
    expect(example.stderr()).toBe('');
    example = await runExample('allsource', { DATA_DIR: join(folder, 'store'), EVENTS_IN_SEGMENT: '10' });
    expect((await call('GET', '/events')).body.count).toBe(before);
    expect((await call('GET', '/projections/balances')).body).toEqual({ alice: 70 });
    const after = await page();
    expect(after.get('allsource_snapshots_total')).toBe(1);
    // Pipelines and schemas are still registered; what was stored before is not processed again.
    expect(after.get('allsource_pipelines_registered_total')).toBe(1);
    expect(after.get('allsource_projection_events_processed{projection="balances"}')).toBeUndefined();
    expect(after.get('allsource_storage_events_total')).toBe(before);
    expect((await send('user.created', 'u3', {})).status).toBe(400);
  });
});

describe('the allsource example, killed at any moment', () => {
  it('the allsource example has every acknowledged event once and in order after it was killed at any moment', async () => {
    const DATA_DIR = join(folder, 'killed');
    const acknowledged = new Set<string>();
    let sent = 0;
    for (let round = 0; round < 4; round++) {
      const example = await runExample('allsource', { DATA_DIR, EVENTS_IN_SEGMENT: '7' });
      const { send } = client(() => example);
      let isUp = true;
      const writers = Array.from({ length: 5 }, async () => {
        while (isUp) {
          const entity = `e-${sent++}`;
          const answer = await send('written', entity).catch(() => undefined);
          if (answer?.status === 201) acknowledged.add(entity);
        }
      });
      await until(() => (acknowledged.size > 15 * (round + 1) ? true : undefined));
      await example.stop('SIGKILL');
      isUp = false;
      await Promise.all(writers);
    }
    const example = await runExample('allsource', { DATA_DIR });
    const { call } = client(() => example);
    const { events } = (await call('GET', '/events')).body as { events: { sequence: number; entity_id: string }[] };
    const stored = events.map(({ entity_id }) => entity_id);
    expect(acknowledged.size).toBeGreaterThan(50);
    expect([...acknowledged].filter((entity) => !stored.includes(entity))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, i) => i + 1));
    expect((await example.stop()).code).toBe(0);
  });
});

describe('the allsource example, while writing fails', () => {
  let example: RunningExample;
  const store = () => join(folder, 'failing/events');
  beforeAll(async () => {
    example = await runExample('allsource', { DATA_DIR: join(folder, 'failing'), EVENTS_IN_SEGMENT: '3' });
  });
  afterAll(() => example.stop('SIGKILL'));
  const { call, send, page } = client(() => example);

  it('the allsource example counts an event as stored only if it was written', async () => {
    // A folder in the place of the first segment, so that it cannot be written.
    mkdirSync(join(store(), 'wal-00000001.ndjson'));
    expect((await send('tick', 'a')).status).toBe(500);
    const failed = await page();
    expect(failed.get('allsource_storage_events_total')).toBe(0);
    expect(failed.get('allsource_ingestion_errors_total')).toBe(1);
    expect((await send('tick', 'a')).status).toBe(201);
    expect((await page()).get('allsource_storage_events_total')).toBe(1);
    expect((await call('GET', '/stats')).body).toEqual({ total_events: 1, total_entities: 1 });
  });

  it('the allsource example goes on while a column file cannot be written, and writes it when it can', async () => {
    const blocked = join(store(), 'events-2-4.parquet.new');
    mkdirSync(blocked);
    for (let i = 0; i < 5; i++) expect((await send('tick', `b-${i}`)).status).toBe(201);
    await until(() => (example.stderr().includes('storage maintenance failed') ? true : undefined));
    expect((await call('GET', '/events')).body.count).toBe(6);
    rmSync(blocked, { recursive: true });
    await until(async () => ((await page()).get('allsource_parquet_files_total') === 2 ? true : undefined));
    expect((await call('GET', '/events')).body.events.map((event: { entity_id: string }) => event.entity_id)).toEqual([
      'a',
      ...Array.from({ length: 5 }, (_, i) => `b-${i}`),
    ]);
    expect(example.process.exitCode).toBeNull();
  });
});
