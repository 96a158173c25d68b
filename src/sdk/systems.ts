import type { Catalog } from '../instruments';
import { listOf, type ValueType } from './value-types';

/** A system whose metrics are measured: a facade such as `hodei`, or any object with a catalog. */
export interface System {
  /** The definitions of its metrics. */
  readonly catalog: Catalog;
}

/** Where a system's document has Prometheus scrape it. */
export interface DocumentedEndpoint {
  readonly port: number;
  readonly path: string;
}

interface DocumentedSystem extends DocumentedEndpoint {
  /** Loads the facade, so that only the systems that are used cost start-up time. */
  readonly load: () => System;
}

/** The documented systems by name, which is the name of their catalog. */
const SYSTEMS: ReadonlyMap<string, DocumentedSystem> = new Map([
  [
    'ticker',
    {
      port: 3001,
      path: '/metrics',
      load: (): System => (require('../systems/ticker') as typeof import('../systems/ticker')).ticker,
    },
  ],
  [
    'stream-processor',
    {
      port: 9090,
      path: '/metrics',
      load: (): System =>
        (require('../systems/stream-processor') as typeof import('../systems/stream-processor')).streamProcessor,
    },
  ],
  [
    'hodei',
    {
      port: 8080,
      path: '/api/v1/metrics',
      load: (): System => (require('../systems/hodei') as typeof import('../systems/hodei')).hodei,
    },
  ],
  [
    'orchestrator',
    {
      port: 9090,
      path: '/metrics',
      load: (): System => (require('../systems/orchestrator') as typeof import('../systems/orchestrator')).orchestrator,
    },
  ],
  [
    'allsource',
    {
      port: 8080,
      path: '/metrics',
      load: (): System => (require('../systems/allsource') as typeof import('../systems/allsource')).allsource,
    },
  ],
  [
    'control-plane',
    {
      port: 8081,
      path: '/metrics',
      load: (): System =>
        (require('../systems/control-plane') as typeof import('../systems/control-plane')).controlPlane,
    },
  ],
]);

const NAMES = [...SYSTEMS.keys()];

/** Systems: names in the environment, facades in code. */
export const findSystems: ValueType<readonly System[]> = {
  expected: `a list of facades in code, and of ${NAMES.join(', ')} in the environment`,
  parse: (value, refuse) =>
    listOf(...NAMES)
      .parse(value, refuse)
      ?.flatMap((name) => SYSTEMS.get(name)?.load() ?? []),
  check: (value, refuse) => {
    if (!Array.isArray(value)) return void refuse(value);
    for (const item of value) if (!isSystem(item)) refuse(item);
    return value.filter(isSystem);
  },
};

function isSystem(value: unknown): value is System {
  const { metrics } = (value as Partial<System> | null)?.catalog ?? {};
  return typeof metrics === 'object' && metrics !== null;
}

/** Returns where a system is documented to be scraped, or `undefined` for one that is not documented. */
export function documentedEndpoint({ catalog }: System): DocumentedEndpoint | undefined {
  return SYSTEMS.get(catalog.name);
}
