import {
  type Attributes,
  type Context,
  context as contexts,
  createContextKey,
  type HrTime,
  isSpanContextValid,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { Exemplar } from '../collection/points';
import { report } from '../diagnostics';
import { printable } from '../issues';
import type { ExemplarReservoir } from './exemplar-reservoir';

/**
 * Which measurements can become exemplars (`OTEL_METRICS_EXEMPLAR_FILTER`): those made in a sampled span, all, or none.
 */
export type ExemplarFilter = 'trace_based' | 'always_on' | 'always_off';

/**
 * Decides which measurements are offered to reservoirs.
 *
 * As long as no context manager is registered with the API there can be no active span, and `trace_based` does not look
 * for one. It checks again at each collection, at each `bind` and at the first measurement of each series: the API reports
 * no registration, and a check at every measurement would cost more than recording does.
 */
export class ExemplarSampler {
  /** Whether every measurement has to be looked at. */
  isActive: boolean;
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly filter: ExemplarFilter) {
    this.isActive = filter === 'always_on';
    this.refresh();
  }

  /** Whether measurements can ever become exemplars. */
  get isPossible(): boolean {
    return this.filter !== 'always_off';
  }

  /** Calls a function when measurements begin to have to be looked at. */
  onActive(listener: () => void): void {
    if (!this.isActive && this.filter === 'trace_based') this.listeners.push(listener);
  }

  /** Looks again whether there can be spans. */
  refresh(): void {
    if (this.isActive || this.filter !== 'trace_based' || !hasContextManager()) return;
    this.isActive = true;
    for (const listener of this.listeners.splice(0)) listener();
  }

  accepts(context: Context): boolean {
    if (this.filter !== 'trace_based') return this.filter === 'always_on';
    try {
      const span = trace.getSpanContext(context);
      return span !== undefined && isSpanContextValid(span) && (span.traceFlags & TraceFlags.SAMPLED) !== 0;
    } catch (error) {
      report('value', `the context of a measurement cannot be read: ${printable(error)}; no exemplar`, 'context');
      return false;
    }
  }
}

const PROBE = ROOT_CONTEXT.setValue(createContextKey('meterbridge probe'), true);

function hasContextManager(): boolean {
  try {
    return contexts.with(PROBE, () => contexts.active() === PROBE);
  } catch {
    return false;
  }
}

/** Returns the active context. A context manager of the app that throws costs the exemplar, not the measurement. */
export function activeContext(): Context {
  try {
    return contexts.active();
  } catch {
    return ROOT_CONTEXT;
  }
}

/** The exemplars of one series for one reader. */
export class ExemplarStore {
  private reservoir: ExemplarReservoir | undefined;
  private kept: readonly Exemplar[] = [];

  constructor(
    private readonly createReservoir: () => ExemplarReservoir,
    private readonly bucket: (value: number) => number,
  ) {}

  offer(value: number, timestamp: HrTime, attributes: Attributes, context: Context): void {
    try {
      this.reservoir ??= this.createReservoir();
      this.reservoir.offer(value, timestamp, attributes, context);
    } catch (error) {
      reportReservoir(error);
    }
  }

  /** Returns the exemplars of the interval that ends now. */
  collectDelta(pointAttributes: Attributes): readonly Exemplar[] {
    try {
      const collected = this.reservoir?.collect(pointAttributes);
      if (Array.isArray(collected)) return collected;
      if (this.reservoir !== undefined) reportReservoir('collect() returned no list');
    } catch (error) {
      reportReservoir(error);
    }
    return [];
  }

  /**
   * Returns the exemplars of a cumulative point: the last ones of each bucket. They stay until others replace them, so that
   * each of several scrapers that share a reader sees them.
   */
  collectCumulative(pointAttributes: Attributes): readonly Exemplar[] {
    const recent = this.collectDelta(pointAttributes);
    if (recent.length === 0) return this.kept;
    const replaced = new Set(recent.map(({ value }) => this.bucket(value)));
    const kept = this.kept.filter(({ value }) => !replaced.has(this.bucket(value)));
    this.kept = [...kept, ...recent].sort((a, b) => this.bucket(a.value) - this.bucket(b.value));
    return this.kept;
  }
}

/** The exemplars of one series, or of one overflow point, by the reader's position in the stream. */
export type ExemplarStores = (ExemplarStore | undefined)[];

function reportReservoir(error: unknown): void {
  report('collect', `an exemplar reservoir failed: ${printable(error)}; its exemplars are left out`, 'reservoir');
}
