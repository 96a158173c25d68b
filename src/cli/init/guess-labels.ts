import { guessed } from '../../registry/generate/registry-yaml';
import { pascalCase } from '../../registry/identifiers';
import type { ServedFamily } from '../check/served-families';

/** A metric's label, and the attribute that it refers to. */
export interface LabelGuess {
  readonly metric: string;
  readonly label: string;
  readonly values: ReadonlySet<string>;
}

/** More distinct values than this are taken for an open label. */
const MAX_CLOSED_VALUES = 8;
const MAX_EXAMPLES = 3;
const CLOSED_VALUE = /^[a-zA-Z][a-zA-Z0-9_.-]{0,31}$/;
/** Labels whose values are named by users, traffic or deployments. */
const OPEN_LABEL =
  /(^|_)(id|name|user|tenant|customer|host|hostname|instance|node|pod|path|route|endpoint|url|uri|address|ip|topic|queue|version|commit|error|message|code)$/;

/** Returns the labels of families, with the values that were seen. */
export function collectLabels(families: readonly ServedFamily[]): LabelGuess[] {
  return families.flatMap(({ name, series }) => {
    const labels = new Map<string, Set<string>>();
    for (const each of series.values()) {
      for (const [label, value] of each.labels) labels.set(label, (labels.get(label) ?? new Set()).add(value));
    }
    return [...labels].map(([label, values]) => ({ metric: name, label, values }));
  });
}

/** The attributes of a first registry. */
export interface AttributeGuesses {
  readonly attributes: readonly object[];
  /** Returns the key of the attribute that a metric's label refers to. */
  keyFor(metric: string, label: string): string;
  /** Returns whether the label was taken for a closed one. */
  isClosed(metric: string, label: string): boolean;
}

/**
 * Guesses the attributes of labels. Metrics share the attribute of a label if it is open, or if its values are the same in
 * each of them.
 */
export function guessAttributes(labels: readonly LabelGuess[]): AttributeGuesses {
  const byName = new Map<string, LabelGuess[]>();
  for (const each of labels) byName.set(each.label, [...(byName.get(each.label) ?? []), each]);
  const attributes: object[] = [];
  const keys = new Map<string, string>();
  const closed = new Set<string>();
  for (const [label, uses] of byName) {
    const all = new Set(uses.flatMap(({ values }) => [...values]));
    const isClosed = uses.every(({ values }) => looksClosed(label, values));
    const isShared = uses.every(({ values }) => values.size === all.size);
    for (const { metric, values } of uses) {
      const key = isClosed && !isShared ? `${metric}.${label}` : label;
      keys.set(`${metric} ${label}`, key);
      if (isClosed) closed.add(`${metric} ${label}`);
      if (isClosed && !isShared) {
        const annotation = { label, enum: `${pascalCase(metric)}${pascalCase(label)}Label` };
        attributes.push(closedAttribute(key, label, values, { annotations: { meterbridge: annotation } }));
      }
    }
    if (isClosed && isShared) attributes.push(closedAttribute(label, label, all, {}));
    else if (!isClosed) attributes.push(openAttribute(label, all));
  }
  return {
    attributes,
    keyFor: (metric, label) => keys.get(`${metric} ${label}`) ?? label,
    isClosed: (metric, label) => closed.has(`${metric} ${label}`),
  };
}

function looksClosed(label: string, values: ReadonlySet<string>): boolean {
  if (values.size === 0 || values.size > MAX_CLOSED_VALUES || OPEN_LABEL.test(label)) return false;
  const constants = new Set([...values].map(pascalCase));
  return [...values].every((value) => CLOSED_VALUE.test(value)) && constants.size === values.size;
}

function closedAttribute(key: string, label: string, values: Iterable<string>, more: object): object {
  const members = [...values].sort().map((value) => ({ id: value, value, stability: 'development' }));
  return {
    key,
    type: guessed({ members }, 'these values were seen; list all, or write "type: string" if there is no fixed list'),
    brief: guessed(sentence(label), 'what the label means'),
    stability: 'development',
    ...more,
  };
}

function openAttribute(label: string, values: ReadonlySet<string>): object {
  const examples = [...values].sort().slice(0, MAX_EXAMPLES);
  return {
    key: label,
    type: guessed('string', 'any value is accepted; list members if the values are fixed'),
    brief: guessed(sentence(label), 'what the label means'),
    stability: 'development',
    examples: examples.length === 0 ? undefined : examples,
  };
}

function sentence(label: string): string {
  return `The ${label.replaceAll('_', ' ')}.`;
}
