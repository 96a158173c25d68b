import type { Attributes, Context } from '@opentelemetry/api';
import { toHrTime } from '../collection/hr-time';
import type { Exemplar } from '../collection/points';
import type { Aggregation } from './aggregation/aggregation';
import { readAttributes } from './attributes';
import type { ExemplarReservoir } from './exemplar-reservoir';
import { type ExemplarSampler, ExemplarStore } from './exemplars';
import type { StreamReader } from './view-plan';

/** The exemplars of one series, or of one overflow point, by the reader's position in the stream. */
export type ExemplarStores = (ExemplarStore | undefined)[];

/** Offers the measurements of one stream to reservoirs, and collects them for readers. */
export class StreamExemplars {
  constructor(
    private readonly sampler: ExemplarSampler,
    private readonly readers: readonly StreamReader[],
    private readonly aggregation: Aggregation<unknown>,
    private readonly createReservoir: () => ExemplarReservoir,
  ) {}

  /** Whether the filter accepts a measurement made in a context. */
  accepts(context: Context): boolean {
    return this.sampler.isPossible && this.sampler.accepts(context);
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
    if (!this.accepts(context)) return;
    stores[position] ??= new ExemplarStore(this.createReservoir(), (each) => this.aggregation.exemplarBucket(each));
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
