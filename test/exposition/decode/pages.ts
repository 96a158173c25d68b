import { ParseError, type ParseErrorCode } from '../../../src/exposition/decode/parse-error';

/** A page that a parser must refuse: what is wrong with it, the page, the code of the issue, and its line and column. */
export type RefusedPage = readonly [fault: string, page: string, code: ParseErrorCode, line: number, column: number];

/** Returns the page of an OpenMetrics row, which leaves the end marker out. */
export function withEof(page: string): string {
  return `${page}# EOF\n`;
}

/** A histogram family whose samples are these lines. */
export const histogram = (...lines: readonly string[]) => `# TYPE h histogram\n${lines.join('\n')}\n`;
export const gaugeHistogram = (...lines: readonly string[]) => `# TYPE h gaugehistogram\n${lines.join('\n')}\n`;
export const summary = (...lines: readonly string[]) => `# TYPE s summary\n${lines.join('\n')}\n`;
export const counter = (...lines: readonly string[]) => `# TYPE c counter\n${lines.join('\n')}\n`;

/** Returns the error of a page that is refused, or `undefined`. */
export function refusal(parse: () => unknown): ParseError | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
}
