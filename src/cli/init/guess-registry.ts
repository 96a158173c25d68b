import { DEFAULT_BUCKETS } from '../../catalog/definition';
import { isLegacyName } from '../../exposition/names/escape';
import { guessed } from '../../registry/generate/registry-yaml';
import type { ServedFamily } from '../check/served-families';
import type { Finding } from '../finding';
import { isOwnFamily } from '../own-families';
import { findUnit } from '../units';
import { type AttributeGuesses, collectLabels, guessAttributes } from './guess-labels';

/** What a source knows of a family that has no samples yet. */
export interface FamilyHint {
  readonly labels: readonly string[];
  readonly buckets: readonly number[] | undefined;
  /** The family is known from queries: its type and labels are guesses. */
  readonly isFromQueries?: boolean;
}

/** The content of a first `metrics.yaml`, and what could not be described. */
export interface RegistryGuess {
  readonly content: { readonly metrics: readonly object[] };
  readonly findings: readonly Finding[];
}

/**
 * Guesses a registry from families as they are served.
 *
 * @param hints what is known of families without samples, by name
 */
export function guessRegistry(
  families: readonly ServedFamily[],
  hints: ReadonlyMap<string, FamilyHint> = new Map(),
): RegistryGuess {
  const findings: Finding[] = [];
  const described = families.filter((family) => !isOwnFamily(family.name) && isDescribable(family, findings));
  const labels = collectLabels(described);
  for (const { name, series } of described) {
    if (series.size > 0) continue;
    for (const label of hints.get(name)?.labels ?? []) labels.push({ metric: name, label, values: new Set() });
  }
  const attributes = guessAttributes(labels);
  const metrics = described.map((family) => {
    const own = labels.filter(({ metric }) => metric === family.name).map(({ label }) => label);
    return guessMetric(family, own, attributes, hints.get(family.name));
  });
  const content = {
    file_format: 'definition/2',
    attributes: attributes.attributes.length === 0 ? undefined : attributes.attributes,
    metrics,
  };
  return { content, findings };
}

function isDescribable({ name, type, place }: ServedFamily, findings: Finding[]): boolean {
  const isKnown = !['gaugehistogram', 'info', 'stateset'].includes(type);
  if (isKnown && isLegacyName(name, 'metric')) return true;
  const message = isKnown
    ? `${name} is left out: a registry has names of letters, digits, colons and underscores`
    : `${name} is left out: a registry has no metrics of the type ${type}`;
  findings.push({ code: 'left_out', severity: 'warning', message, ...place });
  return false;
}

function guessMetric(
  family: ServedFamily,
  labels: readonly string[],
  attributes: AttributeGuesses,
  hint: FamilyHint | undefined,
): object {
  const { name, type, help, series } = family;
  const isHistogram = type === 'histogram' || type === 'summary';
  const annotation = {
    buckets: isHistogram ? guessBuckets(family, hint) : undefined,
    initialize: hint?.isFromQueries ? undefined : guessInitialize(family, labels, attributes),
  };
  const hasAnnotation = Object.values(annotation).some((value) => value !== undefined);
  const refs = labels.map((label) => ({ ref: attributes.keyFor(name, label) }));
  const isUnknown = series.size === 0 && hint === undefined;
  return {
    name,
    instrument: hint?.isFromQueries ? guessed(type, 'it follows from the queries') : guessInstrument(name, type),
    unit: guessUnit(name, type),
    brief: help === undefined || help === '' ? guessed(name, 'what the metric means; it has no help text') : help,
    stability: 'development',
    attributes: isUnknown
      ? guessed(refs, 'there was no series, so the labels are not known')
      : hint?.isFromQueries
        ? guessed(refs, 'the labels that the queries use; add the others')
        : refs.length === 0
          ? undefined
          : refs,
    annotations: hasAnnotation ? { meterbridge: annotation } : undefined,
  };
}

function guessInstrument(name: string, type: string): unknown {
  switch (type) {
    case 'counter':
    case 'histogram':
      return type;
    case 'gauge':
      return guessed('gauge', 'a value that is set; "updowncounter" if it is incremented and decremented');
    case 'summary':
      return guessed('histogram', 'it was a summary, which cannot be aggregated; choose buckets');
    default:
      return guessed(
        name.endsWith('_total') ? 'counter' : 'gauge',
        'the type was not served; it follows from the name',
      );
  }
}

function guessUnit(name: string, type: string): unknown {
  const base = type === 'counter' ? name.replace(/_total$/, '') : name;
  const word = base.slice(base.lastIndexOf('_') + 1);
  return findUnit(word) ?? guessed('1', 'the name has no unit; write "{order}" for a number of orders');
}

function guessBuckets({ type, series }: ServedFamily, hint: FamilyHint | undefined): unknown {
  const [first] = series.values();
  const bounds = first?.bounds ?? hint?.buckets;
  if (type === 'histogram' && bounds !== undefined && bounds.length > 0) return bounds;
  const reason = type === 'summary' ? 'buckets around the values that matter' : 'no buckets were served';
  return guessed(DEFAULT_BUCKETS, reason);
}

/** Series that closed labels could have and that are not served do not exist from the start. */
function guessInitialize(
  { name, series }: ServedFamily,
  labels: readonly string[],
  attributes: AttributeGuesses,
): unknown {
  if (labels.length === 0 || !labels.every((label) => attributes.isClosed(name, label))) {
    return labels.length === 0 && series.size === 0 ? false : undefined;
  }
  const combinations = labels.reduce((product, label) => {
    const values = new Set([...series.values()].map((each) => each.labels.get(label)));
    return product * values.size;
  }, 1);
  if (series.size === combinations) return undefined;
  return guessed(false, 'not every combination of label values was served; true creates all of them at 0');
}
