import type { Issue } from '../issues';
import type { Position, Severity } from '../promql/finding';

/** One result of a check: what is wrong, where, and how to correct it. */
export interface Finding extends Position {
  /** A stable identifier of the kind of finding, such as `unknown_metric`. */
  readonly code: string;
  /** `error` and `warning` make a command exit with 1. */
  readonly severity: Severity;
  /** The reason, as one sentence without the place. */
  readonly message: string;
  /** The path of the file, relative to the current folder or absolute, or the URL of what was read. */
  readonly file: string;
  /** What is expected, and what was found instead. Printed as the two sides of a difference. */
  readonly expected?: string;
  readonly received?: string;
  /** What to write or do instead. */
  readonly suggestion?: string;
}

/** A place in a file. */
export type Place = Pick<Finding, 'file' | 'line' | 'column'>;

/** Returns the finding of an issue whose path is `file:line:column`. A path of another form becomes the file. */
export function issueFinding({ code, path, message }: Issue): Finding {
  return {
    code,
    severity: 'error',
    message: message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message,
    ...parsePlace(path),
  };
}

/** Parses `file:line:column`. */
export function parsePlace(path: string): Place {
  const {
    file = path,
    line = '1',
    column = '1',
  } = /^(?<file>.+):(?<line>\d+):(?<column>\d+)$/s.exec(path)?.groups ?? {};
  return { file, line: Number(line), column: Number(column) };
}

/** Returns the exit code for findings: 2 if a file cannot be read, 1 if there is an error or a warning, otherwise 0. */
export function exitCode(findings: readonly Finding[]): number {
  if (findings.some(({ code }) => code === 'unreadable_file')) return 2;
  return findings.some(({ severity }) => severity !== 'note') ? 1 : 0;
}

/** Ends a command whose input is so wrong that nothing else can be found. */
export class FindingsError extends Error {
  override readonly name = 'FindingsError';

  constructor(readonly findings: readonly Finding[]) {
    super(findings.map(({ message }) => message).join('\n'));
  }
}
