import type { Catalog } from '../instruments';
import type { Issue } from '../issues';
import { ConfigurationError, type Settings } from './settings';
import { documentedEndpoint, type System } from './systems';

/** The port of Prometheus exporters of OpenTelemetry. */
export const DEFAULT_PORT = 9464;
const DEFAULT_PATH = '/metrics';

/** An address and path that metrics are served at. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Selects the families that are served there. All by default. */
  readonly filter?: (family: string) => boolean;
}

/**
 * Returns where metrics are served. One system is served at its documented port and path. Several systems share an endpoint
 * if a port is configured; otherwise each has its own, and the first also serves what belongs to none of them.
 *
 * @throws ConfigurationError if two systems are documented at the same port
 */
export function planEndpoints(settings: Settings): Endpoint[] {
  const { systems } = settings;
  const host = settings['prometheus.host'];
  const port = settings['prometheus.port'];
  const path = settings['prometheus.path'];
  const documented = systems.flatMap((system) => {
    const endpoint = documentedEndpoint(system);
    return endpoint === undefined ? [] : [{ system, endpoint }];
  });
  const [first] = documented;
  if (port !== undefined || first === undefined || documented.length < 2) {
    const endpoint = documented.length === 1 ? first?.endpoint : undefined;
    return [{ host, port: port ?? endpoint?.port ?? DEFAULT_PORT, path: path ?? endpoint?.path ?? DEFAULT_PATH }];
  }
  refuseSharedPorts(documented);
  const families = new Map(documented.map(({ system }) => [system, familyNames(system.catalog)]));
  return documented.map(({ system, endpoint }) => {
    const own = families.get(system) ?? new Set();
    const others = [...families].filter(([other]) => other !== system).map(([, names]) => names);
    return {
      host,
      port: endpoint.port,
      path: path ?? endpoint.path,
      filter:
        system === first.system
          ? (family) => own.has(family) || !others.some((names) => names.has(family))
          : (family) => own.has(family),
    };
  });
}

function familyNames(catalog: Catalog): Set<string> {
  return new Set(Object.values(catalog.metrics).map(({ name }) => name));
}

function refuseSharedPorts(
  documented: readonly { readonly system: System; readonly endpoint: { readonly port: number } }[],
): void {
  const byPort = new Map<number, string>();
  const issues: Issue[] = [];
  for (const { system, endpoint } of documented) {
    const { name } = system.catalog;
    const other = byPort.get(endpoint.port);
    if (other !== undefined) {
      issues.push({
        code: 'duplicate',
        path: 'systems',
        received: `${other}, ${name}`,
        message: `systems ${other} and ${name} are both documented at port ${endpoint.port}: set prometheus.port or OTEL_EXPORTER_PROMETHEUS_PORT to serve them at one port`,
      });
    }
    byPort.set(endpoint.port, name);
  }
  if (issues.length > 0) throw new ConfigurationError(issues);
}
