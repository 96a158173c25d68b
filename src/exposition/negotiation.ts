import type { EscapingScheme } from './names/escape';

/** A format in which metrics can be served. */
export type FormatName = 'text-0.0.4' | 'text-1.0.0' | 'openmetrics-0.0.1' | 'openmetrics-1.0.0' | 'protobuf';

/** The format of a response. */
export interface Format {
  readonly name: FormatName;
  /** How names that are not legacy names are written. */
  readonly escaping: EscapingScheme;
  /** The value of the `Content-Type` header. */
  readonly contentType: string;
}

/** The format for a client that asks for none: the text format that every Prometheus reads. */
export const DEFAULT_FORMAT: Format = {
  name: 'text-0.0.4',
  escaping: 'underscores',
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
};

/**
 * Returns the format for an `Accept` header: the one with the highest q, the first of those with equal q (RFC 9110, 12.5.1;
 * Prometheus documentation, "Scrape protocol content negotiation").
 *
 * Never refuses: an unknown version is ignored, an unknown escaping scheme counts as `underscores`, and the result is
 * {@link DEFAULT_FORMAT} if nothing matches. OpenMetrics without a version is 1.0.0, as OpenMetrics 1.0 requires
 * ("Protocol Negotiation"). The escaping scheme belongs to the formats whose content type names it; the others always get
 * `underscores`.
 *
 * @param accept the header; longer ones than 4096 characters are ignored
 * @param protobuf whether the protobuf format may be chosen
 */
export function negotiateFormat(accept: string | undefined, protobuf = true): Format {
  for (const range of weightedRanges(accept ?? '')) {
    const name = formatOf(range);
    if (name === undefined || (name === 'protobuf' && !protobuf)) continue;
    return formatWith(name, range.parameters.get('escaping'));
  }
  return DEFAULT_FORMAT;
}

function formatWith(name: FormatName, asked: string | undefined): Format {
  const contentType = CONTENT_TYPES[name];
  if (!NAMES_ESCAPING.has(name)) return { name, escaping: 'underscores', contentType };
  const escaping = isScheme(asked) ? asked : 'underscores';
  return { name, escaping, contentType: `${contentType}; escaping=${escaping}` };
}

/** The formats whose content type names the escaping scheme. */
const NAMES_ESCAPING: ReadonlySet<FormatName> = new Set(['text-1.0.0', 'openmetrics-1.0.0', 'protobuf']);

const CONTENT_TYPES: Readonly<Record<FormatName, string>> = {
  'text-0.0.4': DEFAULT_FORMAT.contentType,
  'text-1.0.0': 'text/plain; version=1.0.0; charset=utf-8',
  'openmetrics-0.0.1': 'application/openmetrics-text; version=0.0.1; charset=utf-8',
  'openmetrics-1.0.0': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  protobuf: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
};

function formatOf({ value, parameters }: WeightedRange): FormatName | undefined {
  const version = parameters.get('version');
  switch (value) {
    case 'text/plain':
      if (version === '1.0.0') return 'text-1.0.0';
      return version === undefined || version === '0.0.4' ? 'text-0.0.4' : undefined;
    case 'application/openmetrics-text':
      if (version === '0.0.1') return 'openmetrics-0.0.1';
      return version === undefined || version === '1.0.0' ? 'openmetrics-1.0.0' : undefined;
    case 'application/vnd.google.protobuf': {
      const fits =
        parameters.get('proto') === 'io.prometheus.client.MetricFamily' && parameters.get('encoding') === 'delimited';
      return fits ? 'protobuf' : undefined;
    }
    case 'text/*':
    case '*/*':
      return 'text-0.0.4';
    default:
      return undefined;
  }
}

function isScheme(text: string | undefined): text is EscapingScheme {
  return text === 'allow-utf-8' || text === 'underscores' || text === 'dots' || text === 'values';
}

/** One element of an `Accept` header. */
interface WeightedRange {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly q: number;
}

/** The longest header that is read, in characters. A scraper's has about 300. */
const MAX_CHARACTERS = 4096;

/** Returns the elements of a header (RFC 9110, 12.5.1) whose q is above 0, the highest q first. */
function weightedRanges(header: string): WeightedRange[] {
  if (header.length > MAX_CHARACTERS) return [];
  const ranges = elements(header, ',').map(readRange);
  return ranges.filter(({ q, value }) => q > 0 && value !== '').sort((a, b) => b.q - a.q);
}

function readRange(element: string): WeightedRange {
  const [value = '', ...rest] = elements(element, ';');
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    if (equals < 1) continue;
    const quoted = parameter.slice(equals + 1).trim();
    const text = /^"(?:[^"\\]|\\.)*"$/.test(quoted) ? quoted.slice(1, -1).replace(/\\(.)/g, '$1') : quoted;
    parameters.set(parameter.slice(0, equals).trim().toLowerCase(), text);
  }
  const q = parameters.get('q');
  const weight = q === undefined ? 1 : /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 0;
  return { value: value.toLowerCase(), parameters, q: weight };
}

/** Splits at separators outside of quotes. */
function elements(text: string, separator: ',' | ';'): string[] {
  const found: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i <= text.length; i++) {
    const character = text[i];
    if (quoted && character === '\\') i++;
    else if (character === '"') quoted = !quoted;
    else if (character === undefined || (character === separator && !quoted)) {
      found.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return found;
}
