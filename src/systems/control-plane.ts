import { createHttpRecorder } from '../instruments/catalog-http-recorder';
import { Facade } from '../instruments/facade';
import type { HttpRecorder } from '../instruments/http-recorder';
import type { MeterLike } from '../instruments/instrument-types';
import { catalog } from './generated/control-plane';

export { MethodLabel } from './generated/control-plane';

/**
 * The metrics of the AllSource control plane. Durations are in seconds.
 *
 * Source: allsource document, "Phase 2: Go Control Plane Enhancements", Metrics Collection.
 */
export class ControlPlane extends Facade<typeof catalog> {
  /**
   * Records HTTP server requests in `control_plane_http_requests_total` and
   * `control_plane_http_request_duration_seconds`. A request that matches no route has an empty `endpoint` (section
   * Metrics Middleware).
   */
  readonly httpRecorder: HttpRecorder = createHttpRecorder(
    { requests: this.instruments.httpRequestsTotal, duration: this.instruments.httpRequestDurationSeconds },
    { unmatched: '' },
  );

  constructor(meter?: MeterLike) {
    super(catalog, meter);
  }

  /** Sets `control_plane_core_health_status`: 1 if the last request to the core node succeeded, otherwise 0. */
  setCoreHealth(nodeId: string, isHealthy: boolean): void {
    this.instruments.coreHealthStatus.record(isHealthy ? 1 : 0, { node_id: nodeId });
  }

  /** Sets `control_plane_core_events_total`, the number of events that a core node stores, at least 0. */
  setCoreEvents(nodeId: string, count: number): void {
    this.instruments.coreEventsTotal.record(count, { node_id: nodeId });
  }

  /** Ends the series of a core node that is no longer monitored. */
  removeNode(nodeId: string): void {
    this.instruments.coreHealthStatus.remove({ node_id: nodeId });
    this.instruments.coreEventsTotal.remove({ node_id: nodeId });
  }
}

/** The metrics of the control plane on the SDK that is registered with the OpenTelemetry API. */
export const controlPlane = new ControlPlane();
