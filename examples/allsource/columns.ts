import { open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Condition } from './condition';
import type { StoredEvent } from './event';

/** A Parquet file of events. */
export interface ColumnFile {
  readonly path: string;
  /** Sequence numbers of its first and last event. */
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
}

/** Events in a row group. A reader skips the groups whose Bloom filters or smallest and largest values exclude its condition. */
const EVENTS_IN_GROUP = 500;

const NAME = /^events-(\d+)-(\d+)\.parquet$/;

/** Returns the Parquet files of a folder, in the order of their events. Of two that overlap, the larger is the result of a compaction. */
export async function listColumnFiles(folder: string): Promise<ColumnFile[]> {
  const files: ColumnFile[] = [];
  for (const name of await readdir(folder)) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const path = join(folder, name);
    files.push({ path, first: Number(match[1]), last: Number(match[2]), bytes: (await stat(path)).size });
  }
  files.sort((a, b) => a.first - b.first || b.last - a.last);
  const kept: ColumnFile[] = [];
  for (const file of files) {
    if (file.last <= (kept.at(-1)?.last ?? 0)) await rm(file.path);
    else kept.push(file);
  }
  return kept;
}

/** Writes ordered events to a new file, which is created completely or not at all. */
export async function writeColumnFile(folder: string, events: readonly StoredEvent[]): Promise<ColumnFile> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const bytes = Buffer.from(
    parquetWriteBuffer({
      rowGroupSize: EVENTS_IN_GROUP,
      columnData: [
        { name: 'sequence', data: events.map(({ sequence }) => sequence), type: 'DOUBLE' },
        { name: 'time', data: events.map(({ time }) => time), type: 'DOUBLE' },
        { name: 'event_type', data: events.map((event) => event.event_type), type: 'STRING', bloomFilter: true },
        { name: 'entity_id', data: events.map((event) => event.entity_id), type: 'STRING', bloomFilter: true },
        { name: 'payload', data: events.map(({ payload }) => JSON.stringify(payload ?? null)), type: 'STRING' },
      ],
    }),
  );
  const first = events[0]?.sequence ?? 0;
  const last = events.at(-1)?.sequence ?? 0;
  const path = join(folder, `events-${first}-${last}.parquet`);
  await writeFile(`${path}.new`, bytes);
  const file = await open(`${path}.new`, 'r+');
  await file.sync();
  await file.close();
  await rename(`${path}.new`, path);
  return { path, first, last, bytes: bytes.length };
}

/** Returns the events of a file that match. Reads only the row groups that can have such events. */
export async function readColumnFile({ path }: ColumnFile, condition: Condition = {}): Promise<StoredEvent[]> {
  const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet');
  const { event_type, entity_id, since } = condition;
  const filters = [
    ...(event_type === undefined ? [] : [{ event_type: { $eq: event_type } }]),
    ...(entity_id === undefined ? [] : [{ entity_id: { $eq: entity_id } }]),
    ...(since === undefined ? [] : [{ time: { $gte: since } }]),
  ];
  const rows = await parquetReadObjects({
    file: await asyncBufferFromFile(path),
    ...(filters.length === 0 ? {} : { filter: { $and: filters }, useBloomFilters: true }),
  });
  return (rows as (Omit<StoredEvent, 'payload'> & { payload: string })[]).map((row) => ({
    ...row,
    payload: JSON.parse(row.payload) as unknown,
  }));
}
