import type { Attributes, Context } from '@opentelemetry/api';
import { DATA_POINT_TYPE } from '../../collection/enums';
import { SimpleFixedSizeExemplarReservoir } from '../exemplar-reservoir';
import { Series, State } from '../series';
import type { Aggregation } from './aggregation';

/** Adds measurements up. Sums are doubles: above 2^53 they lose whole units. */
export function sumAggregation(isMonotonic: boolean): Aggregation<number> {
  return {
    dataPointType: DATA_POINT_TYPE.SUM,
    isMonotonic,
    createSeries: (owner, attributes) => new SumSeries(owner, attributes),
    combine: (earlier, later) => earlier + later,
    pointValue: (amount) => amount,
    createReservoir: () => new SimpleFixedSizeExemplarReservoir(),
    exemplarBucket: () => 0,
  };
}

class SumSeries extends Series<number> {
  private sum = 0;

  add(value: number, context?: Context, given?: Attributes): void {
    const isPlain = this.state === State.Live && context === undefined && typeof value === 'number';
    if (isPlain && value >= this.owner.minimum && value < Infinity) this.sum += value;
    else this.owner.measure(this, value, context, given);
  }

  record(value: number, context?: Context, given?: Attributes): void {
    this.add(value, context, given);
  }

  get(): number {
    return this.total();
  }

  apply(value: number): void {
    this.sum += value;
  }

  recent(): number {
    return this.sum;
  }

  reset(): void {
    this.sum = 0;
  }

  total(): number {
    return (this.cold?.entry?.folded ?? 0) + this.sum;
  }
}
