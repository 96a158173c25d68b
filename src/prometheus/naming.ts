/** The kinds of metric that naming tells apart. */
export type NamedKind = 'counter' | 'gauge' | 'other';

/**
 * The name under which an undocumented OpenTelemetry metric is served: the specification's translation strategy
 * `UnderscoreEscapingWithSuffixes` (Prometheus exporter, Configuration), with the word rules of Prometheus's OTLP
 * translator. What is not a letter, a digit or a colon separates words; the unit's words and, for a counter, `total` are
 * appended unless the name has them.
 *
 * @returns nothing where no word is left
 */
export function translateName(name: string, unit: string, kind: NamedKind): string | undefined {
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  if (words.length === 0) return undefined;
  const { main, per } = unitWords(unit);
  if (main !== '' && !words.includes(main)) words.push(main);
  if (per !== '' && !words.includes(per)) words.push('per', per);
  if (kind === 'counter') words = [...words.filter((word) => word !== 'total'), 'total'];
  if (kind === 'gauge' && unit === '1') words = [...words.filter((word) => word !== 'ratio'), 'ratio'];
  return withLegalStart(words.join('_'), '_');
}

/**
 * The label under which an attribute is served: what is not a letter or a digit becomes an underscore, runs become one,
 * `__name__` keeps its frame, and a leading digit is put behind `key_`.
 *
 * @returns nothing where only underscores are left
 */
export function translateLabel(key: string): string | undefined {
  if (PLAIN_LABEL.test(key)) return key;
  const escaped = key.replace(/[^a-zA-Z0-9]+/g, '_');
  const framed = key.length > 4 && key.startsWith('__') && key.endsWith('__');
  const label = framed ? `_${escaped}_` : escaped;
  return /^_*$/.test(label) ? undefined : withLegalStart(label, 'key_');
}

/** A label that translation leaves as it is; decided without building anything, because most labels are. */
const PLAIN_LABEL = /^_?[a-zA-Z][a-zA-Z0-9]*(?:_[a-zA-Z0-9]+)*_?$/;

function withLegalStart(name: string, prefix: string): string {
  return /^[0-9]/.test(name) ? prefix + name : name;
}

/** A UCUM unit as the words of a name: `By/s` is `bytes` per `second`. Annotations in braces have no word. */
function unitWords(unit: string): { main: string; per: string } {
  const slash = unit.indexOf('/');
  const main = slash < 0 ? unit : unit.slice(0, slash);
  const per = slash < 0 ? '' : unit.slice(slash + 1);
  return { main: unitWord(main, MAIN_UNITS), per: unitWord(per, PER_UNITS) };
}

function unitWord(part: string, words: ReadonlyMap<string, string>): string {
  const unit = part.trim();
  if (unit.includes('{') || unit.includes('}')) return '';
  const word = words.get(unit) ?? unit;
  return word.replace(/[^a-zA-Z0-9]+/g, '_').replace(/^_+|_+$/g, '');
}

const MAIN_UNITS: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  // The specification's word; the translator has "tibibytes".
  ['TiBy', 'tebibytes'],
  ['KBy', 'kilobytes'],
  ['kBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
]);

const PER_UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);
