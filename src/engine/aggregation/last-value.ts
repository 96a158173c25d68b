import type { Context } from '@opentelemetry/api';
import { Series, State } from '../series';

/** A series that keeps the last value. */
export class LastValueSeries extends Series<number> {
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

  override end(): void {
    super.end();
    this.last = 0;
  }

  protected recent(): number {
    return this.last;
  }

  /** The last value stays until there is another, whoever has been told of it. */
  protected forget(): void {}

  protected combine(_earlier: number, later: number): number {
    return later;
  }

  protected point(amount: number): number {
    return amount;
  }
}
