import { streamProcessor } from 'meterbridge/systems/stream-processor';

/** How much later than others an event may come. */
const LATENESS_MILLIS = 2000;

/** Up to what time events are taken to be complete: a while before the latest that came. */
export class Watermark {
  private latest = 0;

  get time(): number {
    return this.latest - LATENESS_MILLIS;
  }

  /** @returns whether the event came too late to be counted */
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

  /** Tells how far it is behind the clock. */
  tell(): void {
    if (this.latest > 0) streamProcessor.setWatermarkLag(Math.max(0, Date.now() - this.time) / 1000);
  }
}
