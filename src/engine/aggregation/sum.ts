import type { Context } from '@opentelemetry/api';
import { Series, State } from '../series';

/** A series that adds up. */
export class SumSeries extends Series<number> {
  private sum = 0;

  add(value: number, context?: Context): void {
    const isPlain = this.state === State.Live && context === undefined && typeof value === 'number';
    if (isPlain && value >= this.stream.least && value < Infinity) {
      this.sum += value;
      return;
    }
    const admitted = this.admit(value, context);
    if (admitted !== undefined) this.sum += admitted;
  }

  record(value: number, context?: Context): void {
    this.add(value, context);
  }

  get(): number {
    return this.all();
  }

  protected recent(): number {
    return this.sum;
  }

  protected forget(): void {
    this.sum = 0;
  }

  protected combine(earlier: number, later: number): number {
    return earlier + later;
  }

  protected point(amount: number): number {
    return amount;
  }
}
