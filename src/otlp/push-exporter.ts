import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** Where a `PushReader` sends what it collects. */
export interface PushExporter {
  /** The name in diagnostics, such as `otlp, http/protobuf`. */
  readonly name: string;
  /**
   * Sends metrics. Called again only after the returned promise has settled or `timeoutMillis` has passed.
   *
   * @param timeoutMillis the time after which to give up, in milliseconds
   * @throws RefusedError (as a rejection) if the data will never be accepted, any other error if sending failed
   */
  export(metrics: ResourceMetrics, timeoutMillis: number): Promise<void>;
  /** Closes connections. Called once. */
  shutdown(): Promise<void>;
}

/** The backend refuses the data themselves, so that sending them again is useless. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
