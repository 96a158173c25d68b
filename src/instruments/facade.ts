import type { Catalog, MetricDefinition } from '../catalog/definition';
import { closedCombinations } from '../catalog/labels';
import { createInstruments } from './catalog-instruments';
import { deferredInstruments } from './deferred';
import type { Instruments, MeterLike } from './instrument-types';

interface Resettable {
  readonly definition: MetricDefinition;
  clear(): void;
  initialize(labels: object): void;
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
   * Ends every series of the metrics and creates those at 0 that exist from the start, so that a test begins from zero. A
   * stock OpenTelemetry SDK cannot end series.
   */
  reset(): void {
    for (const instrument of Object.values(this.instruments as unknown as Record<string, Resettable>)) {
      const { definition } = instrument;
      instrument.clear();
      if (definition.initialize === false) continue;
      for (const labels of closedCombinations(definition.labels ?? {})) instrument.initialize(labels);
    }
  }
}
