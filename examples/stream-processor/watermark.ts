import { streamProcessor } from 'meterbridge/systems/stream-processor';

/** How late an event may arrive. */
const LATENESS_MILLIS = 2000;

/** The time up to which events are assumed to be complete: some seconds before the latest event. */
export class Watermark {
  private latest = 0;

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
      streamProcessor.recordWatermarkUpdate();
    }
    return isLate;
  }

  /** Records how far the watermark is behind the clock. */
  updateLag(): void {
    if (this.latest > 0) streamProcessor.setWatermarkLag(Math.max(0, Date.now() - this.time) / 1000);
  }
}
