import { IssueError } from '../../issues';

/**
 * The kind of a fault in an exposition:
 *
 * - `syntax`: a token is missing or misplaced.
 * - `invalid_value`: a name, number, label value or type is not allowed where it is written.
 * - `missing`: a required sample, label or end marker is absent.
 * - `duplicate`: a label, series or metadata line is repeated.
 * - `order`: lines are interleaved, or their values or timestamps decrease.
 * - `clash`: two families have a sample name in common.
 * - `unsupported_content_type`: the content type is not one of a text exposition.
 */
export type ParseErrorCode =
  | 'syntax'
  | 'invalid_value'
  | 'missing'
  | 'duplicate'
  | 'order'
  | 'clash'
  | 'unsupported_content_type';

/** The exposition is invalid. `issues` holds the first fault; its `path` is `line 3, column 7`. */
export class ParseError extends IssueError {
  override readonly name = 'ParseError';

  constructor(
    /** The kind of the fault. */
    readonly code: ParseErrorCode,
    /** The fault, without its position. */
    readonly reason: string,
    /** The line of the fault, counted from 1. */
    readonly line: number,
    /** The column of the fault, in UTF-16 code units counted from 1. */
    readonly column: number,
  ) {
    const path = `line ${line}, column ${column}`;
    super([{ code, path, message: `${path}: ${reason}` }]);
  }
}
