import type { Attributes, Context } from '@opentelemetry/api';
import { DEFAULT_CARDINALITY_LIMIT, type MetricDefinition } from '../catalog/definition';
import { selectLabels, validateLabels } from '../catalog/label-validation';
import { report } from '../diagnostics';
import { printable } from '../issues';
import { CAPABILITIES, type Capable, type HistogramValue, type SeriesCapabilities } from './capabilities';
import { reportUnsupported } from './instrument-series';

/** What was recorded on one series, because the SDK cannot be asked. */
class Tally {
  count = 0;
  sum = 0;
  last = 0;

  constructor(readonly attributes: Attributes) {}
}

/** How one kind of instrument treats values. */
interface ValueRules {
  readonly expected: string;
  accepts(value: number): boolean;
  read(tally: Tally): number | HistogramValue;
}

const isNotNegative = (value: number) => Number.isFinite(value) && value >= 0;

const RULES: { readonly [K in MetricDefinition['instrument']]: ValueRules } = {
  counter: { expected: 'a finite number of at least 0', accepts: isNotNegative, read: ({ sum }) => sum },
  updowncounter: { expected: 'a finite number', accepts: Number.isFinite, read: ({ sum }) => sum },
  gauge: { expected: 'a number', accepts: (value) => typeof value === 'number', read: ({ last }) => last },
  histogram: {
    expected: 'a finite number of at least 0',
    accepts: isNotNegative,
    read: ({ count, sum }) => ({ count, sum }),
  },
};

/** Passes a measurement on to the instrument of the SDK. */
type Forward = (value: number, attributes: Attributes, context: Context | undefined) => void;

/**
 * An instrument of an SDK that has no {@link SeriesCapabilities}. Validates labels and values, passes measurements on, and
 * keeps a tally for reading. What the SDK cannot do is reported once.
 */
export class ForeignInstrument
  implements SeriesCapabilities<ForeignSeries, number | HistogramValue>, Capable<ForeignSeries, number | HistogramValue>
{
  readonly [CAPABILITIES] = this;
  private readonly tallies = new Map<string, Tally>();
  private readonly rules: ValueRules;

  constructor(
    private readonly definition: MetricDefinition,
    private readonly forward: Forward,
  ) {
    this.rules = RULES[definition.instrument];
  }

  add(value: number, labels?: Attributes, context?: Context): void {
    this.measure(this.find(labels), value, context);
  }

  record(value: number, labels?: Attributes, context?: Context): void {
    this.measure(this.find(labels), value, context);
  }

  bind(labels?: Attributes): ForeignSeries {
    return new ForeignSeries(this, this.find(labels));
  }

  get(labels?: Attributes): number | HistogramValue | undefined {
    const selected = selectLabels(this.definition, labels);
    const tally = selected === undefined ? undefined : this.tallies.get(this.key(selected));
    return tally === undefined ? undefined : this.read(tally);
  }

  /** A measurement of 0 creates a counter or a gauge. Nothing creates an empty histogram. */
  initialize(labels?: Attributes): void {
    if (this.definition.instrument === 'histogram') {
      reportUnsupported('initialize', 'create an empty histogram');
      return;
    }
    const tally = this.find(labels);
    if (tally.count === 0) this.measure(tally, 0, undefined);
  }

  remove(): number {
    reportUnsupported('remove', 'end a series');
    return 0;
  }

  clear(): void {
    this.remove();
  }

  *series(): Iterable<{ readonly attributes: Attributes; readonly value: number | HistogramValue }> {
    for (const tally of this.tallies.values()) {
      if (tally.count > 0) yield { attributes: tally.attributes, value: this.read(tally) };
    }
  }

  measure(tally: Tally, value: number, context: Context | undefined): void {
    const { name } = this.definition;
    if (!this.rules.accepts(value)) {
      const message = `invalid value ${printable(value)} of ${name}: expected ${this.rules.expected}; it is ignored`;
      report('value', message, name);
      return;
    }
    tally.count++;
    tally.sum += value;
    tally.last = value;
    this.forward(value, tally.attributes, context);
  }

  read(tally: Tally): number | HistogramValue {
    return this.rules.read(tally);
  }

  private find(labels: Attributes | undefined): Tally {
    const { attributes, issues } = validateLabels(this.definition, labels);
    for (const { path, message } of issues) report('label', message, path);
    const key = this.key(attributes);
    let tally = this.tallies.get(key);
    if (tally === undefined) {
      tally = new Tally(attributes);
      // Beyond the limit the SDK records in its overflow series; such labels cannot be read back.
      const limit = this.definition.cardinalityLimit ?? DEFAULT_CARDINALITY_LIMIT;
      if (this.tallies.size < limit) this.tallies.set(key, tally);
    }
    return tally;
  }

  private key(attributes: Attributes): string {
    return JSON.stringify(Object.keys(this.definition.labels ?? {}).map((label) => attributes[label]));
  }
}

/** A series of a {@link ForeignInstrument}. */
class ForeignSeries {
  constructor(
    private readonly instrument: ForeignInstrument,
    private readonly tally: Tally,
  ) {}

  add(value: number, context?: Context): void {
    this.instrument.measure(this.tally, value, context);
  }

  record(value: number, context?: Context): void {
    this.instrument.measure(this.tally, value, context);
  }

  get(): number | HistogramValue {
    return this.instrument.read(this.tally);
  }
}
