import { streamProcessor } from 'meterbridge/systems/stream-processor';
import type { State } from './state';

/** How late an event may arrive. */
const LATENESS_MILLIS = 2000;
const KEY = 'watermark';

/** The time up to which events are assumed to be complete: some seconds before the latest event. Kept after a restart. */
export class Watermark {
  private latest = 0;

  constructor(private readonly state: State) {}

  async recover(): Promise<void> {
    const [entry] = await this.state.entries<{ latest: number }>(KEY);
    this.latest = entry?.[1].latest ?? 0;
  }

  get time(): number {
    return this.latest - LATENESS_MILLIS;
  }

  /** Advances the watermark. @returns whether the event is too late */
  observe(time: number): boolean {
    if (time < this.latest) streamProcessor.recordOutOfOrderEvent();
    const isLate = time < this.time;
    if (isLate) streamProcessor.recordLateEvent();
    if (time > this.latest) {
      this.latest = time;
      this.state.store(KEY, { latest: time });
      streamProcessor.recordWatermarkUpdate();
    }
    return isLate;
  }

  /** Records how far the watermark is behind the clock. */
  updateLag(): void {
    if (this.latest > 0) streamProcessor.setWatermarkLag(Math.max(0, Date.now() - this.time) / 1000);
  }
}
