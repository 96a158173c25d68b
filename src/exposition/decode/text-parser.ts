import { printable } from '../../issues';
import { type LabelRules, readLabels, readName } from './labels';
import type { MetricFamily, MetricFamilyType, Sample } from './metric-family';
import { readMillis, readNumber } from './numbers';
import { Scanner } from './scanner';

/** A family while it is read. */
interface OpenFamily extends MetricFamily {
  type: MetricFamilyType;
  help: string | undefined;
  readonly samples: Sample[];
}

const TYPES: ReadonlyMap<string, MetricFamilyType> = new Map([
  ['counter', 'counter'],
  ['gauge', 'gauge'],
  ['histogram', 'histogram'],
  ['gauge_histogram', 'gaugehistogram'],
  ['gaugehistogram', 'gaugehistogram'],
  ['summary', 'summary'],
  ['untyped', 'unknown'],
]);

const LABELS: LabelRules = {
  escapes: { escapable: 'n"\\', keepsOthers: false },
  blanks: /[ \t]*/y,
  allowsTrailingComma: true,
  allowsUnquotedMetricName: true,
};

const TOKEN = /[^ \t\n]*/y;
const REST_OF_LINE = /[^\n]*/y;

/** Parses the Prometheus text format, as the package `expfmt` of Go's client library does. */
export class TextParser {
  private readonly scanner: Scanner;
  private readonly families = new Map<string, OpenFamily>();
  /** The families whose type is fixed, by a TYPE line or by a sample. */
  private readonly typed = new Set<OpenFamily>();

  constructor(text: string) {
    this.scanner = new Scanner(text);
  }

  parse(): ReadonlyMap<string, MetricFamily> {
    const { scanner } = this;
    for (;;) {
      this.skipBlanks();
      if (scanner.isAtEnd) break;
      if (scanner.accept('\n')) continue;
      if (scanner.accept('#')) this.readComment();
      else this.readSample();
    }
    for (const [name, family] of this.families) {
      if (family.samples.length === 0) this.families.delete(name);
    }
    return this.families;
  }

  private skipBlanks(): void {
    this.scanner.read(LABELS.blanks);
  }

  private readComment(): void {
    const { scanner } = this;
    this.skipBlanks();
    const keyword = scanner.read(TOKEN);
    if (keyword !== 'HELP' && keyword !== 'TYPE') {
      scanner.read(REST_OF_LINE);
      scanner.endLine('a comment');
      return;
    }
    this.skipBlanks();
    if (scanner.accept('\n')) return;
    const start = scanner.position;
    const name = readName(scanner, 'metric', LABELS.escapes);
    if (scanner.accept('\n')) return;
    if (!/[ \t]/.test(scanner.peek() ?? '')) {
      scanner.fail('syntax', `expected a space after the name in ${keyword}, found ${scanner.found()}`);
    }
    const family = this.findFamily(name);
    this.skipBlanks();
    if (scanner.accept('\n')) return;
    if (keyword === 'HELP') this.readHelp(family, start);
    else this.readType(family, start);
  }

  private readHelp(family: OpenFamily, start: number): void {
    if (family.help !== undefined) {
      this.scanner.fail('duplicate', `second HELP line for ${printable(family.name)}`, start);
    }
    family.help = this.scanner.readHelp(LABELS.escapes);
    this.scanner.endLine('the help text');
  }

  private readType(family: OpenFamily, start: number): void {
    const { scanner } = this;
    if (family.samples.length > 0) {
      scanner.fail('order', `TYPE line for ${printable(family.name)} must precede its samples`, start);
    }
    if (this.typed.has(family)) scanner.fail('duplicate', `second TYPE line for ${printable(family.name)}`, start);
    const typeStart = scanner.position;
    const word = scanner.read(REST_OF_LINE);
    const expected = `expected one of ${[...TYPES.keys()].join(', ')}`;
    family.type =
      TYPES.get(word.toLowerCase()) ??
      scanner.fail('invalid_value', `invalid metric type ${printable(word)}: ${expected}`, typeStart);
    this.typed.add(family);
    scanner.endLine('the type');
  }

  private readSample(): void {
    const { scanner } = this;
    const start = scanner.position;
    const outerName = scanner.peek() === '{' ? undefined : readName(scanner, 'metric', LABELS.escapes);
    this.skipBlanks();
    const { labels, metricName } = scanner.accept('{')
      ? readLabels(scanner, LABELS, outerName === undefined)
      : { labels: new Map<string, string>(), metricName: undefined };
    const name = outerName ?? metricName ?? scanner.fail('missing', 'the sample has no metric name', start);
    this.skipBlanks();
    const valueStart = scanner.position;
    const valueText = scanner.read(TOKEN);
    const value =
      readNumber(valueText) ??
      scanner.fail('invalid_value', `invalid value ${printable(valueText)}: expected a number`, valueStart);
    const family = this.findFamily(name);
    this.typed.add(family);
    this.checkSample(family, name, labels, value, start);
    family.samples.push({ name, labels, value, timestamp: this.readTimestamp(), exemplar: undefined });
  }

  /** Reads the rest of a sample's line. A blank behind the value means that a timestamp follows. */
  private readTimestamp(): number | undefined {
    const { scanner } = this;
    if (scanner.accept('\n')) return undefined;
    if (scanner.isAtEnd) scanner.endLine('the value');
    this.skipBlanks();
    const start = scanner.position;
    const text = scanner.read(TOKEN);
    const timestamp =
      readMillis(text) ??
      scanner.fail('invalid_value', `invalid timestamp ${printable(text)}: expected whole milliseconds`, start);
    scanner.endLine('the timestamp');
    return timestamp;
  }

  /** Checks what `expfmt` checks of histograms and summaries: bounds and quantiles are numbers, counts are not negative. */
  private checkSample(
    { type, name: family }: OpenFamily,
    name: string,
    labels: ReadonlyMap<string, string>,
    value: number,
    start: number,
  ): void {
    const isHistogram = type === 'histogram' || type === 'gaugehistogram';
    if (!isHistogram && type !== 'summary') return;
    const label = isHistogram ? 'le' : 'quantile';
    const text = labels.get(label);
    const bound = text === undefined ? Number.NaN : readNumber(text);
    if (bound === undefined) {
      this.scanner.fail('invalid_value', `invalid ${label} ${printable(text)}: expected a number`, start);
    }
    const isBucket = name !== `${family}_sum` && !Number.isNaN(bound);
    const isCount = name === `${family}_count` || isBucket;
    if (isHistogram && isCount && value < 0) {
      this.scanner.fail('invalid_value', `invalid value ${value} of ${printable(name)}: expected at least 0`, start);
    }
  }

  /** Returns the family that a sample or a metadata line belongs to, which is created if it is new. */
  private findFamily(name: string): OpenFamily {
    const family =
      this.families.get(name) ??
      this.findParent(name, ['_count', '_sum'], ['summary']) ??
      this.findParent(name, ['_count', '_sum', '_bucket'], ['histogram', 'gaugehistogram']);
    if (family !== undefined) return family;
    const created: OpenFamily = {
      name,
      type: 'unknown',
      help: undefined,
      unit: undefined,
      samples: [],
    };
    this.families.set(name, created);
    return created;
  }

  private findParent(
    name: string,
    suffixes: readonly string[],
    types: readonly MetricFamilyType[],
  ): OpenFamily | undefined {
    const suffix = suffixes.find((each) => name.length > each.length && name.endsWith(each));
    const parent = suffix === undefined ? undefined : this.families.get(name.slice(0, -suffix.length));
    return parent !== undefined && types.includes(parent.type) ? parent : undefined;
  }
}
