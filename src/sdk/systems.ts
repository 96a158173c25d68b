import type { Catalog } from '../instruments';
import type { AllSource } from '../systems/allsource';
import type { ControlPlane } from '../systems/control-plane';
import type { Hodei } from '../systems/hodei';
import type { Orchestrator } from '../systems/orchestrator';
import type { StreamProcessor } from '../systems/stream-processor';
import type { Ticker } from '../systems/ticker';

/** The documented systems and the facades of their metrics. */
export interface Systems {
  readonly ticker: Ticker;
  readonly 'stream-processor': StreamProcessor;
  readonly hodei: Hodei;
  readonly orchestrator: Orchestrator;
  readonly allsource: AllSource;
  readonly 'control-plane': ControlPlane;
}

export type SystemName = keyof Systems;

interface DocumentedSystem<F> {
  /** Where the system's document has Prometheus scrape it. */
  readonly port: number;
  readonly path: string;
  /** Loads the facade; only the systems that are used cost start-up time. */
  readonly load: () => F;
}

const SYSTEMS: { readonly [S in SystemName]: DocumentedSystem<Systems[S]> } = {
  ticker: {
    port: 3001,
    path: '/metrics',
    load: () => (require('../systems/ticker') as typeof import('../systems/ticker')).ticker,
  },
  'stream-processor': {
    port: 9090,
    path: '/metrics',
    load: () =>
      (require('../systems/stream-processor') as typeof import('../systems/stream-processor')).streamProcessor,
  },
  hodei: {
    port: 8080,
    path: '/api/v1/metrics',
    load: () => (require('../systems/hodei') as typeof import('../systems/hodei')).hodei,
  },
  orchestrator: {
    port: 9090,
    path: '/metrics',
    load: () => (require('../systems/orchestrator') as typeof import('../systems/orchestrator')).orchestrator,
  },
  allsource: {
    port: 8080,
    path: '/metrics',
    load: () => (require('../systems/allsource') as typeof import('../systems/allsource')).allsource,
  },
  'control-plane': {
    port: 8081,
    path: '/metrics',
    load: () => (require('../systems/control-plane') as typeof import('../systems/control-plane')).controlPlane,
  },
};

export const SYSTEM_NAMES = Object.keys(SYSTEMS) as readonly SystemName[];

export function isSystemName(name: string): name is SystemName {
  return Object.hasOwn(SYSTEMS, name);
}

export function documentedEndpoint(name: SystemName): { readonly port: number; readonly path: string } {
  return SYSTEMS[name];
}

export function loadSystem<S extends SystemName>(name: S): Systems[S] & { readonly catalog: Catalog } {
  return SYSTEMS[name].load() as Systems[S] & { readonly catalog: Catalog };
}
