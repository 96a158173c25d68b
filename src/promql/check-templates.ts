import type { Expression } from './ast';
import { infer } from './infer';
import { labelState } from './labels';
import type { LocatedText } from './query';
import { quote, type Scope } from './scope';

/** Reports a label at an offset of a template. */
export type ReportTemplate = (template: LocatedText, offset: number, message: string) => void;

/** `$labels.name` and `.Labels.name`, and the same with index. */
const ANNOTATION_LABEL = /(?:\$labels|\.Labels)\.(\w+)|index\s+(?:\$labels|\.Labels)\s+"([^"]+)"/g;
/** The labels of Grafana's legends: `{{name}}`. */
const LEGEND_LABEL = /\{\{\s*(\w+)\s*\}\}/g;

/** Reports the labels that the annotations of an alert use and that its expression does not return. */
export function checkAnnotations(
  templates: readonly LocatedText[],
  expression: Expression,
  scope: Scope,
  report: ReportTemplate,
): void {
  for (const template of templates) checkTemplate(template, ANNOTATION_LABEL, expression, scope, report);
}

/** Reports the labels that the legend of a panel uses and that its expression does not return. */
export function checkLegend(legend: LocatedText, expression: Expression, scope: Scope, report: ReportTemplate): void {
  checkTemplate(legend, LEGEND_LABEL, expression, scope, report);
}

function checkTemplate(
  template: LocatedText,
  pattern: RegExp,
  expression: Expression,
  scope: Scope,
  report: ReportTemplate,
): void {
  const uses = [...template.text.matchAll(pattern)];
  if (uses.length === 0) return;
  const silent: Scope = { ...scope, report: () => undefined };
  const branches = alternatives(expression).map((branch) => ({ branch, type: infer(branch, silent) }));
  for (const found of uses) {
    const label = found[1] ?? found[2] ?? '';
    if (label === '__name__' || isGuarded(template.text, label)) continue;
    const lacking = branches.filter(
      ({ type }) => type.type === 'vector' && labelState(type.labels, label).presence === 'never',
    );
    const [first] = lacking;
    if (first === undefined) continue;
    const subject =
      lacking.length === branches.length ? 'the expression' : `the alternative ${quote(scope, first.branch)}`;
    report(template, found.index, `${subject} returns no label ${label}, so the template prints nothing for it`);
  }
}

/** Returns whether a template prints something else without a label: `{{ if $labels.a }}`, `{{ or $labels.a "none" }}`. */
function isGuarded(text: string, label: string): boolean {
  return new RegExp(`\\{\\{-?\\s*(?:else\\s+)?(?:if|with|or)\\b[^}]*(?:\\$labels|\\.Labels)\\.${label}\\b`).test(text);
}

/** Returns the operands of `or`. */
function alternatives(expression: Expression): Expression[] {
  if (expression.type !== 'binary' || expression.operator !== 'or') return [expression];
  return [...alternatives(expression.left), ...alternatives(expression.right)];
}
