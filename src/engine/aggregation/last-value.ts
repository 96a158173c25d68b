import type { Attributes, Context } from '@opentelemetry/api';
import { DATA_POINT_TYPE } from '../../collection/enums';
import { SimpleFixedSizeExemplarReservoir } from '../exemplar-reservoir';
import { SeriesHandle } from '../series-handle';
import type { Aggregation } from './aggregation';
import type { Cells } from './cells';

/** Keeps the last measurement. */
export const lastValueAggregation: Aggregation<number> = {
  dataPointType: DATA_POINT_TYPE.GAUGE,
  createCells: (size) => new LastValueCells(size),
  createHandle: (owner, attributes) => new LastValueHandle(owner, attributes),
  combine: (_earlier, later) => later,
  pointValue: (amount) => amount,
  currentValue: (amount) => amount,
  createReservoir: () => new SimpleFixedSizeExemplarReservoir(),
  exemplarBucket: () => 0,
};

const NO_VALUES = new Float64Array(1);

class LastValueCells implements Cells<number> {
  readonly numbers: Float64Array;

  constructor(size: number) {
    this.numbers = new Float64Array(size);
  }

  add(cell: number, value: number): void {
    this.numbers[cell] = value;
  }

  read(cell: number): number {
    return this.numbers[cell] as number;
  }

  /** The last value stays until there is another one, also after it was reported as a delta. */
  reset(): void {}

  clear(cell: number): void {
    this.numbers[cell] = 0;
  }
}

class LastValueHandle extends SeriesHandle<LastValueCells> {
  private values: Float64Array = NO_VALUES;

  add(value: number, context?: Context, given?: Attributes): void {
    this.record(value, context, given);
  }

  record(value: number, context?: Context, given?: Attributes): void {
    const { place } = this;
    if (this.isPlain(value, context, place)) this.values[place] = value;
    else this.owner.measureBound(this, value, context, given);
  }

  protected setCells(cells: LastValueCells): void {
    this.values = cells.numbers;
  }
}
