import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredEvent } from './event';

/** A finished segment, to which no event is added. */
export interface Segment {
  readonly path: string;
  readonly events: readonly StoredEvent[];
  readonly bytes: number;
}

interface Waiting {
  readonly event: StoredEvent;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

const NAME = /^wal-(\d{8})\.ndjson$/;

/**
 * A write-ahead log: a line for each event, in segments. A write resolves after the file was synchronized with the disk, so
 * that no acknowledged event is lost when the process or the machine stops. Concurrent writes share one synchronization.
 */
export class Wal {
  private file: FileHandle | undefined;
  private events: StoredEvent[] = [];
  private bytes = 0;
  private number = 0;
  private readonly queue: Waiting[] = [];
  private writing: Promise<void> | undefined;

  private constructor(
    private readonly folder: string,
    private readonly eventsInSegment: number,
    private readonly finished: (segment: Segment) => void,
  ) {}

  /** Opens the log. @returns the log, and the segments of earlier processes */
  static async open(
    folder: string,
    eventsInSegment: number,
    finished: (segment: Segment) => void,
  ): Promise<{ wal: Wal; left: Segment[] }> {
    const wal = new Wal(folder, eventsInSegment, finished);
    const left: Segment[] = [];
    for (const name of (await readdir(folder)).filter((file) => NAME.test(file)).sort()) {
      const path = join(folder, name);
      const text = await readFile(path, 'utf8');
      left.push({ path, events: completeLines(text), bytes: Buffer.byteLength(text) });
      wal.number = Number(NAME.exec(name)?.[1]);
    }
    return { wal, left };
  }

  /** The events of the current segment. */
  get current(): readonly StoredEvent[] {
    return this.events;
  }

  get currentBytes(): number {
    return this.bytes;
  }

  get hasSegment(): boolean {
    return this.file !== undefined;
  }

  /** Resolves when the event is on disk. */
  append(event: StoredEvent): Promise<void> {
    return new Promise((written, failed) => {
      this.queue.push({ event, written, failed });
      this.writing ??= this.write().finally(() => {
        this.writing = undefined;
      });
    });
  }

  async close(): Promise<void> {
    await this.writing;
    await this.file?.close();
    this.file = undefined;
  }

  private async write(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, this.eventsInSegment);
      try {
        this.file ??= await open(this.path(++this.number), 'a');
        const lines = batch.map(({ event }) => `${JSON.stringify(event)}\n`).join('');
        await this.file.appendFile(lines);
        await this.file.datasync();
        this.bytes += Buffer.byteLength(lines);
        this.events.push(...batch.map(({ event }) => event));
        for (const { written } of batch) written();
      } catch (error) {
        for (const { failed } of batch) failed(error);
        // The file can end with a part of a line, so nothing more is written to it.
        await this.finish();
        continue;
      }
      if (this.events.length >= this.eventsInSegment) await this.finish();
    }
  }

  /** Closes the segment. The next event begins another one. */
  private async finish(): Promise<void> {
    const { file, events, bytes } = this;
    this.file = undefined;
    this.events = [];
    this.bytes = 0;
    await file?.close().catch((error) => console.error(`a segment cannot be closed: ${error}`));
    if (events.length > 0) this.finished({ path: this.path(this.number), events, bytes });
  }

  private path(number: number): string {
    return join(this.folder, `wal-${String(number).padStart(8, '0')}.ndjson`);
  }
}

/** Removes a segment whose events are in a column file. */
export function removeSegment({ path }: Segment): Promise<void> {
  return rm(path);
}

/** Returns the events of a segment. An incomplete last line, left by a crash, was never acknowledged. */
function completeLines(text: string): StoredEvent[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StoredEvent);
}
