import type { Catalog } from '../catalog/definition';
import { createInstruments } from './catalog-instruments';
import { deferredInstruments } from './deferred';
import type { Instruments, MeterLike } from './instrument-types';

/** An instrument of any kind. The series of an asynchronous metric cannot be reset: its callbacks observe them. */
interface AnyCatalogInstrument {
  reset?(): void;
}

/**
 * The base of a class that records the metrics of a catalog with one method for each event of an application. A facade
 * can be passed to `start({ systems })` and to `catalogViews()`.
 *
 * @example
 * class Shop extends Facade<typeof shopCatalog> {
 *   constructor(meter?: MeterLike) { super(shopCatalog, meter); }
 *   recordOrder(result: 'paid' | 'refused') { this.instruments.orders.inc({ result }); }
 * }
 * export const shop = new Shop();
 */
export abstract class Facade<C extends Catalog> {
  /** The catalog of the metrics. */
  readonly catalog: C;
  /** The instruments of the catalog, for what has no method. */
  readonly instruments: Instruments<C>;

  /** @param meter records the metrics; by default the SDK that is registered with the OpenTelemetry API, now or later */
  constructor(catalog: C, meter?: MeterLike) {
    this.catalog = catalog;
    this.instruments = meter === undefined ? deferredInstruments(catalog) : createInstruments(meter, catalog);
  }

  /**
   * Ends every series of the metrics, and creates those again that exist from the start ({@link MetricDefinition.initialize}),
   * so that a test begins from zero. Asynchronous metrics do not change. A stock OpenTelemetry SDK cannot end series: the
   * call is reported once and has no effect.
   */
  reset(): void {
    for (const instrument of Object.values<AnyCatalogInstrument>(this.instruments)) instrument.reset?.();
  }
}
