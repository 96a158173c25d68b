import type { Attributes, Context, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api';
import { report } from '../diagnostics';
import { findCapabilities } from './capabilities';

/** A synchronous OpenTelemetry instrument of any SDK. */
export type AnyInstrument = Counter | UpDownCounter | Gauge | Histogram;

/** The series of an attribute set of an instrument: `add` for counters, `record` for gauges and histograms. */
export type BoundInstrument<I extends AnyInstrument> = I extends { add(...args: never[]): void }
  ? { add(value: number, context?: Context): void }
  : { record(value: number, context?: Context): void };

/**
 * Binds an attribute set to a synchronous OpenTelemetry instrument. On the SDK of meterbridge, recording on the result
 * looks nothing up; on any other SDK the result passes the attributes to the instrument.
 *
 * Source: OpenTelemetry specification, Metrics API, Instrument bind (Development).
 *
 * @example
 * const paid = bindInstrument(counter, { result: 'paid' });
 * paid.add(1);
 */
export function bindInstrument<I extends AnyInstrument>(
  instrument: I,
  attributes: Attributes = {},
): BoundInstrument<I> {
  const bound = findCapabilities<BoundInstrument<I>, unknown>(instrument)?.bind(attributes);
  return bound ?? (bindByForwarding(instrument, { ...attributes }) as BoundInstrument<I>);
}

function bindByForwarding(instrument: AnyInstrument, attributes: Attributes): object {
  return 'add' in instrument
    ? { add: (value: number, context?: Context) => instrument.add(value, attributes, context) }
    : { record: (value: number, context?: Context) => instrument.record(value, attributes, context) };
}

/**
 * Ends every series of an instrument whose attributes include the given ones; `{}` matches all series. Without effect on
 * an SDK that cannot end series, which is reported once.
 *
 * @returns the number of series that ended
 */
export function removeSeries(instrument: AnyInstrument, attributes: Attributes): number {
  const capabilities = findCapabilities(instrument);
  if (capabilities === undefined) reportUnsupported('remove', 'end a series');
  return capabilities?.remove(attributes) ?? 0;
}

/** Ends every series of an instrument. Without effect on an SDK that cannot end series, which is reported once. */
export function clearSeries(instrument: AnyInstrument): void {
  const capabilities = findCapabilities(instrument);
  if (capabilities === undefined) reportUnsupported('remove', 'end a series');
  capabilities?.clear();
}

/** Reports once that the SDK of an instrument lacks a capability. */
export function reportUnsupported(capability: 'remove' | 'initialize', action: string): void {
  const message = `the registered SDK cannot ${action}; the call has no effect. The MeterProvider of meterbridge can`;
  report('unsupported', message, capability);
}
