import type { Attributes, Context } from '@opentelemetry/api';
import { CAPABILITIES, type SeriesCapabilities } from '../instruments/capabilities';
import type { Series } from './series';
import type { Stream } from './stream';

/** A series that takes measurements: one of a stream's, or those of several streams together. */
export interface Recordable {
  add(value: number, context?: Context): void;
  record(value: number, context?: Context): void;
  get(): unknown;
}

/** What every synchronous instrument of the engine can do beside recording. */
export interface EngineInstrument extends SeriesCapabilities<Recordable, unknown> {
  /** Whether anything is made of measurements (Metrics API, Enabled). */
  enabled(): boolean;
}

/** An instrument whose measurements go to one stream: by far the most frequent kind. */
export class SingleStreamInstrument implements EngineInstrument {
  readonly [CAPABILITIES] = this;

  constructor(private readonly stream: Stream) {}

  add(value: number, attributes?: Attributes, context?: Context): void {
    const { stream } = this;
    (attributes == null ? stream.bare() : stream.of(attributes, context)).add(value, context);
  }

  record(value: number, attributes?: Attributes, context?: Context): void {
    const { stream } = this;
    (attributes == null ? stream.bare() : stream.of(attributes, context)).record(value, context);
  }

  bind(attributes: Attributes = {}): Series {
    return this.stream.of(attributes);
  }

  get(attributes: Attributes = {}): unknown {
    return this.stream.get(attributes);
  }

  initialize(attributes: Attributes = {}): void {
    this.stream.begin(attributes);
  }

  remove(attributes: Attributes): number {
    return this.stream.remove(attributes);
  }

  series(): Iterable<{ readonly attributes: Attributes; readonly value: unknown }> {
    return this.stream.values();
  }

  clear(): void {
    this.stream.clear();
  }

  enabled(): boolean {
    return true;
  }
}

/** An instrument that several views select, or none that keeps it. */
export class MultiStreamInstrument implements EngineInstrument {
  readonly [CAPABILITIES] = this;

  constructor(private readonly streams: readonly Stream[]) {}

  add(value: number, attributes: Attributes = {}, context?: Context): void {
    for (const stream of this.streams) stream.of(attributes, context).add(value, context);
  }

  record(value: number, attributes: Attributes = {}, context?: Context): void {
    for (const stream of this.streams) stream.of(attributes, context).record(value, context);
  }

  bind(attributes: Attributes = {}): Recordable {
    return new MultiStreamSeries(this.streams.map((stream) => stream.of(attributes)));
  }

  get(attributes: Attributes = {}): unknown {
    return this.streams[0]?.get(attributes);
  }

  initialize(attributes: Attributes = {}): void {
    for (const stream of this.streams) stream.begin(attributes);
  }

  remove(attributes: Attributes): number {
    return Math.max(0, ...this.streams.map((stream) => stream.remove(attributes)));
  }

  series(): Iterable<{ readonly attributes: Attributes; readonly value: unknown }> {
    return this.streams[0]?.values() ?? [];
  }

  clear(): void {
    for (const stream of this.streams) stream.clear();
  }

  enabled(): boolean {
    return this.streams.length > 0;
  }
}

class MultiStreamSeries implements Recordable {
  constructor(private readonly series: readonly Series[]) {}

  add(value: number, context?: Context): void {
    for (const each of this.series) each.add(value, context);
  }

  record(value: number, context?: Context): void {
    for (const each of this.series) each.record(value, context);
  }

  /** What the first stream holds. */
  get(): unknown {
    return this.series[0]?.get() ?? 0;
  }
}
