import { streamProcessor, WindowTypeLabel } from 'meterbridge/systems/stream-processor';
import { addTo, aggregate, emptySums, type Sums } from './aggregates';
import type { Reading } from './normalisation';
import type { State } from './state';

const TUMBLING_MILLIS = 5000;
const SLIDING_MILLIS = 10_000;
const SLIDE_MILLIS = 5000;
const SESSION_GAP_MILLIS = 3000;
const MAX_WINDOWS = 10_000;

interface Window {
  readonly type: WindowTypeLabel;
  readonly sensor: string;
  readonly start: number;
  end: number;
}

/** The result of a window. */
export interface WindowResult extends Window {
  /** Identifies the window: a second result with the same id is a duplicate. */
  readonly id: string;
  readonly aggregates: Record<string, number | null>;
}

/** Assigns readings to tumbling, sliding and session windows by their own time, and closes complete windows. */
export class Windows {
  /** Open windows by the key of their state. */
  private readonly open = new Map<string, Window>();

  constructor(private readonly state: State) {}

  /** Restores the windows that an earlier process left open. */
  async recover(): Promise<void> {
    for (const type of Object.values(WindowTypeLabel)) {
      for (const [key] of await this.state.entries(`${type} `)) {
        const [, start, end, ...sensor] = key.split(' ');
        this.open.set(key, { type, sensor: sensor.join(' '), start: Number(start), end: Number(end) });
      }
    }
    this.updateGauges();
  }

  async add(reading: Reading): Promise<void> {
    const { sensor, time, value } = reading;
    const start = floor(time, TUMBLING_MILLIS);
    await this.addTo({ type: WindowTypeLabel.Tumbling, sensor, start, end: start + TUMBLING_MILLIS }, time, value);
    for (let slide = floor(time, SLIDE_MILLIS); slide > time - SLIDING_MILLIS; slide -= SLIDE_MILLIS) {
      await this.addTo(
        { type: WindowTypeLabel.Sliding, sensor, start: slide, end: slide + SLIDING_MILLIS },
        time,
        value,
      );
    }
    await this.addToSession(reading);
    this.updateGauges();
  }

  /** Closes the windows that end at or before the watermark. */
  async trigger(watermark: number): Promise<WindowResult[]> {
    const results: WindowResult[] = [];
    for (const [key, window] of this.open) {
      if (window.end > watermark) continue;
      const sums = (await this.state.get<Sums>(key)) ?? emptySums();
      results.push({ id: key, ...window, aggregates: aggregate(sums) });
      streamProcessor.recordWindowTriggered(window.type);
      streamProcessor.recordWindowSize(window.type, sums.count);
      this.open.delete(key);
      this.state.delete(key);
    }
    if (results.length > 0) this.updateGauges();
    return results;
  }

  private async addTo(window: Window, time: number, value: number): Promise<void> {
    const key = keyOf(window);
    if (!this.open.has(key)) {
      if (this.open.size >= MAX_WINDOWS) return;
      this.open.set(key, window);
      streamProcessor.recordWindowCreated(window.type);
    }
    const sums = (await this.state.get<Sums>(key)) ?? emptySums();
    addTo(sums, time, value);
    this.state.put(key, sums);
  }

  /** A session continues while the next reading is within the gap. */
  private async addToSession({ sensor, time, value }: Reading): Promise<void> {
    const end = time + SESSION_GAP_MILLIS;
    const session = [...this.open].find(
      ([, each]) =>
        each.type === WindowTypeLabel.Session && each.sensor === sensor && time >= each.start && time < each.end,
    );
    if (session === undefined) {
      await this.addTo({ type: WindowTypeLabel.Session, sensor, start: time, end }, time, value);
      return;
    }
    const [key, window] = session;
    if (end > window.end) {
      const sums = (await this.state.get<Sums>(key)) ?? emptySums();
      this.state.delete(key);
      this.open.delete(key);
      window.end = end;
      this.open.set(keyOf(window), window);
      this.state.put(keyOf(window), sums);
    }
    await this.addTo(window, time, value);
  }

  private updateGauges(): void {
    for (const type of Object.values(WindowTypeLabel)) {
      const count = [...this.open.values()].filter((window) => window.type === type).length;
      streamProcessor.setWindowsActive(type, count);
    }
  }
}

function keyOf({ type, start, end, sensor }: Window): string {
  return `${type} ${start} ${end} ${sensor}`;
}

function floor(time: number, step: number): number {
  return Math.floor(time / step) * step;
}
