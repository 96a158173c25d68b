import { isLegacyName } from '../names/escape';

/** What a page says a family is. `unknown` is `untyped` in the Prometheus text format. */
export type ParsedType =
  | 'counter'
  | 'gauge'
  | 'histogram'
  | 'gaugehistogram'
  | 'summary'
  | 'info'
  | 'stateset'
  | 'unknown';

export interface ParsedExemplar {
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  /** Seconds since 1970. */
  readonly timestamp?: number;
}

export interface ParsedSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  /** Milliseconds since 1970 in the Prometheus text format, seconds in OpenMetrics. */
  readonly timestamp?: number;
  readonly exemplar?: ParsedExemplar;
}

export interface ParsedFamily {
  readonly name: string;
  readonly type: ParsedType;
  readonly help: string | undefined;
  readonly unit: string | undefined;
  /** In the order in which they stand on the page. */
  readonly samples: readonly ParsedSample[];
}

export type ParsedFormat = 'text' | 'openmetrics';

/** A page that is not what it should be, and where: line and column count from 1. */
export class ParseError extends Error {
  override readonly name = 'ParseError';

  constructor(
    readonly line: number,
    readonly column: number,
    readonly reason: string,
  ) {
    super(`line ${line}, column ${column}: ${reason}`);
  }
}

/**
 * Reads a page of metrics.
 *
 * The Prometheus text format (0.0.4, and 1.0.0 with its quoted names) is accepted and refused as Go's `expfmt` does:
 * blanks between tokens, comments and metadata of families that have no samples are fine; a second HELP or TYPE, a TYPE
 * behind samples, a repeated label or a last line without its end are not. OpenMetrics is read by its specification
 * (1.0.0): one blank between tokens, families not interleaved, samples with the suffixes of their type, `# EOF` at the end.
 *
 * @param format what the page's content type says
 * @returns families by name, in the order in which they first appear
 * @throws ParseError for the first fault, with its place
 */
export function parseExposition(page: string, format: ParsedFormat = 'text'): ReadonlyMap<string, ParsedFamily> {
  return format === 'text' ? new TextParser(page).parse() : new OpenMetricsParser(page).parse();
}

interface GrowingFamily {
  readonly name: string;
  type: ParsedType;
  help: string | undefined;
  unit: string | undefined;
  readonly samples: ParsedSample[];
  typed: boolean;
}

/** What both formats share: a place on the page, families, names, labels and numbers. */
abstract class Parser {
  protected at = 0;
  private line = 1;
  private lineStart = 0;
  protected readonly families = new Map<string, GrowingFamily>();

  constructor(protected readonly page: string) {}

  protected refuse(reason: string, at = this.at): never {
    throw new ParseError(this.line, at - this.lineStart + 1, reason);
  }

  protected peek(): string | undefined {
    return this.page[this.at];
  }

