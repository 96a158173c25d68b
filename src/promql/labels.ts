import type { LabelList } from './ast';

/** What is known of a label of every series of a vector. */
export interface LabelState {
  /** `always`: every series has it; `maybe`: some can have it; `never`: no series has it. */
  readonly presence: 'always' | 'maybe' | 'never';
  /** The only values that it can have, if they are known. */
  readonly values?: readonly string[] | undefined;
}

/** What is known of the labels of a vector. */
export interface Labels {
  readonly known: ReadonlyMap<string, LabelState>;
  /** The state of every label that is not in `known`. */
  readonly others: 'maybe' | 'never';
}

export const ALWAYS: LabelState = { presence: 'always' };
export const MAYBE: LabelState = { presence: 'maybe' };
export const NEVER: LabelState = { presence: 'never' };

/** Labels of which nothing is known. */
export const ANY_LABELS: Labels = { known: new Map(), others: 'maybe' };
/** The labels of series without labels. */
export const NO_LABELS: Labels = { known: new Map(), others: 'never' };

/** Returns what is known of a label. */
export function labelState(labels: Labels, name: string): LabelState {
  return labels.known.get(name) ?? (labels.others === 'maybe' ? MAYBE : NEVER);
}

/** The label of the overflow series in Prometheus (OpenTelemetry specification, Metrics SDK, Overflow attribute). */
export const OVERFLOW_LABEL = 'otel_metric_overflow';

/** Returns the names of the labels that series have or can have, without the label of the overflow series. */
export function labelNames({ known }: Labels): string[] {
  const names = [...known].filter(([, { presence }]) => presence !== 'never').map(([name]) => name);
  return names.filter((name) => name !== OVERFLOW_LABEL);
}

/** Returns labels in which one has another state. */
export function withState(labels: Labels, name: string, state: LabelState): Labels {
  return { known: new Map(labels.known).set(name, state), others: labels.others };
}

/** Returns the listed labels only, as `by` does. */
export function keepLabels(labels: Labels, { labels: kept, isOpen }: LabelList): Labels {
  const known = kept.map(({ name }) => [name, labelState(labels, name)] as const);
  return { known: new Map(known), others: isOpen ? 'maybe' : 'never' };
}

/** Returns all labels but the listed ones, as `without` does. */
export function dropLabels(labels: Labels, { labels: dropped, isOpen }: LabelList): Labels {
  if (isOpen) return mayLose(labels);
  return dropped.reduce((rest, { name }) => withState(rest, name, NEVER), labels);
}

function mayLose(labels: Labels): Labels {
  const known = [...labels.known].map(
    ([name, state]) => [name, state.presence === 'always' ? { ...state, presence: 'maybe' as const } : state] as const,
  );
  return { known: new Map(known), others: labels.others };
}

/** Returns the labels of the series of two vectors together, as `or` does. */
export function unionLabels(a: Labels, b: Labels): Labels {
  const names = new Set([...a.known.keys(), ...b.known.keys()]);
  const known = [...names].map((name) => [name, unionState(labelState(a, name), labelState(b, name))] as const);
  return { known: new Map(known), others: a.others === 'never' && b.others === 'never' ? 'never' : 'maybe' };
}

function unionState(a: LabelState, b: LabelState): LabelState {
  const presence = a.presence === b.presence ? a.presence : 'maybe';
  if (presence === 'never') return NEVER;
  if (a.presence === 'never') return { ...b, presence };
  if (b.presence === 'never') return { ...a, presence };
  if (a.values === undefined || b.values === undefined) return { presence };
  return { presence, values: [...new Set([...a.values, ...b.values])] };
}

/** A label that makes it impossible for a series of one vector to equal a series of another one. */
export interface Contradiction {
  readonly label: string;
  readonly left: LabelState;
  readonly right: LabelState;
}

/** Returns a label, of those that are compared, in which no series of `a` can equal one of `b`. */
export function findContradiction(
  a: Labels,
  b: Labels,
  compares: (label: string) => boolean,
): Contradiction | undefined {
  for (const label of new Set([...a.known.keys(), ...b.known.keys()])) {
    if (!compares(label)) continue;
    const [left, right] = [labelState(a, label), labelState(b, label)];
    const isMissing =
      (left.presence === 'always' && right.presence === 'never') ||
      (left.presence === 'never' && right.presence === 'always');
    const isDisjoint =
      left.presence === 'always' &&
      right.presence === 'always' &&
      left.values?.every((value) => right.values?.includes(value) === false) === true;
    if (isMissing || isDisjoint) return { label, left, right };
  }
  return undefined;
}
