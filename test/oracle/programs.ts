import {
  type Attributes,
  type Counter,
  type Gauge,
  type Histogram,
  type Meter,
  type Observable,
  ValueType,
} from '@opentelemetry/api';
import {
  AggregationTemporality,
  AggregationType,
  type CollectionResult,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  InstrumentType,
  MetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';

/** One step of a random program. */
export type Step =
  | {
      readonly op: 'record';
      readonly instrument: number;
      readonly value: number;
      readonly attributes: Attributes | undefined;
    }
  | { readonly op: 'bound'; readonly instrument: number; readonly value: number; readonly attributes: Attributes }
  | { readonly op: 'collect'; readonly reader: number };

const KINDS = [
  'counter',
  'updowncounter',
  'gauge',
  'histogram',
  'observable counter',
  'observable updowncounter',
  'observable gauge',
] as const;

export interface InstrumentSpec {
  readonly kind: (typeof KINDS)[number];
  readonly meter: string;
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly valueType: ValueType;
  readonly boundaries: readonly number[] | undefined;
}

export interface Program {
  readonly views: readonly ViewOptions[];
  readonly temporalities: readonly AggregationTemporality[];
  readonly instruments: readonly InstrumentSpec[];
  readonly steps: readonly Step[];
}

// Quarters add up without rounding, so that sums do not depend on the order in which a lane adds them.
const value = fc.integer({ min: -40, max: 400 }).map((n) => n / 4);

/** Values that no attribute can have. The stock SDK throws for some of them, and is given what the engine makes of them. */
const hostileValue = fc.constantFrom<unknown>(
  undefined,
  1n,
  Symbol('s'),
  new Date(0),
  Object('boxed'),
  { a: 1 },
  [{ a: 1 }],
  [1n],
  { toJSON: () => undefined },
);
const attributeValue = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>('a', 'b', '', '1', 1, 0, -1, 2.5, true, false) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.constantFrom('\ud800', '\0json:["x"]', 'undefined', 'x'.repeat(5000)) },
  { weight: 1, arbitrary: hostileValue },
);
const key = fc.constantFrom('a', 'b', 'c', 'http.route', '__proto__', 'constructor', 'toString', '\ud800');
const attributes: fc.Arbitrary<Attributes> = fc
  .tuple(
    fc.array(fc.tuple(key, attributeValue), { maxLength: 4 }),
    fc.constantFrom(Object.prototype, null, { b: 'inherited' }),
  )
  .map(([pairs, prototype]) => {
    const given = Object.create(prototype) as Attributes;
    for (const [name, value] of pairs) {
      Object.defineProperty(given, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return given;
  });

const instrument: fc.Arbitrary<InstrumentSpec> = fc.record({
  kind: fc.constantFrom(...KINDS),
  meter: fc.constantFrom('m1', 'm2'),
  name: fc.constantFrom('one', 'two', 'three.four'),
  description: fc.constantFrom('', 'short', 'a longer one'),
  unit: fc.constantFrom('', 's'),
  valueType: fc.constantFrom(ValueType.DOUBLE, ValueType.DOUBLE, ValueType.INT),
  boundaries: fc.constantFrom(undefined, [1, 5, 10], []),
});

const aggregation = fc.constantFrom(
  undefined,
  { type: AggregationType.DEFAULT } as const,
  { type: AggregationType.SUM } as const,
  { type: AggregationType.LAST_VALUE } as const,
  { type: AggregationType.DROP } as const,
  { type: AggregationType.EXPONENTIAL_HISTOGRAM } as const,
  { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [2, 20, 50] } } as const,
  { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [3], recordMinMax: false } } as const,
);

