/**
 * One problem found in input: options, environment variables, definitions, registries, configuration files, expositions.
 * Errors carry a list of them, so that a program can act on `code` and `path` and a person reads `message`.
 */
export interface Issue {
  /** A stable identifier of the kind of problem, such as `invalid_value`, `unknown_key` or `duplicate`. */
  readonly code: string;
  /** Where the problem is: an option (`prometheus.port`), a variable, a definition, or a file with line and column. */
  readonly path: string;
  /** What is accepted, such as `one of prometheus, otlp, console, none`. */
  readonly expected?: string;
  /** What was found, printable and bounded. */
  readonly received?: string;
  /** The whole sentence: `invalid exporters "c": expected one of prometheus, otlp`. */
  readonly message: string;
}

/** The base of every error that this package throws for bad input. Lists all issues, not the first alone. */
export abstract class IssueError extends Error {
  constructor(readonly issues: readonly Issue[]) {
    super(issues.map(({ message }) => message).join('\n'));
  }
}

/** Returns an issue whose message reads `invalid <path> <received>: expected <expected>`. */
export function invalidValue(path: string, received: unknown, expected: string): Issue {
  const text = printable(received);
  return {
    code: 'invalid_value',
    path,
    expected,
    received: text,
    message: `invalid ${path} ${text}: expected ${expected}`,
  };
}

/** The longest printable form of a value, in characters. */
const MAX_PRINTABLE = 80;

/** Returns a short printable form of any value, for messages. Never throws and never calls a getter of the value. */
export function printable(value: unknown): string {
  let text: string;
  try {
    text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  } catch {
    text = `an unprintable ${typeof value}`;
  }
  return text.length > MAX_PRINTABLE ? `${text.slice(0, MAX_PRINTABLE - 3)}...` : text;
}
