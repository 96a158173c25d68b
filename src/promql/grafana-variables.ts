import type { Span } from './ast';

/** A variable of a dashboard outside of strings. */
export interface FoundVariable extends Span {
  readonly name: string;
}

/** An expression whose variables are replaced by text of the same length, so that every offset stays the same. */
export interface Template {
  readonly text: string;
  readonly variables: readonly FoundVariable[];
}

/** A string or a comment, or a variable: `$name`, `${name}`, `${name:format}` or `[[name]]`. */
const TOKEN = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*|\$(\w+)|\$\{(\w+)[^}]*\}|\[\[(\w+)[^\]]*\]\]/g;

/** Replaces the variables of Grafana outside of strings. Returns the same text if it has none. */
export function replaceVariables(text: string): Template {
  if (!/\$|\[\[/.test(text)) return { text, variables: [] };
  const variables: FoundVariable[] = [];
  const replaced = text.replace(TOKEN, (token: string, ...groups) => {
    const [bare, braced, bracketed, offset] = groups as [string?, string?, string?, number?];
    const name = bare ?? braced ?? bracketed;
    if (name === undefined || offset === undefined) return token;
    variables.push({ name, from: offset, to: offset + token.length });
    if (isDuration(text, offset)) {
      const hasUnit = /^\s*(ms|[smhdwy])\b/.test(text.slice(offset + token.length));
      return (hasUnit ? '5' : '5m').padStart(token.length, '0');
    }
    return '_'.repeat(token.length);
  });
  return { text: replaced, variables };
}

/** Returns whether a string holds a variable, so that its value is not known. */
export function holdsVariable(value: string): boolean {
  return /\$\w|\$\{|\[\[\w+/.test(value);
}

/** Returns whether an offset is inside of `[...]` or after `offset`. */
function isDuration(text: string, at: number): boolean {
  const before = text.slice(0, at);
  if (/\boffset\s+-?\s*$/.test(before)) return true;
  const open = before.lastIndexOf('[');
  return open > before.lastIndexOf(']') && before[open - 1] !== '[';
}
