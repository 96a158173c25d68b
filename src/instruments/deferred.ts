import { createNoopMeter, metrics } from '@opentelemetry/api';
import { type Catalog, isAsynchronous } from '../catalog/definition';
import { CatalogAttachment, type Connection } from './attachment';
import { findLifecycle, type ProviderLifecycle } from './capabilities';
import { attachInstruments } from './catalog-instruments';
import type { Instruments } from './instrument-types';

/**
 * Returns the instruments of a catalog on the SDK that is registered with the OpenTelemetry API, now or later. Without
 * one they do nothing. They record on the next registered SDK after the current one is shut down.
 *
 * The OpenTelemetry API has no such mechanism for metrics: an instrument that is created before the SDK starts never
 * records. Recording costs one check more than on the instruments of `createInstruments`.
 *
 * @example
 * export const { orders } = deferredInstruments(shop);
 */
export function deferredInstruments<C extends Catalog>(catalog: C): Instruments<C> {
  const attachment = new CatalogAttachment(catalog, () => {
    // The callbacks of other catalogs wait for a provider too. An SDK of another package does not attach them.
    queueMicrotask(attachObserved);
    return connectToRegistered(catalog);
  });
  if (Object.values(catalog.metrics).some(isAsynchronous)) observed.add(attachment);
  return attachInstruments(catalog, attachment);
}

/** The catalogs with asynchronous metrics. Nothing records these, so that nothing would attach them to the next SDK. */
const observed = new Set<CatalogAttachment>();

/** Attaches the catalogs that are observed to the SDK that is registered. Called when an SDK starts. */
export function attachObserved(): void {
  for (const attachment of observed) attachment.current();
}

function connectToRegistered({ name, version, schemaUrl }: Catalog): Connection {
  const provider = metrics.getMeterProvider();
  const meter = provider.getMeter(name, version, schemaUrl === undefined ? {} : { schemaUrl });
  const lifecycle = findLifecycle(meter);
  if (lifecycle?.isActive === true) return { meter, lifecycle };
  // A provider that was shut down records nothing, but can stay registered.
  const live = lifecycle === undefined ? meter : createNoopMeter();
  return { meter: live, lifecycle: new Registration(provider) };
}

/** The lifecycle of a provider that has none: it counts as active while it is registered. */
class Registration implements ProviderLifecycle {
  constructor(private readonly provider: unknown) {}

  get isActive(): boolean {
    return metrics.getMeterProvider() === this.provider;
  }
}