  protected take(token: string): boolean {
    if (!this.page.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  protected expect(token: string, after: string): void {
    if (!this.take(token)) this.refuse(`${JSON.stringify(token)} is expected after ${after}, found ${this.found()}`);
  }

  protected endLine(after: string): void {
    if (this.at >= this.page.length) this.refuse(`the page ends in the middle of a line, after ${after}`);
    this.expect('\n', after);
    this.line++;
    this.lineStart = this.at;
  }

  protected found(): string {
    const next = this.peek();
    return next === undefined ? 'the end of the page' : JSON.stringify(next);
  }

  /** The characters up to one of these, or to the end of the line. */
  protected until(ends: RegExp): string {
    const start = this.at;
    while (this.at < this.page.length && !ends.test(this.page[this.at] as string)) this.at++;
    return this.page.slice(start, this.at);
  }

  protected family(name: string): GrowingFamily {
    let family = this.families.get(name);
    if (family === undefined) {
      family = { name, type: 'unknown', help: undefined, unit: undefined, samples: [], typed: false };
      this.families.set(name, family);
    }
    return family;
  }

  /** A name as it stands, or in quotes. */
  protected name(kind: 'metric' | 'label'): string {
    if (this.peek() === '"') return this.quoted();
    const start = this.at;
    const name = this.until(/[^a-zA-Z0-9_:]/);
    if (!isLegacyName(name, kind)) {
      this.refuse(
        name === ''
          ? `a ${kind} name is expected, found ${this.found()}`
          : `invalid ${kind} name ${JSON.stringify(name)}`,
        start,
      );
    }
    return name;
  }

  /** Text in quotes, with `\\`, `\"` and `\n` escaped. */
  protected quoted(): string {
    this.expect('"', 'the name');
    const text = this.escaped(/["\\\n]/, 'n"\\');
    if (!this.take('"')) this.refuse('the closing quote is missing');
    return text;
  }

  /** Text up to one of `ends`, of which the backslash begins an escape. @param escapable what may stand behind it */
  protected escaped(ends: RegExp, escapable: string): string {
    let text = '';
    for (;;) {
      text += this.until(ends);
      if (!this.take('\\')) return text;
      const character = this.peek() ?? '';
      if (character === '' || !escapable.includes(character)) {
        this.refuse(`invalid escape sequence \\${character}`, this.at - 1);
      }
      this.at++;
      text += character === 'n' ? '\n' : character;
    }
  }

  /**
   * Labels, the opening brace taken already.
   *
   * @param skip takes the blanks that may stand between tokens
   * @param quotedName whether a quoted name without a value may stand first, as the metric's own
   */
  protected labels(skip: () => void, quotedName: boolean): { labels: Map<string, string>; metric: string | undefined } {
    const labels = new Map<string, string>();
    let metric: string | undefined;
    for (;;) {
      skip();
      if (this.take('}')) return { labels, metric };
      const start = this.at;
      const wasQuoted = this.peek() === '"';
      const name = this.name('label');
      skip();
      if (wasQuoted && quotedName && metric === undefined && labels.size === 0 && this.peek() !== '=') {
        metric = name;
      } else {
        if (name === '__name__') this.refuse('the label name "__name__" is reserved', start);
        this.expect('=', `the label name ${name}`);
        skip();
        if (this.peek() !== '"') this.refuse(`a quoted value is expected for label ${name}, found ${this.found()}`);
        if (labels.has(name)) this.refuse(`the label ${name} is there twice`, start);
        labels.set(name, this.quoted());
        skip();
      }
      if (this.take(',')) continue;
      if (this.peek() !== '}') this.refuse(`"," or "}" is expected after a label, found ${this.found()}`);
    }
  }

  protected number(text: string, start: number, what: string): number {
    const value = numberOf(text);
    if (value === undefined) this.refuse(`${what} is a number, found ${JSON.stringify(text)}`, start);
    return value;
  }
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function numberOf(text: string): number | undefined {
  if (DECIMAL.test(text)) {
    const value = Number(text);
    // Go refuses what is out of range.
    return Number.isFinite(value) ? value : undefined;
  }
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special === null) return undefined;
  const [, sign, word = ''] = special;
  if (word.toLowerCase() === 'nan') return sign === '' ? Number.NaN : undefined;
  return sign === '-' ? -Infinity : Infinity;
}

const TEXT_TYPES: ReadonlyMap<string, ParsedType> = new Map([
  ['counter', 'counter'],
  ['gauge', 'gauge'],
  ['histogram', 'histogram'],
  ['gauge_histogram', 'gaugehistogram'],
  ['summary', 'summary'],
  ['untyped', 'unknown'],
]);

class TextParser extends Parser {
  private readonly skip = () => void this.until(/[^ \t]/);

  parse(): ReadonlyMap<string, ParsedFamily> {
    while (this.at < this.page.length) {
      this.skip();
      if (this.peek() === undefined) break;
      if (this.peek() === '\n') this.endLine('a blank line');
      else if (this.take('#')) this.comment();
      else this.sample();
    }
    for (const [name, family] of this.families) {
      // Metadata of a family without samples says nothing.
      if (family.samples.length === 0) this.families.delete(name);
    }
    return this.families;
  }

  private comment(): void {
    this.skip();
    const keyword = this.until(/[ \t\n]/);
    if (keyword !== 'HELP' && keyword !== 'TYPE') {
      this.until(/\n/);
      if (this.peek() !== undefined) this.endLine('a comment');
      return;
    }
    this.skip();
    const start = this.at;
    if (this.peek() === '\n') {
      this.endLine(keyword);
      return;
    }
    const name = this.name('metric');
    const family = this.family(name);
    if (!/[ \t\n]/.test(this.peek() ?? ' ')) this.refuse(`invalid metric name in ${keyword}`, start);
    this.skip();
    if (this.peek() === '\n') this.endLine('the name');
    else if (keyword === 'HELP') this.help(family, start);
    else this.type(family, start);
  }

  private help(family: GrowingFamily, start: number): void {
    if (family.help !== undefined) this.refuse(`a second HELP line for ${family.name}`, start);
    family.help = this.escaped(/[\\\n]/, 'n\\');
    this.endLine('the help text');
  }

  private type(family: GrowingFamily, start: number): void {
    if (family.samples.length > 0) this.refuse(`TYPE of ${family.name} stands behind its samples`, start);
    if (family.typed) this.refuse(`a second TYPE line for ${family.name}`, start);
    const typeStart = this.at;
    const word = this.until(/\n/);
    const type = TEXT_TYPES.get(word.toLowerCase());
    if (type === undefined) this.refuse(`unknown metric type ${JSON.stringify(word)}`, typeStart);
    family.type = type;
    family.typed = true;
    this.endLine('the type');
  }

  private sample(): void {
    const start = this.at;
    let name = this.peek() === '{' ? undefined : this.name('metric');
    let labels = new Map<string, string>();
    this.skip();
    if (this.take('{')) {
      const read = this.labels(this.skip, name === undefined);
      labels = read.labels;
      name ??= read.metric;
    }
    if (name === undefined) this.refuse('the sample has no metric name', start);
    this.skip();
    const valueStart = this.at;
    const value = this.number(this.until(/[ \t\n]/), valueStart, 'a value');
    this.skip();
    const family = this.familyOfSample(name);
    this.checkBound(family, name, labels, start);
    const timestamp = this.timestamp();
    family.samples.push({ name, labels, value, ...(timestamp === undefined ? {} : { timestamp }) });
    this.endLine(timestamp === undefined ? 'the value' : 'the timestamp');
  }

  private timestamp(): number | undefined {
    const start = this.at;
    const text = this.until(/[ \t\n]/);
    if (text === '') return undefined;
    if (!/^[+-]?\d+$/.test(text)) this.refuse(`a timestamp is a whole number, found ${JSON.stringify(text)}`, start);
    this.skip();
    return Number(text);
  }

  /** The bounds of a histogram and the quantiles of a summary are numbers. */
  private checkBound(family: GrowingFamily, name: string, labels: ReadonlyMap<string, string>, start: number): void {
    const label = family.type === 'histogram' && name.endsWith('_bucket') ? 'le' : undefined;
    const bound = family.type === 'summary' && name === family.name ? 'quantile' : label;
    const text = bound === undefined ? undefined : labels.get(bound);
    if (text !== undefined) this.number(text, start, `the label ${bound}`);
  }

  private familyOfSample(name: string): GrowingFamily {
    const own = this.families.get(name);
    if (own !== undefined) return own;
    for (const suffix of ['_count', '_sum', '_bucket']) {
      const family = name.endsWith(suffix) ? this.families.get(name.slice(0, -suffix.length)) : undefined;
      if (family?.type === 'histogram' || family?.type === 'gaugehistogram') return family;
      if (family?.type === 'summary' && suffix !== '_bucket') return family;
    }
    return this.family(name);
  }
}

/** The suffixes that samples of each type have (OpenMetrics, "Metric Types"). */
const SUFFIXES: Readonly<Record<ParsedType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['', '_count', '_sum', '_created'],
  info: ['_info'],
  stateset: [''],
  unknown: [''],
};

class OpenMetricsParser extends Parser {
  private current: GrowingFamily | undefined;
  private readonly series = new Set<string>();
  private readonly none = () => {};

  parse(): ReadonlyMap<string, ParsedFamily> {
    for (;;) {
      if (this.take('# EOF')) {
        this.take('\n');
        if (this.at < this.page.length) this.refuse('nothing may follow # EOF');
        return this.families;
      }
      if (this.at >= this.page.length) this.refuse('the page ends without # EOF');
      if (this.take('# ')) this.metadata();
      else this.sample();
    }
  }

  private metadata(): void {
    const start = this.at;
    const keyword = this.until(/[ \n]/);
    if (keyword !== 'HELP' && keyword !== 'TYPE' && keyword !== 'UNIT') {
      this.refuse(`HELP, TYPE, UNIT or EOF is expected, found ${JSON.stringify(keyword)}`, start);
    }
    this.expect(' ', keyword);
    const nameStart = this.at;
    const name = this.name('metric');
    this.expect(' ', `the name in ${keyword}`);
    const family = this.begin(name, nameStart);
    if (family.samples.length > 0) this.refuse(`${keyword} of ${name} stands behind its samples`, start);
    const textStart = this.at;
    const text = keyword === 'HELP' ? this.escaped(/[\\\n]/, 'n"\\') : this.until(/\n/);
    if (keyword === 'HELP') {
      if (family.help !== undefined) this.refuse(`a second HELP line for ${name}`, start);
      family.help = text;
    } else if (keyword === 'UNIT') {
      if (family.unit !== undefined) this.refuse(`a second UNIT line for ${name}`, start);
      if (text !== '' && !name.endsWith(`_${text}`))
        this.refuse(`${name} does not end with its unit ${text}`, textStart);
      family.unit = text;
    } else {
      if (family.typed) this.refuse(`a second TYPE line for ${name}`, start);
      if (!Object.hasOwn(SUFFIXES, text)) this.refuse(`unknown metric type ${JSON.stringify(text)}`, textStart);
      family.type = text as ParsedType;
      family.typed = true;
    }
    this.endLine(keyword);
  }

  /** The family of this name, which must be the one that is being read, or a new one. */
  private begin(name: string, at: number): GrowingFamily {
    if (this.current?.name === name) return this.current;
    if (this.families.has(name)) this.refuse(`the family ${name} is there already; families do not interleave`, at);
    this.current = this.family(name);
    return this.current;
  }

  private sample(): void {
    const start = this.at;
    let name = this.peek() === '{' ? undefined : this.name('metric');
    let labels = new Map<string, string>();
    if (this.take('{')) {
      const read = this.labels(this.none, name === undefined);
      labels = read.labels;
      name ??= read.metric;
    }
    if (name === undefined) this.refuse('the sample has no metric name', start);
    this.expect(' ', 'the name and labels');
    const family = this.familyOfSample(name, start);
    const value = this.value('a value');
    this.checkValue(family, name, labels, value, start);
    const timestamp = this.take(' ') && this.peek() !== '#' ? this.value('a timestamp') : undefined;
    if (timestamp !== undefined) this.take(' ');
    const exemplar = this.peek() === '#' ? this.exemplar(family, name, start) : undefined;
    const key = JSON.stringify([name, ...[...labels].sort()]);
    if (this.series.has(key)) this.refuse('the series is there already', start);
    this.series.add(key);
    family.samples.push({
      name,
      labels,
      value,
      ...(timestamp === undefined ? {} : { timestamp }),
      ...(exemplar === undefined ? {} : { exemplar }),
    });
    this.endLine('the sample');
  }

  private value(what: string): number {
    const start = this.at;
    return this.number(this.until(/[ \n]/), start, what);
  }

  private familyOfSample(name: string, start: number): GrowingFamily {
    const { current } = this;
    if (current !== undefined) {
      if (SUFFIXES[current.type].some((suffix) => name === current.name + suffix)) return current;
      if (current.typed && name === current.name) {
        this.refuse(`a ${current.type} has no sample of its own name`, start);
      }
    }
    return this.begin(name, start);
  }

  private checkValue(
    { type, name: family }: GrowingFamily,
    name: string,
    labels: ReadonlyMap<string, string>,
    value: number,
    start: number,
  ): void {
    const counts = type === 'counter' && name === `${family}_total`;
    const bucket = type === 'histogram' && name === `${family}_bucket`;
    if ((counts || bucket) && !(value >= 0)) this.refuse(`${name} is at least 0, found ${value}`, start);
    if (bucket) this.number(labels.get('le') ?? '', start, 'the label le');
    if (type === 'info' && value !== 1) this.refuse(`the value of an info is 1, found ${value}`, start);
    if (type === 'stateset' && value !== 0 && value !== 1) this.refuse(`a state is 0 or 1, found ${value}`, start);
  }

  private exemplar({ type, name: family }: GrowingFamily, name: string, start: number): ParsedExemplar {
    const allowed = name === `${family}_total` || name === `${family}_bucket`;
    if (!allowed) this.refuse(`a sample of a ${type} named ${name} has no exemplar`, start);
    this.expect('# {', 'the sample');
    const { labels } = this.labels(this.none, false);
    const length = [...labels].reduce((sum, [key, text]) => sum + [...key].length + [...text].length, 0);
    if (length > 128) this.refuse(`the labels of an exemplar have at most 128 characters, found ${length}`);
    this.expect(' ', "the exemplar's labels");
    const value = this.value("an exemplar's value");
    const timestamp = this.take(' ') ? this.value("an exemplar's timestamp") : undefined;
    return { labels, value, ...(timestamp === undefined ? {} : { timestamp }) };
  }
}
