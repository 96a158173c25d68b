import type { Catalog } from '../catalog/define';
import { createInstruments, type InstrumentSource, type Instruments } from './catalog-instruments';
import { globalInstruments } from './deferred';

/**
 * A catalog with methods that say what happened, in the words of the system it measures.
 *
 * @example
 * class Shop extends Facade<typeof shopCatalog> {
 *   constructor(meter?: InstrumentSource) { super(shopCatalog, meter); }
 *   recordOrder(result: 'paid' | 'refused') { this.instruments.orders.add(1, { result }); }
 * }
 */
export abstract class Facade<C extends Catalog> {
  /** The instruments, for what has no method. */
  readonly instruments: Instruments<C>;

  /** @param meter where to record; the SDK registered with the OpenTelemetry API, now or later, unless given */
  constructor(
    readonly catalog: C,
    meter?: InstrumentSource,
  ) {
    this.instruments = meter === undefined ? globalInstruments(catalog) : createInstruments(meter, catalog);
  }
}
