import type { Position, QueryFinding } from './finding';

/** A text of a file whose characters have known places. */
export interface LocatedText {
  readonly text: string;
  /** Returns the place of a character. */
  locate(offset: number): Position;
}

/** An alerting rule, apart from its expression. */
export interface AlertRule {
  readonly name: string;
  /** The seconds of `for`. */
  readonly for: number;
  /** The templates of labels and annotations. */
  readonly templates: readonly LocatedText[];
}

/** A PromQL expression of a file. */
export interface Query extends LocatedText {
  readonly file: string;
  /** What the query is for: the comment above it, the title of its panel. */
  readonly description?: string | undefined;
  readonly alert?: AlertRule | undefined;
  /** The name of the series that a recording rule writes. */
  readonly record?: string | undefined;
  /** The labels that a recording rule adds. */
  readonly labels?: ReadonlyMap<string, string> | undefined;
  /** The template of the legend of a panel. */
  readonly legend?: LocatedText | undefined;
}

/** The queries of a file. */
export interface ReadQueries {
  readonly queries: readonly Query[];
  /** What cannot be read. */
  readonly problems: readonly QueryFinding[];
}

/** Returns a text that starts at a place of a file and has the same lines as the file. */
export function locatedAt(text: string, start: Position): LocatedText {
  let starts: readonly number[] | undefined;
  return {
    text,
    locate(offset) {
      starts ??= [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
      const found = starts.findIndex((each) => each > offset);
      const line = (found < 0 ? starts.length : found) - 1;
      const column = offset - (starts[line] ?? 0) + 1;
      return { line: start.line + line, column: line === 0 ? start.column + column - 1 : column };
    },
  };
}

/** Returns the finding of a part of a file that cannot be read. */
export function unreadable(
  file: string,
  message: string,
  { line, column }: Position = { line: 1, column: 1 },
): QueryFinding {
  return { code: 'unreadable_file', severity: 'error', message, file, line, column };
}
