import type { Attributes, Context } from '@opentelemetry/api';
import { Series, State } from './series';
import type { Stream } from './stream';

/** A series that adds up. */
export class SumSeries extends Series {
  /** What was added since the last fold; everything, where no reader takes deltas. */
  private sum = 0;
  private folded = 0;
  private deltas: number[] | undefined = undefined;
  /** The least value that is added: 0 for a monotonic sum. */
  private readonly least: number;

  constructor(stream: Stream, attributes: Attributes) {
    super(stream, attributes);
    this.least = stream.least;
  }

  add(value: number, context?: Context): void {
    if (this.state === State.Live && context === undefined && value >= this.least && value < Infinity) {
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
    return this.folded + this.sum;
  }

  total(): number {
    return this.folded + this.sum;
  }

  take(reader: number): number {
    const delta = this.deltas?.[reader] ?? 0;
    if (this.deltas !== undefined) this.deltas[reader] = 0;
    return delta;
  }

  protected move(readers: number): void {
    this.deltas ??= new Array<number>(readers).fill(0);
    for (let i = 0; i < readers; i++) (this.deltas[i] as number) += this.sum;
    this.folded += this.sum;
    this.sum = 0;
  }

  protected reset(): void {
    this.sum = 0;
    this.folded = 0;
    this.deltas = undefined;
  }
}
