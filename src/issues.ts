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
  constructor(
    /** Every problem that was found, in the order of the input. */
    readonly issues: readonly Issue[],
  ) {
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

/** Returns an issue whose message reads `<path> is not <what>`, with the nearest of the accepted names if there is one. */
export function unknownName(path: string, what: string, accepted: readonly string[]): Issue {
  const nearest = findNearest(path, accepted);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  return {
    code: 'unknown_name',
    path,
    ...(nearest === undefined ? {} : { expected: nearest }),
    received: path,
    message: `${path} is not ${what}${hint}`,
  };
}

/** Returns the name that differs from the given one in the fewest characters, or `undefined` if none is similar. */
export function findNearest(name: string, candidates: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 4)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= least) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [nearest, least] = [candidate, distance];
  }
  return nearest;
}

/** Returns how many insertions, deletions and replacements turn one text into the other (Levenshtein distance). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}

/** The longest printable form of a value, in characters. */
const MAX_PRINTABLE = 80;

/** Returns a short printable form of any value, for messages. Never throws and never calls a getter of the value. */
export function printable(value: unknown): string {
  let text: string;
  try {
    if (typeof value === 'string') text = JSON.stringify(value.slice(0, MAX_PRINTABLE));
    else text = typeof value === 'bigint' ? `${value}n` : String(value);
  } catch {
    text = `an unprintable ${typeof value}`;
  }
  return text.length > MAX_PRINTABLE ? `${text.slice(0, MAX_PRINTABLE - 3)}...` : text;
}

/**
 * Returns the message of an error, or a short printable form of anything else that was thrown. Never throws. Node.js gives a
 * failed connection to several addresses an empty message and a list of errors: their messages are joined.
 */
export function errorMessage(error: unknown): string {
  try {
    const { message, errors } = Object(error) as { message?: unknown; errors?: unknown };
    if (typeof message === 'string' && message !== '') return message;
    if (Array.isArray(errors) && errors.length > 0) return errors.map(errorMessage).join(', ');
    return printable(error);
  } catch {
    return 'an error without a message';
  }
}
