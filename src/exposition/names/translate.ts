import { isLegacyName } from './escape';

/** The kinds of metric that naming tells apart. */
export type NamedKind = 'counter' | 'gauge' | 'other';

/**
 * How undocumented OpenTelemetry names become Prometheus names (OpenTelemetry specification, Prometheus exporter,
 * `translation_strategy`): whether what is not a letter, a digit or a colon becomes an underscore, and whether the unit
 * and the type are appended. Names that are kept in UTF-8 are still escaped for a scraper that does not take them.
 */
export type TranslationStrategy =
  | 'UnderscoreEscapingWithSuffixes'
  | 'UnderscoreEscapingWithoutSuffixes'
  | 'NoUTF8EscapingWithSuffixes'
  | 'NoTranslation';

export const TRANSLATION_STRATEGIES: readonly TranslationStrategy[] = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
];

/** Whether a strategy keeps characters outside the legacy set. */
export function keepsUtf8(strategy: TranslationStrategy): boolean {
  return strategy === 'NoUTF8EscapingWithSuffixes' || strategy === 'NoTranslation';
}

/**
 * The name under which an undocumented metric is served, by the rules of Prometheus's OTLP translator.
 *
 * @returns nothing where no name is left
 */
export function translateName(
  name: string,
  unit: string,
  kind: NamedKind,
  strategy: TranslationStrategy = 'UnderscoreEscapingWithSuffixes',
): string | undefined {
  switch (strategy) {
    case 'UnderscoreEscapingWithSuffixes':
      return underscoredWithSuffixes(name, unit, kind);
    case 'UnderscoreEscapingWithoutSuffixes':
      return withoutOnlyUnderscores(name, withLegalStart(name.replace(/[^a-zA-Z0-9:_]+/g, '_'), '_'));
    case 'NoUTF8EscapingWithSuffixes':
      return name === '' ? undefined : withSuffixes(name.toWellFormed(), unit, kind);
    case 'NoTranslation':
      return name === '' ? undefined : name.toWellFormed();
  }
}

/**
 * What is not a letter, a digit or a colon separates words; the unit's words and, for a counter, `total` are appended
 * unless the name has them.
 */
function underscoredWithSuffixes(name: string, unit: string, kind: NamedKind): string | undefined {
  let words = name.split(/[^a-zA-Z0-9:]+/).filter((word) => word !== '');
  if (words.length === 0) return undefined;
  const { main, per } = unitWords(unit);
  if (main !== '' && !words.includes(main)) words.push(main);
  if (per !== '' && !words.includes(per)) words.push('per', per);
  if (kind === 'counter') words = [...words.filter((word) => word !== 'total'), 'total'];
  if (kind === 'gauge' && unit === '1') words = [...words.filter((word) => word !== 'ratio'), 'ratio'];
  return withLegalStart(words.join('_'), '_');
}

/** Appends unit and type to a name that is otherwise left alone; what stands there already moves to its place at the end. */
function withSuffixes(name: string, unit: string, kind: NamedKind): string {
  const { main, per } = unitWords(unit);
  const ending = kind === 'counter' ? 'total' : kind === 'gauge' && unit === '1' ? 'ratio' : '';
  let suffixed = withoutSuffix(name, ending);
  const perSuffix = per === '' ? '' : `per_${per}`;
  suffixed = withoutSuffix(suffixed, perSuffix);
  if (main !== '' && !suffixed.endsWith(main)) suffixed += `_${main}`;
  if (perSuffix !== '') suffixed += `_${perSuffix}`;
  return ending === '' ? suffixed : `${suffixed}_${ending}`;
}

/** Without the suffix and the one character that parts it from the rest. */
function withoutSuffix(name: string, suffix: string): string {
  if (suffix === '' || !name.endsWith(suffix) || name.length <= suffix.length + 1) return name;
  const kept = name.slice(0, -suffix.length);
  return /[^a-zA-Z0-9]$/.test(kept) ? kept.slice(0, -1) : name;
}

function withoutOnlyUnderscores(original: string, name: string): string | undefined {
  return name === '' || (/^_+$/.test(name) && name !== original) ? undefined : name;
}

/**
 * The label under which an attribute is served: what is not a letter or a digit becomes an underscore, runs become one,
 * `__name__` keeps its frame, and a leading digit is put behind `key_`. A strategy that keeps UTF-8 leaves it as it is.
 *
 * @returns nothing where only underscores are left
 */
export function translateLabel(
  key: string,
  strategy: TranslationStrategy = 'UnderscoreEscapingWithSuffixes',
): string | undefined {
  if (keepsUtf8(strategy)) return key === '' ? undefined : key.toWellFormed();
  if (PLAIN_LABEL.test(key)) return key;
  const escaped = key.replace(/[^a-zA-Z0-9]+/g, '_');
  const framed = key.length > 4 && key.startsWith('__') && key.endsWith('__');
  const label = framed ? `_${escaped}_` : escaped;
  return /^_*$/.test(label) ? undefined : withLegalStart(label, 'key_');
}

/** The words of a unit that a served name ends with, or nothing: what OpenMetrics may write as the family's UNIT. */
export function unitInName(family: string, unit: string): string {
  const { main, per } = unitWords(unit);
  const words = [main, per === '' ? '' : `per_${per}`].filter((word) => word !== '').join('_');
  return words !== '' && family.endsWith(`_${words}`) && isLegacyName(words, 'label') ? words : '';
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
