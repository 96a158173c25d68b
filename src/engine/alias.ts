import type { Attributes, Context } from '@opentelemetry/api';
import type { SeriesHandle } from './series-handle';

/** A handle for attributes that are processed into those of the series. Its exemplars keep what was removed. */
export class Alias {
  constructor(
    readonly attributes: Attributes,
    private readonly series: SeriesHandle,
  ) {}

  add(value: number, context?: Context, given: Attributes = this.attributes): void {
    this.series.add(value, context, given);
  }

  record(value: number, context?: Context, given: Attributes = this.attributes): void {
    this.series.record(value, context, given);
  }

  get(): unknown {
    return this.series.get();
  }
}
