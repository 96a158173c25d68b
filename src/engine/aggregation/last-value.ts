import { DATA_POINT_TYPE } from '../../collection/enums';
import { SimpleFixedSizeExemplarReservoir } from '../exemplar-reservoir';
import type { Aggregation, Cells } from './aggregation';

/** Keeps the last measurement. */
export const lastValueAggregation: Aggregation<number> = {
  dataPointType: DATA_POINT_TYPE.GAUGE,
  createCells: (size) => new LastValueCells(size),
  combine: (_earlier, later) => later,
  pointValue: (amount) => amount,
  currentValue: (amount) => amount,
  createReservoir: () => new SimpleFixedSizeExemplarReservoir(),
  exemplarBucket: () => 0,
};

class LastValueCells implements Cells<number> {
  private readonly values: Float64Array;

  constructor(size: number) {
    this.values = new Float64Array(size);
  }

  add(cell: number, value: number): void {
    this.values[cell] = value;
  }

  read(cell: number): number {
    return this.values[cell] as number;
  }

  /** The last value stays until there is another one, also after it was reported as a delta. */
  reset(): void {}

  clear(cell: number): void {
    this.values[cell] = 0;
  }
}
