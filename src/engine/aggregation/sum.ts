import { DATA_POINT_TYPE } from '../../collection/enums';
import { SimpleFixedSizeExemplarReservoir } from '../exemplar-reservoir';
import type { Aggregation, Cells } from './aggregation';

/** Adds measurements up. Sums are doubles: above 2^53 they lose whole units. */
export function sumAggregation(isMonotonic: boolean): Aggregation<number> {
  return {
    dataPointType: DATA_POINT_TYPE.SUM,
    isMonotonic,
    createCells: (size) => new SumCells(size),
    combine: (earlier, later) => earlier + later,
    pointValue: (amount) => amount,
    currentValue: (amount) => amount,
    createReservoir: () => new SimpleFixedSizeExemplarReservoir(),
    exemplarBucket: () => 0,
  };
}

class SumCells implements Cells<number> {
  private readonly sums: Float64Array;

  constructor(size: number) {
    this.sums = new Float64Array(size);
  }

  add(cell: number, value: number): void {
    (this.sums[cell] as number) += value;
  }

  read(cell: number): number {
    return this.sums[cell] as number;
  }

  reset(cell: number): void {
    this.sums[cell] = 0;
  }

  clear(cell: number): void {
    this.sums[cell] = 0;
  }
}