const view: fc.Arbitrary<ViewOptions> = fc
  .record({
    instrumentName: fc.constantFrom('one', 'two', 't*', '*', 'three.four', '*e'),
    instrumentType: fc.constantFrom(undefined, InstrumentType.COUNTER, InstrumentType.HISTOGRAM),
    instrumentUnit: fc.constantFrom(undefined, undefined, 's'),
    meterName: fc.constantFrom(undefined, undefined, 'm1'),
    name: fc.constantFrom(undefined, undefined, 'renamed'),
    description: fc.constantFrom(undefined, undefined, 'from the view'),
    aggregation,
    processors: fc.constantFrom<[] | ['allow' | 'deny', string[]]>(
      [],
      ['allow', ['a', 'c']],
      ['deny', ['b']],
      ['allow', []],
    ),
  })
  .map(({ processors: [list, keys = []], ...options }) => {
    const processors =
      list === undefined
        ? undefined
        : [list === 'allow' ? createAllowListAttributesProcessor(keys) : createDenyListAttributesProcessor(keys)];
    const all = { ...options, ...(processors === undefined ? {} : { attributesProcessors: processors }) };
    if (all.name !== undefined && all.instrumentName.includes('*')) all.name = undefined;
    return Object.fromEntries(Object.entries(all).filter(([, given]) => given !== undefined)) as ViewOptions;
  });

export const program: fc.Arbitrary<Program> = fc.record({
  views: fc.array(view, { maxLength: 3 }),
  temporalities: fc.constantFrom(
    [AggregationTemporality.CUMULATIVE],
    [AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA],
    [AggregationTemporality.DELTA],
    [AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE, AggregationTemporality.CUMULATIVE],
  ),
  instruments: fc.array(instrument, { minLength: 1, maxLength: 5 }),
  steps: fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          op: fc.constant('record' as const),
          instrument: fc.nat(9),
          value,
          attributes: fc.option(attributes, { nil: undefined }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ op: fc.constant('bound' as const), instrument: fc.nat(9), value, attributes }),
      },
      { weight: 2, arbitrary: fc.record({ op: fc.constant('collect' as const), reader: fc.nat(3) }) },
    ),
    { minLength: 1, maxLength: 40 },
  ),
});

/**
 * Whether streams of one name come from different views. The stock SDK then records into the first of them, once for each
 * view; the engine keeps them apart (Metrics SDK, Measurement processing).
 */
export function hasConflictingViews({ views, instruments }: Program): boolean {
  const viewOfStream = new Map<string, number>();
  return instruments.some((spec) => {
    const matching = views.flatMap((view, i) => (mayMatch(view, spec) ? [i] : []));
    return (matching.length === 0 ? [-1] : matching).some((i) => {
      const name = `${spec.meter} ${views[i]?.name ?? spec.name}`;
      const other = viewOfStream.get(name);
      viewOfStream.set(name, i);
      return other !== undefined && other !== i;
    });
  });
}

/** Whether a histogram aggregates what callbacks observe. The stock SDK shows the last round alone, the engine all. */
export function observesHistograms({ views, instruments }: Program): boolean {
  return instruments.some(
    (spec) =>
      spec.kind.startsWith('observable') &&
      views.some((view) => mayMatch(view, spec) && HISTOGRAMS.has(view.aggregation?.type ?? AggregationType.DEFAULT)),
  );
}

/** Whether one stream has two asynchronous instruments. The stock SDK adds up what both observe for one attribute set. */
export function observesTwice({ views, instruments }: Program): boolean {
  const streams = instruments
    .filter(({ kind }) => kind.startsWith('observable'))
    .map((spec) => `${spec.meter} ${views.find((view) => mayMatch(view, spec))?.name ?? spec.name}`);
  return new Set(streams).size < streams.length;
}

/** Whether a view makes attribute sets equal that callbacks observe. The engine adds sums up, the stock SDK does not. */
export function filtersObservations({ views, instruments }: Program): boolean {
  return instruments.some(
    (spec) =>
      spec.kind.startsWith('observable') &&
      views.some((view) => mayMatch(view, spec) && view.attributesProcessors !== undefined),
  );
}

/**
 * Whether an exponential histogram can hold only zeros, or can be merged with one whose values have the other sign. The
 * stock SDK then merges at too small a scale.
 */
export function mergesUnevenly({ views, steps }: Program): boolean {
  return (
    views.some(({ aggregation: each }) => each?.type === AggregationType.EXPONENTIAL_HISTOGRAM) &&
    // An integer instrument truncates.
    steps.some((step) => step.op !== 'collect' && step.value < 1)
  );
}

const HISTOGRAMS: ReadonlySet<AggregationType> = new Set([
  AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
  AggregationType.EXPONENTIAL_HISTOGRAM,
]);

