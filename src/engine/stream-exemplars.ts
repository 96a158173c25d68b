import type { Attributes, Context } from '@opentelemetry/api';
import type { Exemplar } from '../collection/points';
import type { Aggregation } from './aggregation/aggregation';
import { readAttributes } from './attributes';
import type { DeltaLedger } from './delta-ledger';
import type { ExemplarReservoir } from './exemplar-reservoir';
import { type ExemplarSampler, ExemplarStore, type ExemplarStores } from './exemplars';
import { toHrTime } from './hr-time';
import type { SeriesStore } from './series-store';
import type { StreamReader } from './view-plan';

/** Offers the measurements of one stream to reservoirs, and collects them for readers. */
export class StreamExemplars {
  /** Those of measurements that a reader counts in its overflow point though their series exists. */
  readonly spilled: ExemplarStores = [];

  constructor(
    private readonly store: SeriesStore,
    private readonly sampler: ExemplarSampler,
    private readonly readers: readonly StreamReader[],
    private readonly aggregation: Aggregation<unknown>,
    private readonly createReservoir: () => ExemplarReservoir,
  ) {}

  /** Offers a measurement to the reservoirs of all readers, if the filter accepts it. */
  sample(
    row: number,
    value: number,
    attributes: Attributes,
    context: Context,
    time: number,
    ledger: DeltaLedger<unknown> | undefined,
  ): void {
    if (!this.sampler.accepts(context)) return;
    const own = this.store.exemplars(row) ?? [];
    this.store.setExemplars(row, own);
    for (let position = 0; position < this.readers.length; position++) {
      const isSpilled = ledger?.isAdmitted(row, position) === false;
      this.offer(position, value, attributes, context, time, isSpilled ? this.spilled : own);
    }
  }

  /**
   * Offers a measurement to the reservoir of one reader, if the filter accepts it.
   *
   * @param attributes those of the measurement, before views
   */
  offer(
    position: number,
    value: number,
    attributes: Attributes,
    context: Context,
    time: number,
    stores: ExemplarStores,
  ): void {
    if (!this.sampler.accepts(context)) return;
    stores[position] ??= new ExemplarStore(this.createReservoir, (each) => this.aggregation.exemplarBucket(each));
    // A copy for each, because a reservoir may keep and change it.
    stores[position].offer(value, toHrTime(time), readAttributes('', attributes).attributes, context);
  }

  collect(stores: ExemplarStores | undefined, position: number, pointAttributes: Attributes): readonly Exemplar[] {
    const store = stores?.[position];
    if (store === undefined) return NONE;
    return this.readers[position]?.isDelta === true
      ? store.collectDelta(pointAttributes)
      : store.collectCumulative(pointAttributes);
  }
}

const NONE: readonly Exemplar[] = [];
