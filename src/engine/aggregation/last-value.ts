import type { Attributes, Context } from '@opentelemetry/api';
import { DATA_POINT_TYPE } from '../../collection/enums';
import { SimpleFixedSizeExemplarReservoir } from '../exemplar-reservoir';
import { Series, State } from '../series';
import type { Aggregation } from './aggregation';

/** Keeps the last measurement. */
export const lastValueAggregation: Aggregation<number> = {
  dataPointType: DATA_POINT_TYPE.GAUGE,
  createSeries: (owner, attributes) => new LastValueSeries(owner, attributes),
  combine: (_earlier, later) => later,
  pointValue: (amount) => amount,
  createReservoir: () => new SimpleFixedSizeExemplarReservoir(),
  exemplarBucket: () => 0,
};

class LastValueSeries extends Series<number> {
  private last = 0;

  add(value: number, context?: Context, given?: Attributes): void {
    this.record(value, context, given);
  }

  record(value: number, context?: Context, given?: Attributes): void {
    if (this.state === State.Live && context === undefined && typeof value === 'number') this.last = value;
    else this.owner.measure(this, value, context, given);
  }

  get(): number {
    return this.last;
  }

  apply(value: number): void {
    this.last = value;
  }

  recent(): number {
    return this.last;
  }

  /** The last value stays until there is another one, also after it was reported as a delta. */
  reset(): void {}

  total(): number {
    return this.last;
  }

  override release(): void {
    this.last = 0;
  }
}
