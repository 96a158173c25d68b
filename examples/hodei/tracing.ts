import { context, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';

const MAX_TRACES = 1000;

/** A span as the API returns it. */
export interface StoredSpan {
  readonly name: string;
  readonly span_id: string;
  readonly parent_span_id: string | undefined;
  readonly attributes: ReadableSpan['attributes'];
  readonly seconds: number;
}

/** Keeps the last traces in memory, so that the exemplars of the metrics lead to them. */
export class TraceStore implements SpanExporter {
  private readonly traces = new Map<string, StoredSpan[]>();

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext();
      const stored = this.traces.get(traceId) ?? [];
      this.traces.set(traceId, stored);
      const [seconds, nanos] = span.duration;
      stored.push({
        name: span.name,
        span_id: spanId,
        parent_span_id: span.parentSpanContext?.spanId,
        attributes: span.attributes,
        seconds: seconds + nanos / 1e9,
      });
      if (this.traces.size > MAX_TRACES) this.traces.delete(this.traces.keys().next().value as string);
    }
    done({ code: 0 });
  }

  find(traceId: string): readonly StoredSpan[] | undefined {
    return this.traces.get(traceId);
  }

  async shutdown(): Promise<void> {
    this.traces.clear();
  }
}

/** Registers tracing with the OpenTelemetry API. Metrics that are recorded in a span get it as an exemplar. */
export function startTracing(): TraceStore {
  const store = new TraceStore();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(store)] }));
  return store;
}

/** Runs a function in a span, which ends when the function has ended. */
export async function inSpan<T>(name: string, work: (span: Span) => Promise<T>): Promise<T> {
  return trace.getTracer('hodei').startActiveSpan(name, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: (error as Error).message });
      throw error;
    } finally {
      span.end();
    }
  });
}
