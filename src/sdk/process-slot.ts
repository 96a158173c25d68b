import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import type { Catalog } from '../instruments';
import type { Sdk } from './sdk';
import type { System } from './systems';

/** What a later call of `start()` adds to the running SDK. */
export interface Additions {
  readonly systems: readonly System[];
  readonly catalogs: readonly Catalog[];
  readonly metricProducers: readonly MetricProducer[];
}

/** The running SDK, as every copy of the package sees it. */
export interface RunningSdk {
  readonly sdk: Sdk;
  /** @throws ConfigurationError if a metric is already defined differently */
  add(additions: Additions): void;
}

/** The only state that this package shares across a process. */
export interface ProcessSlot {
  running?: RunningSdk | undefined;
  /** Producers whose metrics every SDK of the process serves: the default registries of `meterbridge/prom-client`. */
  producers?: Set<MetricProducer> | undefined;
}

/**
 * The slot for the running SDK. A second copy of the package and a module that is evaluated again find it here. The number
 * is the version of {@link ProcessSlot}.
 */
const SLOT = Symbol.for('meterbridge.sdk.1');

/** Returns the slot of this process. */
export function processSlot(): ProcessSlot {
  const slots = globalThis as Record<symbol, ProcessSlot | undefined>;
  slots[SLOT] ??= {};
  return slots[SLOT];
}
