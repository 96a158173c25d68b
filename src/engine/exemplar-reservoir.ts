import { type Attributes, type Context, type HrTime, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Exemplar } from '../collection/points';
import { BucketIndex } from './aggregation/bucket-index';

/**
 * Keeps some measurements of one series as exemplars (OpenTelemetry specification, Metrics SDK, ExemplarReservoir). Set
 * one with `exemplarReservoir` of a view. Each series has a reservoir for each reader.
 */
export interface ExemplarReservoir {
  /**
   * Offers a measurement that passed the exemplar filter. Called while the app records.
   *
   * @param attributes all attributes of the measurement, before views; the reservoir may keep and change the object
   * @param context the context of the measurement, with its span
   */
  offer(value: number, timestamp: HrTime, attributes: Attributes, context: Context): void;
  /**
   * Returns the exemplars that were kept since the last call, and forgets them.
   *
   * @param pointAttributes the attributes of the point, which are not repeated in `filteredAttributes`
   */
  collect(pointAttributes: Attributes): Exemplar[];
}

interface Kept {
  readonly value: number;
  readonly timestamp: HrTime;
  readonly attributes: Attributes;
  readonly traceId?: string;
  readonly spanId?: string;
}

/** Keeps one measurement in each of its slots. */
class Slots {
  private readonly kept: Kept[] = [];

  keep(slot: number, value: number, timestamp: HrTime, attributes: Attributes, context: Context): void {
    const span = trace.getSpanContext(context);
    const ids = span !== undefined && isSpanContextValid(span) ? { traceId: span.traceId, spanId: span.spanId } : {};
    this.kept[slot] = { value, timestamp, attributes, ...ids };
  }

  collect(pointAttributes: Attributes): Exemplar[] {
    // Slots that were never filled are holes, which `flatMap` passes over.
    const exemplars = this.kept.flatMap(({ attributes, ...kept }) => ({
      ...kept,
      filteredAttributes: withoutKeys(attributes, pointAttributes),
    }));
    this.kept.length = 0;
    return exemplars;
  }
}

/**
 * Keeps a fixed number of measurements, each of an interval with the same probability (Metrics SDK,
 * SimpleFixedSizeExemplarReservoir).
 */
export class SimpleFixedSizeExemplarReservoir implements ExemplarReservoir {
  private readonly slots = new Slots();
  private seen = 0;

  /**
   * @param size the maximum number of exemplars of a point; 1 by default
   * @param random returns a number from 0 to 1, as `Math.random` does
   */
  constructor(
    private readonly size = 1,
    private readonly random: () => number = Math.random,
  ) {}

  offer(value: number, timestamp: HrTime, attributes: Attributes, context: Context): void {
    const slot = this.seen < this.size ? this.seen : Math.floor(this.random() * (this.seen + 1));
    this.seen++;
    if (slot < this.size) this.slots.keep(slot, value, timestamp, attributes, context);
  }

  collect(pointAttributes: Attributes): Exemplar[] {
    this.seen = 0;
    return this.slots.collect(pointAttributes);
  }
}

/** Keeps the last measurement of each bucket of a histogram (Metrics SDK, AlignedHistogramBucketExemplarReservoir). */
export class AlignedHistogramBucketExemplarReservoir implements ExemplarReservoir {
  private readonly slots = new Slots();
  private readonly index: BucketIndex;

  /** @param boundaries the histogram's upper bounds, ascending, without infinity */
  constructor(boundaries: readonly number[]) {
    this.index = new BucketIndex(boundaries);
  }

  offer(value: number, timestamp: HrTime, attributes: Attributes, context: Context): void {
    this.slots.keep(this.index.find(value), value, timestamp, attributes, context);
  }

  collect(pointAttributes: Attributes): Exemplar[] {
    return this.slots.collect(pointAttributes);
  }
}

function withoutKeys(attributes: Attributes, left: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !Object.hasOwn(left, key)));
}
