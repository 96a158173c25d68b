import type { Binary, Matching } from './ast';
import {
  type Contradiction,
  dropLabels,
  findContradiction,
  keepLabels,
  type Labels,
  labelNames,
  labelState,
  withState,
} from './labels';
import { quote, type Scope } from './scope';
import type { VectorType } from './vector';

/** Reports a matching in which no series of one side can have a counterpart on the other side. */
export function checkMatching(binary: Binary, left: VectorType, right: VectorType, scope: Scope): void {
  const { on, ignoring, isFilled, group, include } = binary.matching;
  for (const label of on?.labels ?? []) {
    const isUnknown = [left, right].every(({ labels }) => labelState(labels, label.name).presence === 'never');
    if (isUnknown) {
      scope.report(
        'unknown_label',
        label,
        `neither side has the label ${label.name}, so on(${label.name}) has no effect`,
        { severity: 'warning' },
      );
    }
  }
  const one = group === 'right' ? left : right;
  for (const label of include?.labels ?? []) {
    if (labelState(one.labels, label.name).presence !== 'never') continue;
    const side = quote(scope, group === 'right' ? binary.left : binary.right);
    scope.report('unknown_label', label, `${side} has no label ${label.name} that group_${group} could copy`, {
      severity: 'warning',
    });
  }
  if (isFilled || on?.isOpen === true || ignoring?.isOpen === true) return;
  const contradiction = findContradiction(left.labels, right.labels, comparesLabel(binary.matching));
  if (contradiction === undefined) return;
  const effect = binary.operator === 'unless' ? 'unless removes nothing' : 'the result is always empty';
  const isPlain = on === undefined && ignoring === undefined;
  scope.report(
    isPlain ? 'mismatched_labels' : 'never_matches',
    binary,
    `no series of the left side matches one of the right side, so ${effect}: ${describe(contradiction)}`,
    { suggestion: isPlain ? suggest(left.labels, right.labels, contradiction) : undefined },
  );
}

function comparesLabel({ on, ignoring }: Matching): (label: string) => boolean {
  const names = new Set((on ?? ignoring)?.labels.map(({ name }) => name));
  return on === undefined ? (label) => !names.has(label) : (label) => names.has(label);
}

function describe({ label, left, right }: Contradiction): string {
  if (right.presence === 'never') return `the left side has the label ${label}, the right side does not`;
  if (left.presence === 'never') return `the right side has the label ${label}, the left side does not`;
  return `${label} is ${left.values?.join(', ')} on the left side and ${right.values?.join(', ')} on the right side`;
}

function suggest(left: Labels, right: Labels, { label, left: state, right: other }: Contradiction): string {
  if (state.presence === other.presence) return `add ignoring(${label}), or aggregate both sides without ${label}`;
  const common = labelNames(left).filter((name) => labelState(right, name).presence === 'always');
  if (common.length === 0) return 'aggregate both sides to the same labels, such as sum(...) / sum(...)';
  return `aggregate both sides by the same labels, such as sum by (${common.join(', ')}) (...)`;
}

/** Returns the labels of the result of an arithmetic operation or a comparison (Prometheus documentation, Vector matching). */
export function matchedLabels({ on, ignoring, group, include }: Matching, left: Labels, right: Labels): Labels {
  if (group !== undefined) {
    const [many, one] = group === 'left' ? [left, right] : [right, left];
    if (include?.isOpen === true) return { ...many, others: 'maybe' };
    return (include?.labels ?? []).reduce((labels, { name }) => withState(labels, name, labelState(one, name)), many);
  }
  if (on !== undefined) return keepLabels(left, on);
  return ignoring === undefined ? left : dropLabels(left, ignoring);
}
