import type { Selector, Span } from './ast';
import type { FindingCode, Severity } from './finding';
import type { NamedSeries } from './metrics';
import type { VectorType } from './vector';

/** What the type of an expression depends on, and the receiver of findings. */
export interface Scope {
  /** The scrape interval in seconds. */
  readonly scrapeInterval: number;
  /** The text of the expression, for messages. */
  readonly text: string;
  /** The names of all series, recording rules included. */
  names(): string[];
  /** Returns the type of the series that a recording rule writes. */
  findRecorded(name: string): VectorType | undefined;
  /** Returns the series of a name; undefined if no registry defines it. */
  findSeries(name: string): NamedSeries | undefined;
  /** Returns the type of series, before matchers. */
  seriesType(series: NamedSeries): VectorType;
  /** Whether a metric is defined elsewhere, so that nothing is known of it. */
  isExternal(name: string): boolean;
  /** Adds a finding about a part of the expression. */
  report(code: FindingCode, span: Span, message: string, details?: FindingDetails): void;
}

/** What a finding can have in addition to its message. */
export interface FindingDetails {
  readonly suggestion?: string | undefined;
  readonly severity?: Severity;
}

/** Returns a part of an expression on one line, shortened, for a message. */
export function quote(scope: Scope, { from, to }: Span): string {
  const text = scope.text.slice(from, to).replaceAll(/\s+/g, ' ').trim();
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Returns the name of a selector, or its text if it has none. */
export function selectorName(scope: Scope, selector: Selector): string {
  return selector.name ?? quote(scope, selector);
}
