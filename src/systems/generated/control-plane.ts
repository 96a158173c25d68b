// Generated from the registry control-plane. Do not edit: change its metrics.yaml, then run "meterbridge generate".
import { defineCatalog } from '../../catalog/define';

/** The HTTP method in upper case. */
export const MethodLabel = {
  /** GET */
  Get: 'GET',
  /** HEAD */
  Head: 'HEAD',
  /** POST */
  Post: 'POST',
  /** PUT */
  Put: 'PUT',
  /** PATCH */
  Patch: 'PATCH',
  /** DELETE */
  Delete: 'DELETE',
  /** OPTIONS */
  Options: 'OPTIONS',
  /** TRACE */
  Trace: 'TRACE',
  /** CONNECT */
  Connect: 'CONNECT',
  /** QUERY */
  Query: 'QUERY',
  /** Any other method. */
  Other: '_OTHER',
} as const;

/** A value of {@link MethodLabel}. */
export type MethodLabel = (typeof MethodLabel)[keyof typeof MethodLabel];

/** Metrics of the AllSource control plane, which monitors the core nodes and serves the dashboard API. */
export const catalog = defineCatalog({
  name: 'control-plane',
  version: '1.0.0',
  schemaUrl: 'https://meterbridge.example/schemas/control-plane/1.0.0',
  metrics: {
    /** `control_plane_http_requests_total`: Total HTTP requests. */
    httpRequestsTotal: {
      name: 'control_plane_http_requests_total',
      instrument: 'counter',
      description: 'Total HTTP requests',
      unit: '{request}',
      section: 'Metrics Collection',
      labels: { method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY', '_OTHER'], endpoint: 'string', status: 'string' },
    },
    /** `control_plane_http_request_duration_seconds`: HTTP request duration. */
    httpRequestDurationSeconds: {
      name: 'control_plane_http_request_duration_seconds',
      instrument: 'histogram',
      description: 'HTTP request duration',
      unit: 's',
      section: 'Metrics Collection',
      labels: { method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY', '_OTHER'], endpoint: 'string' },
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
    /** `control_plane_core_health_status`: Health status of core nodes (1=healthy, 0=unhealthy). 1 if the last request to the node succeeded. */
    coreHealthStatus: {
      name: 'control_plane_core_health_status',
      instrument: 'gauge',
      description: 'Health status of core nodes (1=healthy, 0=unhealthy)',
      unit: '{status}',
      section: 'Metrics Collection',
      labels: { node_id: 'string' },
      merge: 'last',
    },
    /** `control_plane_core_events_total`: Total events in core nodes. */
    coreEventsTotal: {
      name: 'control_plane_core_events_total',
      instrument: 'gauge',
      description: 'Total events in core nodes',
      unit: '{event}',
      section: 'Metrics Collection',
      labels: { node_id: 'string' },
      merge: 'last',
    },
  },
});
