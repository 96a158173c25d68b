import { unitWords } from './units';

/** The kinds of metric that naming distinguishes. */
export type NamedKind = 'counter' | 'other';

/**
 * How OpenTelemetry names become Prometheus names (OpenTelemetry specification, Prometheus exporter, "Translation
 * Strategy"): whether characters other than letters, digits and colons become underscores, and whether the unit and, for
 * counters, `_total` are appended. Names that keep UTF-8 are still escaped for a scraper that does not accept it.
 *
 * `legacy` is not in the specification: it gives the names of `@opentelemetry/exporter-prometheus`, which appends `_total` to
 * counters but no units, and escapes colons too. Dashboards of an app that used that exporter keep working.
 */
export type TranslationStrategy =
  | 'UnderscoreEscapingWithSuffixes'
  | 'UnderscoreEscapingWithoutSuffixes'
  | 'NoUTF8EscapingWithSuffixes'
  | 'NoTranslation'
  | 'legacy';

export const TRANSLATION_STRATEGIES: readonly TranslationStrategy[] = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
  'legacy',
];

/** Whether a strategy keeps characters that legacy names do not allow. */
export function keepsUtf8(strategy: TranslationStrategy): boolean {
  return strategy === 'NoUTF8EscapingWithSuffixes' || strategy === 'NoTranslation';
}

/**
 * Returns the name under which an undocumented metric is served (OpenTelemetry specification, Prometheus compatibility,
 * "OTLP Metric points to Prometheus"). Where Prometheus's own translator differs, the specification is followed: a counter
 * whose name ends in `_total` gets no suffix, a unit that only occurs within the name is appended all the same, no word of a
 * name is moved or removed, and no `_ratio` is appended.
 *
 * @returns `undefined` if no character of the name is legal
 */
export function translateName(
  name: string,
  unit: string,
  kind: NamedKind,
  strategy: TranslationStrategy = 'UnderscoreEscapingWithSuffixes',
): string | undefined {
  const translated = keepsUtf8(strategy) ? name.toWellFormed() : underscoreName(name);
  if (translated === undefined || translated === '') return undefined;
  switch (strategy) {
    case 'UnderscoreEscapingWithSuffixes':
    case 'NoUTF8EscapingWithSuffixes':
      return withSuffixes(translated, unit, kind, keepsUtf8(strategy));
    case 'UnderscoreEscapingWithoutSuffixes':
    case 'NoTranslation':
      return translated;
    case 'legacy': {
      const escaped = translated.replace(/[_:]+/g, '_');
      if (escaped === '_') return undefined;
      return kind === 'counter' && !escaped.endsWith('_total') ? `${escaped}_total` : escaped;
    }
  }
}

/**
 * Returns the label under which an attribute is served: characters other than letters, digits and underscores become an
 * underscore, and a run of underscores becomes one, also at the beginning, because Prometheus reserves labels that begin
 * with two. A leading digit is preceded by `key_`. A strategy that keeps UTF-8 leaves the key as it is.
 *
 * @returns `undefined` for the empty key, which is no attribute
 */
export function translateLabel(
  key: string,
  strategy: TranslationStrategy = 'UnderscoreEscapingWithSuffixes',
): string | undefined {
  if (key === '') return undefined;
  if (keepsUtf8(strategy)) return key.toWellFormed();
  if (PLAIN_LABEL.test(key)) return key;
  const label = key.replace(/[^a-zA-Z0-9]+/g, '_');
  return /^[0-9]/.test(label) ? `key_${label}` : label;
}

/** A label that translation leaves as it is. Most are, and this test allocates nothing. */
const PLAIN_LABEL = /^_?[a-zA-Z][a-zA-Z0-9]*(?:_[a-zA-Z0-9]+)*_?$/;

function underscoreName(name: string): string | undefined {
  const escaped = name.replace(/[^a-zA-Z0-9:]+/g, '_');
  if (escaped === '_') return undefined;
  return /^[0-9]/.test(escaped) ? `_${escaped}` : escaped;
}

function withSuffixes(name: string, unit: string, kind: NamedKind, isUtf8: boolean): string {
  if (kind === 'counter' && name.endsWith('_total')) return name;
  // The word may be separated by another character where names are not escaped: `requests.total`.
  const base = kind === 'counter' ? name.replace(/(?<=.)[^a-zA-Z0-9]total$/u, '') : name;
  const { main, full } = unitWords(unit, isUtf8);
  const hasMain = main !== '' && endsWithWord(base, main);
  const missing = endsWithWord(base, full) ? '' : hasMain ? full.slice(main.length + 1) : full;
  const withUnit = append(base, missing);
  return kind === 'counter' ? append(withUnit, 'total') : withUnit;
}

function endsWithWord(name: string, word: string): boolean {
  if (!name.endsWith(word)) return false;
  const before = name.slice(0, name.length - word.length);
  return before === '' || /[^a-zA-Z0-9]$/.test(before);
}

function append(name: string, suffix: string): string {
  if (suffix === '') return name;
  return name.endsWith('_') ? name + suffix : `${name}_${suffix}`;
}
