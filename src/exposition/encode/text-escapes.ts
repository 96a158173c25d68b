/** Escapes a HELP text for the text format 0.0.4: backslash and line feed. */
export function escapeHelp(text: string): string {
  return HELP_SPECIAL.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n') : text;
}

/** Escapes a label value for the text formats: backslash, quote and line feed. Lone surrogates become U+FFFD, as UTF-8 has none. */
export function escapeLabelValue(value: string): string {
  const text = value.isWellFormed() ? value : value.toWellFormed();
  return VALUE_SPECIAL.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : text;
}

const HELP_SPECIAL = /[\\\n]/;
const VALUE_SPECIAL = /[\\"\n]/;
