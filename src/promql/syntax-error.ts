import type { Span } from './ast';

/** An expression that is not PromQL. */
export class PromqlSyntaxError extends Error {
  constructor(
    message: string,
    readonly span: Span,
    readonly suggestion?: string,
  ) {
    super(message);
  }
}
