/**
 * How a name that is not a legacy name is written for a scraper (Prometheus documentation, "Escaping schemes"). Legacy names
 * are left as they are by each scheme.
 *
 * Two schemes follow Go's client library where the documentation says otherwise, because Prometheus decodes what that
 * library writes: `dots` writes two underscores for a character that is neither legal nor a dot (the documentation: one),
 * and `values` writes code points in lower-case hexadecimal digits (its example: upper case).
 */
export type EscapingScheme = 'allow-utf-8' | 'underscores' | 'dots' | 'values';

/** Whether every Prometheus accepts a name: `[a-zA-Z_:][a-zA-Z0-9_:]*` for metrics, the same without colons for labels. */
export function isLegacyName(name: string, kind: 'metric' | 'label'): boolean {
  return (kind === 'metric' ? LEGACY_METRIC : LEGACY_LABEL).test(name);
}

/** Returns a name as a scheme writes it. */
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
      return character === '.' ? '_dot_' : '__';
    case 'values':
      return character.isWellFormed() ? `_${character.codePointAt(0)?.toString(16)}_` : '_FFFD_';
    default:
      return '_';
  }
}

const LEGACY_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
