import { isClosed } from '../../catalog/labels';
import type { Severity } from '../../promql/finding';
import type { RegistryLabel, RegistryMetric } from '../../registry/registry';
import { type Finding, parsePlace } from '../finding';

/** Returns what changes in the labels of a metric. */
export function findLabelChanges(before: RegistryMetric, after: RegistryMetric): Finding[] {
  const old = new Map(before.labels.map((label) => [label.label, label]));
  const current = new Map(after.labels.map((label) => [label.label, label]));
  const findings: Finding[] = [];
  const add = (code: string, severity: Severity, position: string, message: string, suggestion?: string) =>
    findings.push({
      code,
      severity,
      message: `${after.name}: ${message}`,
      ...parsePlace(position),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  const added = [...current.values()].filter(({ label }) => !old.has(label));
  for (const [name, label] of old) {
    const same = current.get(name);
    if (same !== undefined) {
      findValueChanges(label, same, (code, severity, message) => add(code, severity, same.position, message));
      continue;
    }
    const renamed = added.find(({ values }) => JSON.stringify(values) === JSON.stringify(label.values));
    const suggestion = renamed === undefined ? undefined : `${renamed.label} seems to replace it`;
    add('removed_label', 'error', after.position, `the label ${name} is removed`, suggestion);
  }
  for (const { label, position } of added) {
    add(
      'added_label',
      'warning',
      position,
      `the label ${label} is added; queries that do not aggregate return more series`,
    );
  }
  return findings;
}

function findValueChanges(
  { label, values: old }: RegistryLabel,
  { values }: RegistryLabel,
  add: (code: string, severity: Severity, message: string) => void,
): void {
  if (isClosed(old) && isClosed(values)) {
    const [gone, more] = [old.filter((each) => !values.includes(each)), values.filter((each) => !old.includes(each))];
    if (gone.length > 0) add('removed_value', 'error', `the label ${label} no longer has ${gone.join(', ')}`);
    if (more.length > 0) add('added_value', 'note', `the label ${label} can also have ${more.join(', ')}`);
  } else if (isClosed(old)) {
    add('opened_label', 'warning', `the label ${label} accepts any value; its series no longer exist from the start`);
  } else if (isClosed(values)) {
    add('closed_label', 'warning', `the label ${label} accepts listed values only: ${values.join(', ')}`);
  }
}
