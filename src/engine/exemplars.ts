import {
  type Attributes,
  type Context,
  context as contexts,
  createContextKey,
  isSpanContextValid,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { Exemplar } from '../collection/points';

/** Which measurements can become exemplars (`OTEL_METRICS_EXEMPLAR_FILTER`). */
export type ExemplarFilter = 'trace_based' | 'always_on' | 'always_off';

/**
 * Decides which measurements become exemplars.
 *
 * `trace_based` takes those made in a sampled span. As long as no tracing SDK has registered a way to carry contexts there
 * can be no active span, and recording does not even look for one.
 */
export class ExemplarSampler {
  /** Whether measurements have to be looked at. */
  looks: boolean;

  constructor(private readonly filter: ExemplarFilter) {
    this.looks = filter === 'always_on' || (filter === 'trace_based' && contextsAreCarried());
  }

  /** Looks again whether there can be spans. Returns whether that changed to yes. */
  wakes(): boolean {
    if (this.looks || this.filter !== 'trace_based' || !contextsAreCarried()) return false;
    this.looks = true;
    return true;
  }

  /** The exemplar of a measurement, unless the filter leaves it out. */
  sample(
    value: number,
    given: Context | undefined,
    time: number,
    filteredAttributes: () => Attributes,
  ): Exemplar | undefined {
    if (this.filter === 'always_off') return undefined;
    const span = trace.getSpanContext(given ?? contexts.active());
    const valid = span !== undefined && isSpanContextValid(span);
    const sampled = valid && (span.traceFlags & TraceFlags.SAMPLED) !== 0;
    if (this.filter === 'trace_based' && !sampled) return undefined;
    return {
      value,
      timestamp: [Math.trunc(time / 1000), Math.round((time % 1000) * 1e6)],
      ...(valid ? { traceId: span.traceId, spanId: span.spanId } : {}),
      filteredAttributes: filteredAttributes(),
    };
  }
}

const PROBE = ROOT_CONTEXT.setValue(createContextKey('meterbridge probe'), true);

function contextsAreCarried(): boolean {
  return contexts.with(PROBE, () => contexts.active() === PROBE);
}

/**
 * The exemplars of one series: the last of each bucket for a histogram that has buckets
 * (AlignedHistogramBucketExemplarReservoir), otherwise one of all, each as likely (SimpleFixedSizeExemplarReservoir).
 */
export class Reservoir {
  private readonly kept: (Exemplar | undefined)[];
  private seen = 0;

  constructor(places: number) {
    this.kept = new Array<Exemplar | undefined>(places).fill(undefined);
  }

  /** @param bucket the place in a histogram; nothing for a reservoir of one place */
  offer(exemplar: Exemplar, bucket: number | undefined): void {
    if (bucket !== undefined) this.kept[bucket] = exemplar;
    else if (Math.random() * ++this.seen < 1) this.kept[0] = exemplar;
  }

  /** Those made at or after a time, in milliseconds. */
  since(time: number): Exemplar[] {
    return this.kept.filter(
      (exemplar) => exemplar !== undefined && exemplar.timestamp[0] * 1000 + exemplar.timestamp[1] / 1e6 >= time,
    ) as Exemplar[];
  }
}
