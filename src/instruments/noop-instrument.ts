import { createNoopMeter } from '@opentelemetry/api';
import { CAPABILITIES, type Capable, type HistogramValue, type SeriesCapabilities } from './capabilities';

const meter = createNoopMeter();
const NOOP_INSTRUMENTS: ReadonlySet<object> = new Set([
  meter.createCounter(''),
  meter.createUpDownCounter(''),
  meter.createGauge(''),
  meter.createHistogram(''),
]);

/** Returns whether an instrument is one of the OpenTelemetry API, which is what an absent or disabled SDK returns. */
export function isNoop(instrument: object): boolean {
  return NOOP_INSTRUMENTS.has(instrument);
}

/** An instrument that does nothing, and its own bound series. */
export class NoopInstrument<V extends number | HistogramValue>
  implements SeriesCapabilities<NoopInstrument<V>, V>, Capable<NoopInstrument<V>, V>
{
  readonly [CAPABILITIES] = this;

  constructor(private readonly zero: V) {}

  add(): void {}

  record(): void {}

  bind(): this {
    return this;
  }

  get(): V {
    return this.zero;
  }

  initialize(): void {}

  remove(): number {
    return 0;
  }

  clear(): void {}

  series(): [] {
    return [];
  }
}
