import { printable } from '../../issues';
import { isLegacyName } from '../names/escape';
import type { EscapeRules, Scanner } from './scanner';

/** What a format allows between the braces of a sample. */
export interface LabelRules {
  readonly escapes: EscapeRules;
  /** What may be written between two tokens: an expression that also matches the empty string. */
  readonly blanks: RegExp;
  /** Whether a comma may follow the last label. */
  readonly allowsTrailingComma: boolean;
  /** Whether a metric name in braces may be written without quotes. */
  readonly allowsUnquotedMetricName: boolean;
}

/** The text between the braces of a sample. */
export interface BracedText {
  readonly labels: ReadonlyMap<string, string>;
  /** The metric name, if it is written in the braces: `{"http.requests","http.route"="/"}`. */
  readonly metricName: string | undefined;
}

const NAME = /[a-zA-Z0-9_:]*/y;

/** Reads a metric or label name: legacy characters as they are, any others in quotes. */
export function readName(scanner: Scanner, kind: 'metric' | 'label', escapes: EscapeRules): string {
  const start = scanner.position;
  if (scanner.peek() === '"') {
    const name = scanner.readQuoted(escapes);
    if (name === '') scanner.fail('invalid_value', `the ${kind} name is empty`, start);
    return name;
  }
  const name = scanner.read(NAME);
  if (name === '') scanner.fail('syntax', `expected a ${kind} name, found ${scanner.found()}`);
  if (!isLegacyName(name, kind)) scanner.fail('invalid_value', `invalid ${kind} name ${printable(name)}`, start);
  return name;
}

/**
 * Reads the labels of a sample, behind the opening brace.
 *
 * @param needsMetricName whether no metric name precedes the brace, so that one must be in the braces
 */
export function readLabels(scanner: Scanner, rules: LabelRules, needsMetricName: boolean): BracedText {
  const labels = new Map<string, string>();
  let metricName: string | undefined;
  let isFirst = true;
  for (;;) {
    scanner.read(rules.blanks);
    if ((isFirst || rules.allowsTrailingComma) && scanner.accept('}')) return { labels, metricName };
    isFirst = false;
    const start = scanner.position;
    const isQuoted = scanner.peek() === '"';
    const name = readName(scanner, 'label', rules.escapes);
    scanner.read(rules.blanks);
    if (needsMetricName && (isQuoted || rules.allowsUnquotedMetricName) && scanner.peek() !== '=') {
      if (metricName !== undefined) scanner.fail('duplicate', `second metric name ${printable(name)}`, start);
      metricName = name;
    } else {
      if (name === '__name__') scanner.fail('invalid_value', 'the label name "__name__" is reserved', start);
      if (labels.has(name)) scanner.fail('duplicate', `duplicate label ${printable(name)}`, start);
      labels.set(name, readLabelValue(scanner, rules, name));
      scanner.read(rules.blanks);
    }
    if (scanner.accept(',')) continue;
    if (scanner.accept('}')) return { labels, metricName };
    scanner.fail('syntax', `expected "," or "}" after a label, found ${scanner.found()}`);
  }
}

function readLabelValue(scanner: Scanner, rules: LabelRules, name: string): string {
  scanner.expect('=', `the label name ${printable(name)}`);
  scanner.read(rules.blanks);
  if (scanner.peek() !== '"') {
    scanner.fail('syntax', `expected a quoted value for label ${printable(name)}, found ${scanner.found()}`);
  }
  return scanner.readQuoted(rules.escapes);
}
