import { printable } from '../../issues';
import type { MetricFamily } from './metric-family';
import { OpenMetricsParser } from './openmetrics-parser';
import { ParseError } from './parse-error';
import { TextParser } from './text-parser';

/** A text format in which metrics are exposed: the Prometheus text format, or OpenMetrics. */
export type ExpositionFormat = 'text' | 'openmetrics';

/**
 * Parses an exposition. Takes time linear in its length, and holds all families in memory.
 *
 * The Prometheus text format (0.0.4, and 1.0.0 with its quoted names) is accepted and refused as Go's `expfmt` does it:
 * blanks between tokens, comments, and metadata of families without samples are accepted; a second HELP or TYPE line, a
 * TYPE line behind samples, a repeated label and a last line without a line feed are refused. Repeated series are accepted.
 *
 * OpenMetrics (1.0.0 and 0.0.1) is read by its specification: one space between tokens, no interleaved families or metrics,
 * samples with the suffixes of their type, complete histograms, and `# EOF` at the end. Quoted names are accepted too, as
 * Prometheus 3 reads them. Of samples of one series that have the same timestamp the first one is returned, as the
 * specification requires of ingestors. Names that begin with an underscore, which the specification reserves, are accepted.
 *
 * @param text the exposition, decoded as UTF-8
 * @param contentType the format, or the value of the response's `Content-Type` header; `null` or nothing is `text`
 * @returns the families by name, in the order in which they first appear
 * @throws {ParseError} for the first fault, with its line and column
 */
export function parseExposition(
  text: string,
  contentType: ExpositionFormat | (string & {}) | null = 'text',
): ReadonlyMap<string, MetricFamily> {
  return formatFor(contentType ?? 'text') === 'text'
    ? new TextParser(text).parse()
    : new OpenMetricsParser(text).parse();
}

function formatFor(contentType: string): ExpositionFormat {
  const [mediaType = ''] = contentType.split(';', 1);
  switch (mediaType.trim().toLowerCase()) {
    case 'text':
    case 'text/plain':
      return 'text';
    case 'openmetrics':
    case 'application/openmetrics-text':
      return 'openmetrics';
    default:
      throw new ParseError(
        'unsupported_content_type',
        `invalid content type ${printable(contentType)}: expected text/plain or application/openmetrics-text`,
        1,
        1,
      );
  }
}
