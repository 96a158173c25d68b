import { printable } from '../../issues';
import { exemplarLength, MAX_EXEMPLAR_LENGTH } from '../exemplar-length';
import { type LabelRules, readLabels, readName } from './labels';
import type { MetricFamily, SampleExemplar } from './metric-family';
import { readNumber, readSeconds } from './numbers';
import { OpenMetricsFamily } from './openmetrics-family';
import { isMetricFamilyType, SUFFIXES } from './openmetrics-types';
import { Scanner } from './scanner';

const LABELS: LabelRules = {
  escapes: { escapable: 'n"\\', keepsOthers: true },
  blanks: /(?:)/y,
  allowsTrailingComma: false,
  allowsUnquotedMetricName: false,
};

const TOKEN = /[^ \n]*/y;
const REST_OF_LINE = /[^\n]*/y;

/** Parses OpenMetrics 1.0.0 and 0.0.1. */
export class OpenMetricsParser {
  private readonly scanner: Scanner;
  private readonly families = new Map<string, OpenMetricsFamily>();
  /** The family that takes each name, for itself or for its samples. */
  private readonly takenNames = new Map<string, string>();
  private current: OpenMetricsFamily | undefined;

  constructor(text: string) {
    this.scanner = new Scanner(text);
  }

  parse(): ReadonlyMap<string, MetricFamily> {
    const { scanner } = this;
    while (!scanner.accept('# EOF')) {
      if (scanner.isAtEnd) scanner.fail('missing', 'expected # EOF at the end of the page');
      if (scanner.accept('# ')) this.readMetadata();
      else this.readSample();
    }
    scanner.accept('\n');
    if (!scanner.isAtEnd) scanner.fail('syntax', `expected the end of the page after # EOF, found ${scanner.found()}`);
    this.closeFamily();
    return new Map([...this.families].map(([name, family]) => [name, family.toMetricFamily()]));
  }

  private readMetadata(): void {
    const { scanner } = this;
    const start = scanner.position;
    const keyword = scanner.read(TOKEN);
    if (keyword !== 'HELP' && keyword !== 'TYPE' && keyword !== 'UNIT') {
      scanner.fail('syntax', `expected HELP, TYPE, UNIT or EOF, found ${printable(keyword)}`, start);
    }
    scanner.expect(' ', keyword);
    const nameStart = scanner.position;
    const name = readName(scanner, 'metric', LABELS.escapes);
    scanner.expect(' ', `the name in ${keyword}`);
    const family = this.openFamily(name, nameStart);
    if (family.samples.length > 0) {
      scanner.fail('order', `${keyword} line for ${printable(name)} must precede its samples`, start);
    }
    if (family.metadata.has(keyword)) {
      scanner.fail('duplicate', `second ${keyword} line for ${printable(name)}`, start);
    }
    family.metadata.add(keyword);
    const textStart = scanner.position;
    if (keyword === 'HELP') family.help = scanner.readHelp(LABELS.escapes) || undefined;
    else if (keyword === 'UNIT') family.unit = this.readUnit(name, textStart);
    else {
      const type = scanner.read(REST_OF_LINE);
      if (!isMetricFamilyType(type)) {
        const expected = Object.keys(SUFFIXES).join(', ');
        this.scanner.fail(
          'invalid_value',
          `invalid metric type ${printable(type)}: expected one of ${expected}`,
          textStart,
        );
      }
      family.type = type;
    }
    scanner.endLine(keyword);
  }

  private readUnit(name: string, start: number): string | undefined {
    const unit = this.scanner.read(REST_OF_LINE);
    if (unit === '') return undefined;
    if (!/^[a-zA-Z0-9_:]+$/.test(unit)) this.scanner.fail('invalid_value', `invalid unit ${printable(unit)}`, start);
    if (!name.endsWith(`_${unit}`)) {
      this.scanner.fail('invalid_value', `the name ${printable(name)} must end with its unit, _${unit}`, start);
    }
    return unit;
  }

