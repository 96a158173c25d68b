import type { Context } from '@opentelemetry/api';
import { Series, State } from './series';

/** A series that keeps the last value. */
export class LastValueSeries extends Series {
  private last = 0;

  add(value: number, context?: Context): void {
    this.record(value, context);
  }

  record(value: number, context?: Context): void {
    if (this.state === State.Live && context === undefined && typeof value === 'number') {
      this.last = value;
      return;
    }
    const admitted = this.admit(value, context);
    if (admitted !== undefined) this.last = admitted;
  }

  get(): number {
    return this.last;
  }

  total(): number {
    return this.last;
  }

  take(): number {
    return this.last;
  }

  protected move(): void {}

  protected reset(): void {
    this.last = 0;
  }
}
