import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopwatch } from 'meterbridge/instruments';
import type { AllSource } from 'meterbridge/systems/allsource';
import type { StoredEvent } from './event';

const MAX_SNAPSHOTS = 100;

/** States of entities at a moment, one file each. The oldest are deleted. */
export class Snapshots {
  private constructor(
    private readonly folder: string,
    private readonly names: string[],
    private readonly metrics: AllSource,
  ) {}

  static async open(folder: string, metrics: AllSource): Promise<Snapshots> {
    await mkdir(folder, { recursive: true });
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
    metrics.setSnapshots(names.length);
    return new Snapshots(folder, names, metrics);
  }

  /** Merges the payloads of an entity's events into its state. @returns the state, or `undefined` if it has no events */
  async create(entityId: string, parts: AsyncIterable<readonly StoredEvent[]>): Promise<object | undefined> {
    const seconds = stopwatch();
    let state: { version: number; data: object } | undefined;
    for await (const events of parts) {
      for (const { entity_id, sequence, payload } of events) {
        if (entity_id !== entityId) continue;
        const data = typeof payload === 'object' && payload !== null ? payload : {};
        state = { version: sequence, data: { ...state?.data, ...data } };
      }
    }
    if (state === undefined) return undefined;
    const name = `${String(Date.now()).padStart(15, '0')}-${state.version}.json`;
    await writeFile(join(this.folder, `${name}.new`), JSON.stringify({ entity_id: entityId, ...state }));
    await rename(join(this.folder, `${name}.new`), join(this.folder, name));
    if (!this.names.includes(name)) this.names.push(name);
    while (this.names.length > MAX_SNAPSHOTS) await rm(join(this.folder, this.names.shift() as string));
    this.metrics.recordSnapshotCreated(seconds());
    this.metrics.setSnapshots(this.names.length);
    return state;
  }
}
