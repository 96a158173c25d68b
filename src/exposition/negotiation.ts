import type { EscapingScheme } from './names/escape';

/** A format in which metrics can be served. */
export type FormatName = 'text-0.0.4' | 'text-1.0.0' | 'openmetrics-0.0.1' | 'openmetrics-1.0.0' | 'protobuf';

/** A format that was agreed on. */
export interface Format {
  readonly name: FormatName;
  readonly escaping: EscapingScheme;
  readonly contentType: string;
}

/** A compression that was agreed on. */
export type Encoding = 'identity' | 'gzip' | 'br' | 'zstd';

/** What is served to who asks for nothing in particular: the text format that every Prometheus reads. */
export const DEFAULT_FORMAT: Format = {
  name: 'text-0.0.4',
  escaping: 'underscores',
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
};

/**
 * Chooses the format for an `Accept` header (Prometheus documentation, "Content negotiation"): the range of the highest q
 * that names a format, the first of those that are equal. Versions, escaping schemes and parameters that are not known
 * never fail a scrape: such a range is passed over, a scheme counts as `underscores`, and when nothing fits the answer is
 * {@link DEFAULT_FORMAT}.
 *
 * @param protobuf whether the protobuf format may be chosen
 */
export function negotiateFormat(accept: string | undefined, protobuf = true): Format {
  for (const range of weighted(accept ?? '')) {
    const name = formatOf(range);
    if (name === undefined || (name === 'protobuf' && !protobuf)) continue;
    return formatWith(name, range.parameters.get('escaping'));
  }
  return DEFAULT_FORMAT;
}

/** Chooses the compression for an `Accept-Encoding` header; the first of equal q that is offered, else none. */
export function negotiateEncoding(acceptEncoding: string | undefined, offered: readonly Encoding[]): Encoding {
  for (const { value } of weighted(acceptEncoding ?? '')) {
    if (value === '*') return 'identity';
    if ((offered as readonly string[]).includes(value) || value === 'identity') return value as Encoding;
  }
  return 'identity';
}

function formatWith(name: FormatName, asked: string | undefined): Format {
  if (name === 'text-0.0.4') return DEFAULT_FORMAT;
  const escaping = isScheme(asked) ? asked : 'underscores';
  return {
    name,
    escaping,
    contentType: `${CONTENT_TYPES[name]}${name === 'openmetrics-0.0.1' ? '' : `; escaping=${escaping}`}`,
  };
}

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
      if (version === '1.0.0') return 'openmetrics-1.0.0';
      return version === undefined || version === '0.0.1' ? 'openmetrics-0.0.1' : undefined;
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

/** One element of an `Accept` or `Accept-Encoding` header. */
interface WeightedRange {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly q: number;
}

/** The longest header that is read; a scraper's has some 300 characters. */
const MOST_CHARACTERS = 4096;

/** The elements of a header (RFC 9110, 12.5) that are acceptable at all, the most wanted first. */
function weighted(header: string): WeightedRange[] {
  if (header.length > MOST_CHARACTERS) return [];
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

/** Splits at a separator outside quotes. */
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
