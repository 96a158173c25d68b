import { type Attributes, type Context, context as contexts, ValueType } from '@opentelemetry/api';
import {
  type AggregationTemporality,
  type DataPoint,
  DataPointType,
  type IAttributesProcessor,
  InstrumentType,
  type MetricDescriptor,
} from '@opentelemetry/sdk-metrics';
import type { DEFINITION, MetricDefinition } from '../catalog/define';
import type { Exemplar } from '../collection/points';
import { report, shown } from '../diagnostics';
import { OVERFLOW_ATTRIBUTES } from '../instruments/series-table';
import type { ExemplarSampler } from './exemplars';
import { AttributeTrie } from './lookup/attribute-trie';
import { type Series, State, UNLISTED } from './series';

/** What an instrument is, as the SDK describes it to exporters. */
export interface InstrumentDescriptor extends MetricDescriptor {
  readonly type: InstrumentType;
  readonly [DEFINITION]?: MetricDefinition;
  readonly advice: { explicitBucketBoundaries?: number[] };
}

/** A reader as a stream sees it. */
export interface StreamReader {
  /** Its place among all readers. */
  readonly index: number;
  /** Its place among those that take deltas of this stream, or -1. */
  readonly delta: number;
  readonly temporality: AggregationTemporality;
}

export interface StreamOptions {
  readonly descriptor: InstrumentDescriptor;
  readonly dataPointType: DataPointType;
  /** For sums: whether they only grow. */
  readonly isMonotonic?: boolean;
  /** Whether a view drops what would be recorded. The stream yet has its name: a later view of that name is the same. */
  readonly drop?: boolean;
  /** The least value a measurement can have: 0 for counters and histograms. */
  readonly least: number;
  readonly processors: readonly IAttributesProcessor[];
  /** Whether what the processors make of attributes depends on nothing else, so that it can be kept. */
  readonly processorsArePure: boolean;
  /** The most series, the overflow series included. */
  readonly limit: number;
  readonly readers: readonly StreamReader[];
  readonly createSeries: (stream: Stream, attributes: Attributes) => Series;
  /** Whether series can exist before anything is recorded on them. */
  readonly zero: boolean;
  readonly sampler: ExemplarSampler;
  readonly now: () => number;
}

/** A point of metric data, with the exemplars that the SDK's own type has no place for. */
export interface CollectedPoint extends DataPoint<unknown> {
  readonly exemplars?: readonly Exemplar[];
}

/** Metric data of any kind; the kinds differ only in fields that {@link Stream.collect} fills. */
export interface CollectedMetric {
  readonly descriptor: InstrumentDescriptor;
  readonly aggregationTemporality: AggregationTemporality;
  readonly dataPointType: DataPointType;
  readonly dataPoints: CollectedPoint[];
  readonly isMonotonic?: boolean;
}

/** A reader's last collection. */
interface Collection {
  readonly number: number;
  /** In milliseconds. */
  readonly time: number;
}

/** One metric stream of an instrument: its series, found by attributes, and what each reader has yet to be told. */
export class Stream {
  descriptor: InstrumentDescriptor;
  readonly least: number;
  readonly takesDeltas: boolean;
  readonly now: () => number;
  /** Whether nothing is recorded. */
  readonly drop: boolean;
  /** How many measurements went to the overflow series. */
  overflowed = 0;

  private readonly trie: AttributeTrie<Series>;
  private readonly made: number;
  private readonly series: Series[] = [];
  private size = 0;
  private hasEnded = false;
  /** The attributes of the measurement that is being recorded, as they were given. */
  private given: Attributes | undefined;
  private bareSeries: Series | undefined;
  private overflow: Series | undefined;
  /** Points of removed series that readers of deltas have not seen, by reader. */
  private readonly farewells: CollectedPoint[][];
  private readonly deltaReaders: number;
  private readonly collections: Collection[];

  constructor(private readonly options: StreamOptions) {
    this.descriptor = options.descriptor;
    this.least = options.least;
    this.drop = options.drop ?? false;
    this.now = options.now;
    this.made = options.now();
    this.trie = new AttributeTrie(options.limit * 2);
    this.deltaReaders = options.readers.filter(({ delta }) => delta >= 0).length;
    this.takesDeltas = this.deltaReaders > 0;
    this.farewells = Array.from({ length: this.deltaReaders }, () => []);
    this.collections = options.readers.map(() => ({ number: 0, time: 0 }));
  }

  /** Milliseconds since it was made. */
  sinceMade(): number {
    return this.now() - this.made;
  }

