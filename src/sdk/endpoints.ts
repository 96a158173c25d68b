import type { Catalog } from '../instruments';
import { ConfigurationError, type Settings } from './settings';
import { documentedEndpoint, loadSystem, type SystemName } from './systems';

const DEFAULT_PORT = 9464;
const DEFAULT_PATH = '/metrics';

/** A port and path where metrics are served. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Which families are served there; all, unless given. */
  readonly filter?: (family: string) => boolean;
}

/**
 * Where metrics are served. One system is served where its document says; several share an endpoint when a port is
 * configured, and otherwise have one each, the first of which also serves what belongs to none of them.
 *
 * @throws ConfigurationError naming the port, when two systems are documented at the same one
 */
export function endpointsOf({ systems, host, port, path }: Settings): Endpoint[] {
  const [first] = systems;
  if (port !== undefined || systems.length < 2) {
    const documented = first !== undefined && systems.length === 1 ? documentedEndpoint(first) : undefined;
    return [
      {
        host,
        port: port ?? documented?.port ?? DEFAULT_PORT,
        path: path ?? documented?.path ?? DEFAULT_PATH,
      },
    ];
  }
  refuseSharedPorts(systems);
  const owned = new Map(systems.map((name) => [name, familiesOf(loadSystem(name).catalog)]));
  return systems.map((name) => {
    const others = [...owned].filter(([other]) => other !== name).map(([, families]) => families);
    const mine = owned.get(name) ?? new Set();
    const endpoint = documentedEndpoint(name);
    return {
      host,
      port: endpoint.port,
      path: path ?? endpoint.path,
      filter:
        name === first
          ? (family) => mine.has(family) || !others.some((families) => families.has(family))
          : (family) => mine.has(family),
    };
  });
}

function familiesOf(catalog: Catalog): Set<string> {
  return new Set(Object.values(catalog.metrics).map(({ name }) => name));
}

function refuseSharedPorts(systems: readonly SystemName[]): void {
  const byPort = new Map<number, SystemName>();
  for (const name of systems) {
    const { port } = documentedEndpoint(name);
    const other = byPort.get(port);
    if (other !== undefined) {
      throw new ConfigurationError([
        `${other} and ${name} are both documented at port ${port}; set prometheus.port or OTEL_EXPORTER_PROMETHEUS_PORT, and they share it`,
      ]);
    }
    byPort.set(port, name);
  }
}