function mayMatch({ instrumentName = '*' }: ViewOptions, { name }: InstrumentSpec): boolean {
  return new RegExp(`^${instrumentName.replaceAll('.', '\\.').replace('*', '.*')}$`).test(name);
}

/** A reader that collects on demand. */
export class ManualReader extends MetricReader {
  constructor(temporality: AggregationTemporality) {
    super({ aggregationTemporalitySelector: () => temporality });
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** Creates an instrument and returns the function that records with it. */
export function createInstrument(
  meter: Meter,
  spec: InstrumentSpec,
): (value: number, attributes: Attributes | undefined, bound: boolean) => void {
  const { kind, name, description, unit, valueType, boundaries } = spec;
  const options = {
    description,
    unit,
    valueType,
    ...(boundaries === undefined ? {} : { advice: { explicitBucketBoundaries: [...boundaries] } }),
  };
  switch (kind) {
    case 'counter':
      return adder(meter.createCounter(name, options));
    case 'updowncounter':
      return adder(meter.createUpDownCounter(name, options));
    case 'gauge':
      return recorder(meter.createGauge(name, options));
    case 'histogram':
      return recorder(meter.createHistogram(name, options));
    case 'observable counter':
      // Never decreases: the stock SDK takes a decrease that one reader saw for one that all readers saw.
      return observer(meter.createObservableCounter(name, options), runningTotal());
    case 'observable updowncounter':
      return observer(meter.createObservableUpDownCounter(name, options), Number);
    case 'observable gauge':
      return observer(meter.createObservableGauge(name, options), Number);
  }
}

function runningTotal(): (given: number) => number {
  let total = 0;
  return (given) => {
    total += Math.abs(given);
    return total;
  };
}

/** Observes at each collection everything that was measured so far, so that no attribute set disappears. */
function observer(instrument: Observable, value: (given: number) => number) {
  const observed: [number, Attributes | undefined][] = [];
  instrument.addCallback((result) => {
    for (const [each, attributes] of observed) result.observe(each, attributes);
  });
  return (given: number, attributes: Attributes | undefined) => void observed.push([value(given), attributes]);
}

interface MayBind<B> {
  bind?(attributes: Attributes): B;
}

function adder(counter: Counter & MayBind<{ add(value: number): void }>) {
  return (value: number, attributes: Attributes | undefined, bound: boolean) => {
    if (bound && counter.bind !== undefined) counter.bind(attributes ?? {}).add(value);
    else counter.add(value, attributes);
  };
}

function recorder(instrument: (Gauge | Histogram) & MayBind<{ record(value: number): void }>) {
  return (value: number, attributes: Attributes | undefined, bound: boolean) => {
    if (bound && instrument.bind !== undefined) instrument.bind(attributes ?? {}).record(value);
    else instrument.record(value, attributes);
  };
}

/**
 * What was collected, in an order that does not depend on the SDK. Left out are the start times that the stock SDK has
 * otherwise than the specification: those of deltas and of asynchronous instruments (Metrics SDK, Start timestamps).
 */
export function comparable({ resourceMetrics, errors }: CollectionResult): unknown {
  const byText = (a: unknown, b: unknown) => (text(a) < text(b) ? -1 : 1);
  const scopes = resourceMetrics.scopeMetrics.map(({ scope, metrics }) => ({
    scope: { name: scope.name, version: scope.version, schemaUrl: scope.schemaUrl },
    metrics: metrics
      .map((metric) => {
        const { type } = metric.descriptor as { type?: string };
        const hasStart =
          metric.aggregationTemporality === AggregationTemporality.CUMULATIVE &&
          type?.startsWith('OBSERVABLE') !== true;
        return {
          ...metric,
          dataPoints: metric.dataPoints
            .map(({ startTime, ...point }) => ({
              ...point,
              ...(hasStart ? { startTime } : {}),
              // As pairs: a key can be `constructor`, which comparisons of objects look at.
              attributes: Object.entries(point.attributes).sort(([a], [b]) => (a < b ? -1 : 1)),
            }))
            .sort(byText),
        };
      })
      .sort(byText),
  }));
  return { scopes: scopes.sort(byText), errors };
}

/** Returns an object with the same keys in their order. */
function sorted(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each) ? sorted(each) : each,
  );
}
