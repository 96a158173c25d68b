import { ValueType } from '@opentelemetry/api';
import { INSTRUMENT_TYPE } from '../collection/enums';
import { report } from '../diagnostics';
import { printable } from '../issues';
import type { AggregationSpec } from './aggregation/aggregation';
import type { InstrumentDescriptor } from './descriptor';

/** Decides which values an instrument takes, and what becomes of them. */
export class MeasurementCheck {
  /** The smallest value that is taken: 0 for counters and histograms. */
  readonly minimum: number;
  /** Whether a value has to be looked at even if it is a finite number of at least {@link minimum}. */
  readonly looksAtAll: boolean;
  private readonly isInteger: boolean;
  /** Whether NaN and infinities are values like any others: for gauges that keep the last one. */
  private readonly takesAnyNumber: boolean;

  constructor(
    private readonly name: string,
    { type, valueType }: InstrumentDescriptor,
    kind: AggregationSpec['kind'],
  ) {
    const isGauge = type === INSTRUMENT_TYPE.GAUGE || type === INSTRUMENT_TYPE.OBSERVABLE_GAUGE;
    this.isInteger = valueType === ValueType.INT;
    this.takesAnyNumber = isGauge && kind === 'last-value' && !this.isInteger;
    this.minimum = GROWING.has(type) ? 0 : -Number.MAX_VALUE;
    // Series that keep the last value do not compare it with the minimum themselves.
    this.looksAtAll = this.isInteger || (kind === 'last-value' && !this.takesAnyNumber);
  }

  /** Returns the value to record, or `undefined` if it is ignored, which is reported once. */
  accept(given: number): number | undefined {
    const isNumber = typeof given === 'number';
    const isAccepted = this.takesAnyNumber ? isNumber : Number.isFinite(given) && given >= this.minimum;
    if (isAccepted) return this.isInteger ? Math.trunc(given) : given;
    const expected = this.takesAnyNumber ? 'a number' : `a finite number${this.minimum === 0 ? ' of at least 0' : ''}`;
    report('value', `invalid value ${printable(given)} of ${this.name}: expected ${expected}; ignored`, this.name);
    return undefined;
  }
}

const GROWING: ReadonlySet<InstrumentDescriptor['type']> = new Set([
  INSTRUMENT_TYPE.COUNTER,
  INSTRUMENT_TYPE.HISTOGRAM,
  INSTRUMENT_TYPE.OBSERVABLE_COUNTER,
]);
