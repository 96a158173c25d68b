/**
 * How names outside the legacy set are written for a scraper that does not take UTF-8 (Prometheus documentation,
 * "Escaping schemes"). Names of the legacy set stay as they are under each of them, as in Go's client library.
 */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

/** Whether a name is one that every Prometheus takes: `[a-zA-Z_:][a-zA-Z0-9_:]*`, without the colons for labels. */
export function isLegacyName(name: string, kind: 'metric' | 'label'): boolean {
  return (kind === 'metric' ? LEGACY_METRIC : LEGACY_LABEL).test(name);
}

/** A name as a scheme writes it. */
export function escapeName(name: string, scheme: EscapingScheme, kind: 'metric' | 'label'): string {
  if (scheme === 'allow-utf-8' || isLegacyName(name, kind)) return name;
  let escaped = scheme === 'values' ? 'U__' : '';
  let isFirst = true;
  for (const character of name) {
    escaped += escapeCharacter(character, isFirst, scheme, kind);
    isFirst = false;
  }
  return escaped;
}

function escapeCharacter(
  character: string,
  isFirst: boolean,
  scheme: EscapingScheme,
  kind: 'metric' | 'label',
): string {
  if (character === '_' && scheme !== 'underscores') return '__';
  if (isLegacyName(isFirst ? character : `a${character}`, kind)) return character;
  switch (scheme) {
    case 'dots':
      // The documentation has one underscore for other characters, Go's client library two.
      return character === '.' ? '_dot_' : '__';
    case 'values':
      // The documentation has upper case digits, Go's client library lower case.
      return character.isWellFormed() ? `_${character.codePointAt(0)?.toString(16)}_` : '_FFFD_';
    default:
      return '_';
  }
}

const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
