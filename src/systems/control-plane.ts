import type { InstrumentSource } from '../instruments';
import { Facade } from '../instruments/facade';
import { catalog } from './generated/control-plane';
import { httpMethod } from './http-method';

/** The metrics of the AllSource control plane (document: Phase 2, Go Control Plane Enhancements). */
export class ControlPlane extends Facade<typeof catalog> {
  /** The document's middleware writes an empty endpoint for a request that matches no route. */
  readonly unmatchedEndpoint = '';

  constructor(meter?: InstrumentSource) {
    super(catalog, meter);
  }

  /** @param endpoint the route's template, empty where none matched, as the document's middleware has it */
  recordHttpRequest(method: string, endpoint: string, status: number, seconds: number): void {
    const labels = { method: httpMethod(method), endpoint };
    this.instruments.httpRequestsTotal.add(1, { ...labels, status: String(status) });
    this.instruments.httpRequestDurationSeconds.record(seconds, labels);
  }

  setCoreHealth(nodeId: string, isHealthy: boolean): void {
    this.instruments.coreHealthStatus.record(isHealthy ? 1 : 0, { node_id: nodeId });
  }

  setCoreEvents(nodeId: string, count: number): void {
    this.instruments.coreEventsTotal.record(count, { node_id: nodeId });
  }

  /** Ends the series of a core node that is no longer watched. */
  endNode(nodeId: string): void {
    this.instruments.coreHealthStatus.remove({ node_id: nodeId });
    this.instruments.coreEventsTotal.remove({ node_id: nodeId });
  }
}

/** The control plane's metrics on the SDK that is registered with the OpenTelemetry API. */
export const controlPlane = new ControlPlane();
