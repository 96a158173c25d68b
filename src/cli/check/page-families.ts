import type { MetricFamily } from '../../exposition/decode/metric-family';
import { ParseError } from '../../exposition/decode/parse-error';
import { parseExposition } from '../../exposition/decode/parser';
import { type Finding, FindingsError } from '../finding';
import { PageLines } from './page-lines';
import { FamilyBuilder, type ServedFamily } from './served-families';

/** An exposition, from an endpoint or a file. */
export interface Page {
  /** The URL or path. */
  readonly source: string;
  readonly text: string;
  readonly contentType: string;
}

/**
 * Returns the families of an exposition in its order, those without samples included.
 *
 * @throws FindingsError with the first fault if the exposition cannot be parsed
 */
export function readPageFamilies({ source, text, contentType }: Page): ServedFamily[] {
  const families = parsePage(source, text, contentType);
  const isOpenMetrics = contentType.includes('openmetrics');
  const lines = new PageLines(text, source);
  const found = [...families.values()].map((family) => readFamily(family, isOpenMetrics, lines));
  const names = new Set(families.keys());
  // The parser returns families with samples only. A client without series yet writes the metadata all the same.
  for (const [name, { type, help, unit }] of lines.metadata) {
    if (names.has(name)) continue;
    const metadata = { name: familyName(name, type, isOpenMetrics), type, help, unit, place: lines.familyPlace(name) };
    found.push(new FamilyBuilder(metadata).build());
  }
  return found.sort((a, b) => a.place.line - b.place.line);
}

function parsePage(source: string, text: string, contentType: string): ReadonlyMap<string, MetricFamily> {
  try {
    return parseExposition(text, contentType);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const { reason: message, line, column } = error;
    const finding: Finding = { code: 'invalid_exposition', severity: 'error', message, file: source, line, column };
    throw new FindingsError([finding]);
  }
}

function readFamily(family: MetricFamily, isOpenMetrics: boolean, lines: PageLines): ServedFamily {
  const { type, help, unit } = family;
  const builder = new FamilyBuilder({
    name: familyName(family.name, type, isOpenMetrics),
    type,
    help,
    unit,
    place: lines.familyPlace(family.name),
  });
  for (const { name, labels } of family.samples) {
    const line = lines.nextSample(name);
    // A start time is no series of its own.
    if (isOpenMetrics && name === `${family.name}_created`) continue;
    builder.add(labels, lines.place(line), (label) => lines.labelPlace(line, label));
  }
  return builder.build();
}

/** Returns the name that the definition of a family has: in OpenMetrics the TYPE line lacks the suffix of a counter. */
function familyName(name: string, type: string, isOpenMetrics: boolean): string {
  if (!isOpenMetrics) return name;
  return type === 'counter' ? `${name}_total` : type === 'info' ? `${name}_info` : name;
}