  /** Whether every measurement on a series takes the slow way: those of the overflow series do, to be counted. */
  watches(series: Series): boolean {
    return series === this.overflow || this.watched;
  }

  private get watched(): boolean {
    const { valueType, type } = this.descriptor;
    const keepsLastOfOthers = this.options.dataPointType === DataPointType.GAUGE && type !== InstrumentType.GAUGE;
    return valueType === ValueType.INT || keepsLastOfOthers || this.options.sampler.looks;
  }

  /** Has every series look at its measurements, from when exemplars became possible. */
  watch(): void {
    for (const series of this.series) if (series.state === State.Live) series.state = State.Watched;
  }

  /** The exemplar of a measurement, unless it is left out. */
  sample(series: Series, value: number, context: Context | undefined): Exemplar | undefined {
    const { given } = this;
    this.given = undefined;
    return this.options.sampler.sample(value, context, this.now(), () =>
      given === undefined ? {} : withoutKeys(given, series.attributes),
    );
  }

  /** The most series it holds, the overflow series included. */
  get limit(): number {
    return this.options.limit;
  }

  /** The series of measurements without attributes. */
  bare(): Series {
    if (this.bareSeries !== undefined) return this.bareSeries;
    const series = this.create({}, contexts.active());
    if (this.options.processorsArePure && series !== this.overflow) this.bareSeries = series;
    return series;
  }

  /** The series of an attribute set. */
  of(attributes: Attributes, context?: Context): Series {
    // Exemplars tell what processors took away; without processors nothing is.
    if (this.options.sampler.looks && this.options.processors.length > 0) this.given = attributes;
    if (this.options.processorsArePure) {
      const series = this.trie.find(attributes);
      if (series !== undefined) return series;
    }
    return this.create(attributes, context ?? contexts.active());
  }

  /** Makes the series of an attribute set exist, at zero where nothing was recorded on it. */
  begin(attributes: Attributes): void {
    if (!this.options.zero) return;
    const series = this.of(attributes);
    if (series.state === State.Fresh) series.touch();
  }

  remove(attributes: Attributes): void {
    const series = this.trie.at(this.trie.path(this.process(attributes, contexts.active())));
    if (series !== undefined) this.end(series);
  }

  clear(): void {
    for (const series of [...this.series]) {
      if (series.state !== State.Ended) this.end(series);
    }
  }

  /** Puts a series into the list of those that are collected. */
  list(series: Series): void {
    this.series.push(series);
  }

  /** The series that takes the measurements of one that was removed: itself, put back, or the one made since. */
  revive(ended: Series): Series {
    if (isOverflow(ended.attributes)) return this.overflowSeries();
    const successor = this.trie.at(this.trie.path(ended.attributes));
    if (successor !== undefined) return successor;
    if (this.isFull()) return this.overflowSeries();
    ended.state = State.Fresh;
    this.trie.insert(ended.attributes, ended);
    this.size++;
    return ended;
  }

  /** Checks a measurement on the slow way: the value to record, or nothing when it is refused. */
  admit(series: Series, given: number): number | undefined {
    const { name, type } = this.descriptor;
    let value = given;
    if (typeof value === 'number' && this.descriptor.valueType === ValueType.INT) value = Math.trunc(value);
    const anyNumber = type === InstrumentType.GAUGE && this.descriptor.valueType === ValueType.DOUBLE;
    const fits = anyNumber ? typeof value === 'number' : Number.isFinite(value) && given >= this.least;
    if (!fits) {
      const accepted = anyNumber ? 'a number' : `a finite number${this.least === 0 ? ' of at least 0' : ''}`;
      report('value', `${name} takes ${accepted}, given ${shown(given)}; ignored`, name);
      return undefined;
    }
    if (series === this.overflow) this.overflowed++;
    return value;
  }

  /**
   * What a reader is to be told, or nothing.
   *
   * @param index the reader's place among all
   */
  collect(index: number, time: number): CollectedMetric | undefined {
    const reader = this.options.readers[index] as StreamReader;
    if (this.takesDeltas) for (const series of this.series) series.fold(this.deltaReaders);
    if (this.hasEnded) this.dropEnded();
    const dataPoints = reader.delta < 0 ? this.totals(time) : this.deltas(reader, time);
    const last = this.collections[index] as Collection;
    this.collections[index] = { number: last.number + 1, time };
    if (dataPoints.length === 0) return undefined;
    const { dataPointType, isMonotonic } = this.options;
    return {
      descriptor: this.descriptor,
      aggregationTemporality: reader.temporality,
      dataPointType,
      dataPoints,
      ...(isMonotonic === undefined ? {} : { isMonotonic }),
    };
  }