  private readSample(): void {
    const { scanner } = this;
    const start = scanner.position;
    const outerName = scanner.peek() === '{' ? undefined : readName(scanner, 'metric', LABELS.escapes);
    const { labels, metricName } = scanner.accept('{')
      ? readLabels(scanner, LABELS, outerName === undefined)
      : { labels: new Map<string, string>(), metricName: undefined };
    const name = outerName ?? metricName ?? scanner.fail('missing', 'the sample has no metric name', start);
    scanner.expect(' ', 'the name and labels');
    const family = this.findFamily(name, start);
    const value = this.readValue('value');
    let timestamp: number | undefined;
    let exemplar: SampleExemplar | undefined;
    if (scanner.accept(' ')) {
      if (scanner.peek() !== '#') timestamp = this.readTimestamp();
      if (timestamp === undefined || scanner.accept(' ')) exemplar = this.readExemplar();
    }
    scanner.endLine('the sample');
    family.add({ name, labels, value, timestamp, exemplar }, start);
  }

  private readValue(what: string): number {
    const start = this.scanner.position;
    const text = this.scanner.read(TOKEN);
    return (
      readNumber(text) ??
      this.scanner.fail('invalid_value', `invalid ${what} ${printable(text)}: expected a number`, start)
    );
  }

  private readTimestamp(): number {
    const start = this.scanner.position;
    const text = this.scanner.read(TOKEN);
    return (
      readSeconds(text) ??
      this.scanner.fail(
        'invalid_value',
        `invalid timestamp ${printable(text)}: expected a finite number of seconds`,
        start,
      )
    );
  }

  private readExemplar(): SampleExemplar {
    const { scanner } = this;
    const start = scanner.position;
    scanner.expect('# {', 'the sample');
    const { labels } = readLabels(scanner, LABELS, false);
    const length = exemplarLength(labels);
    if (length > MAX_EXEMPLAR_LENGTH) {
      const limit = `expected at most ${MAX_EXEMPLAR_LENGTH} characters`;
      scanner.fail('invalid_value', `invalid exemplar labels: ${limit}, found ${length}`, start);
    }
    scanner.expect(' ', 'the labels of the exemplar');
    const value = this.readValue('exemplar value');
    const timestamp = scanner.accept(' ') ? this.readTimestamp() : undefined;
    return { labels, value, timestamp };
  }

  private findFamily(name: string, position: number): OpenMetricsFamily {
    const { current } = this;
    if (current?.hasSampleName(name)) return current;
    if (current?.name === name) {
      const names = SUFFIXES[current.type].map((suffix) => name + suffix).join(', ');
      this.scanner.fail(
        'invalid_value',
        `a family of type ${current.type} has no sample ${printable(name)}: expected ${names}`,
        position,
      );
    }
    return this.openFamily(name, position);
  }

  /** Returns the family that is being read if it has this name, and otherwise begins a new one. */
  private openFamily(name: string, position: number): OpenMetricsFamily {
    if (this.current?.name === name) return this.current;
    this.closeFamily();
    if (this.families.has(name)) {
      this.scanner.fail('order', `the lines of family ${printable(name)} must be consecutive`, position);
    }
    this.current = new OpenMetricsFamily(this.scanner, name, position);
    this.families.set(name, this.current);
    return this.current;
  }

  /** Checks the family that was read last. A fault is reported where the family begins. */
  private closeFamily(): void {
    const { current, scanner } = this;
    if (current === undefined) return;
    current.close();
    // The name of the family counts too, although its samples may all have suffixes: the reference parser requires it.
    for (const suffix of new Set(['', ...SUFFIXES[current.type]])) {
      const taken = current.name + suffix;
      const other = this.takenNames.get(taken);
      if (other !== undefined) {
        const families = `${printable(other)} and ${printable(current.name)}`;
        scanner.fail('clash', `families ${families} share the name ${printable(taken)}`, current.position);
      }
      this.takenNames.set(taken, current.name);
    }
  }
}
