import type { Attributes, Context } from '@opentelemetry/api';
import { CAPABILITIES, type SeriesCapabilities } from '../instruments/capabilities';
import type { Stream } from './stream';

/** A series that takes measurements, or those of several streams together. */
export interface BoundSeries {
  add(value: number, context?: Context): void;
  record(value: number, context?: Context): void;
  get(): unknown;
}

/** A synchronous instrument: what the API asks for, and the capabilities beyond it. */
export interface SyncInstrument extends SeriesCapabilities<BoundSeries, unknown> {
  add(value: number, attributes?: Attributes, context?: Context): void;
  record(value: number, attributes?: Attributes, context?: Context): void;
  /** Returns whether measurements are aggregated (Metrics API, Enabled). */
  enabled(): boolean;
}

/**
 * Returns the instrument that records into these streams.
 *
 * @param zero what a bound series returns if there are no streams
 */
export function createSyncInstrument(streams: readonly Stream[], zero: unknown): SyncInstrument {
  const [only] = streams;
  return only !== undefined && streams.length === 1
    ? new SingleStreamInstrument(only)
    : new MultiStreamInstrument(streams, zero);
}

/** An instrument with one stream, which is the usual case. */
class SingleStreamInstrument implements SyncInstrument {
  constructor(private readonly stream: Stream) {}

  get [CAPABILITIES](): this {
    return this;
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    this.stream.record(value, attributes, context);
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    this.stream.record(value, attributes, context);
  }

  bind(attributes?: Attributes): BoundSeries {
    return this.stream.bind(attributes);
  }

  get(attributes?: Attributes): unknown {
    return this.stream.get(attributes);
  }

  initialize(attributes?: Attributes): void {
    this.stream.initialize(attributes);
  }

  remove(attributes: Attributes): number {
    return this.stream.remove(attributes);
  }

  clear(): void {
    this.stream.clear();
  }

  series(): ReturnType<Stream['series']> {
    return this.stream.series();
  }

  enabled(): boolean {
    return true;
  }
}

/** An instrument that several views match, or whose measurements are dropped. Values are those of the first stream. */
class MultiStreamInstrument implements SyncInstrument {
  constructor(
    private readonly streams: readonly Stream[],
    private readonly zero: unknown,
  ) {}

  get [CAPABILITIES](): this {
    return this;
  }

  add(value: number, attributes?: Attributes, context?: Context): void {
    for (const stream of this.streams) stream.record(value, attributes, context);
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    this.add(value, attributes, context);
  }

  bind(attributes?: Attributes): BoundSeries {
    return new MultiStreamSeries(
      this.streams.map((stream) => stream.bind(attributes)),
      this.zero,
    );
  }

  get(attributes?: Attributes): unknown {
    return this.streams[0]?.get(attributes);
  }

  initialize(attributes?: Attributes): void {
    for (const stream of this.streams) stream.initialize(attributes);
  }

  remove(attributes: Attributes): number {
    return this.streams.reduce((removed, stream) => Math.max(removed, stream.remove(attributes)), 0);
  }

  clear(): void {
    for (const stream of this.streams) stream.clear();
  }

  *series(): ReturnType<Stream['series']> {
    const [first] = this.streams;
    if (first !== undefined) yield* first.series();
  }

  enabled(): boolean {
    return this.streams.length > 0;
  }
}

class MultiStreamSeries implements BoundSeries {
  constructor(
    private readonly series: readonly BoundSeries[],
    private readonly zero: unknown,
  ) {}

  add(value: number, context?: Context): void {
    for (const each of this.series) each.add(value, context);
  }

  record(value: number, context?: Context): void {
    for (const each of this.series) each.record(value, context);
  }

  get(): unknown {
    return this.series[0] === undefined ? this.zero : this.series[0].get();
  }
}