  private totals(time: number): CollectedPoint[] {
    const endTime = hrTime(time);
    let start = 0;
    let startTime = hrTime(this.made);
    return this.series.map((series) => {
      // Many series begin together; they share what is not theirs alone.
      if (series.start !== start) {
        start = series.start;
        startTime = hrTime(this.made + start);
      }
      const point = {
        startTime,
        endTime,
        attributes: series.attributes,
        value: series.total(),
      };
      const { reservoir } = series;
      return reservoir === undefined ? point : { ...point, exemplars: reservoir.since(0) };
    });
  }

  private deltas({ index, delta }: StreamReader, time: number): CollectedPoint[] {
    const endTime = hrTime(time);
    const last = this.collections[index] as Collection;
    const points = this.farewells[delta] ?? [];
    this.farewells[delta] = [];
    for (const series of this.series) {
      const pending = series.pending?.[delta];
      if (pending === undefined || !pending.touched) continue;
      const start = pending.reported === last.number - 1 ? last.time : this.made + pending.since;
      const point = {
        startTime: hrTime(start),
        endTime,
        attributes: series.attributes,
        value: series.take(pending),
      };
      points.push(series.reservoir === undefined ? point : { ...point, exemplars: series.reservoir.since(start) });
      pending.reported = last.number;
    }
    return points;
  }

  private create(given: Attributes, context: Context): Series {
    const attributes = this.process(given, context);
    let series = this.trie.at(this.trie.path(attributes));
    if (series === undefined) {
      if (isOverflow(attributes)) return this.overflowSeries();
      if (this.isFull()) {
        report(
          'overflow',
          `${this.descriptor.name} holds ${this.size} series, its limit; further attribute sets are counted under otel.metric.overflow`,
          this.descriptor.name,
        );
        return this.overflowSeries();
      }
      series = this.options.createSeries(this, copy(attributes));
      this.trie.insert(attributes, series);
      this.size++;
    }
    if (this.options.processorsArePure && this.trie.find(given) === undefined) this.trie.alias(given, series);
    return series;
  }

  private process(attributes: Attributes, context: Context): Attributes {
    let processed = attributes;
    for (const processor of this.options.processors) processed = processor.process(processed, context);
    return processed;
  }

  /** One place is kept for the overflow series, so that it can be made whenever it is needed. */
  private isFull(): boolean {
    return this.size >= this.options.limit - 1;
  }

  private overflowSeries(): Series {
    this.overflow ??= this.options.createSeries(this, { ...OVERFLOW_ATTRIBUTES });
    return this.overflow;
  }

  private end(series: Series): void {
    if (this.takesDeltas) {
      series.fold(this.deltaReaders);
      this.sayFarewell(series);
    }
    if (series === this.overflow) this.overflow = undefined;
    else {
      this.trie.remove(series, series.attributes);
      this.size--;
    }
    if (series === this.bareSeries) this.bareSeries = undefined;
    series.end();
    this.hasEnded = true;
  }

  /** What was recorded before a removal still reaches the readers that take deltas. */
  private sayFarewell(series: Series): void {
    const endTime = hrTime(this.now());
    series.pending?.forEach((pending, delta) => {
      if (!pending.touched) return;
      const point = { startTime: hrTime(this.made + pending.since), endTime, attributes: series.attributes };
      this.farewells[delta]?.push({ ...point, value: series.take(pending) });
    });
  }

  private dropEnded(): void {
    let kept = 0;
    for (const series of this.series) {
      if (series.state === State.Ended) series.start = UNLISTED;
      else this.series[kept++] = series;
    }
    this.series.length = kept;
    this.hasEnded = false;
  }
}

function withoutKeys(attributes: Attributes, taken: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !Object.hasOwn(taken, key)));
}

function isOverflow(attributes: Attributes): boolean {
  return attributes['otel.metric.overflow'] === true && Object.keys(attributes).length === 1;
}

/** The caller may change its attributes later; the series must not follow. */
function copy(attributes: Attributes): Attributes {
  const copied: Attributes = { ...attributes };
  for (const [key, value] of Object.entries(copied)) if (Array.isArray(value)) copied[key] = [...value] as typeof value;
  return copied;
}

function hrTime(millis: number): [number, number] {
  return [Math.trunc(millis / 1000), Math.round((millis % 1000) * 1e6)];
}
