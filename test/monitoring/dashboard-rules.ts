import * as units from '@grafana/grafana-foundation-sdk/units';
import { children, type Expression, type Selector } from '../../src/promql/ast';
import { parseExpression } from '../../src/promql/parse';

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly query?: string;
  readonly multi?: boolean;
  readonly allValue?: string;
  readonly refresh?: number;
  readonly datasource?: { readonly uid: string };
}

interface Panel {
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string }[];
  readonly panels?: readonly Panel[];
}

/** The parts of a Grafana dashboard that the rules read. */
export interface Dashboard {
  readonly editable?: boolean;
  readonly templating: { readonly list: readonly Variable[] };
  readonly panels: readonly Panel[];
}

/** A selector and the expressions around it, the nearest first. */
interface FoundSelector {
  readonly selector: Selector;
  readonly parents: readonly Expression[];
}

/** Returns what violates the rule, one entry for each violation. */
type Rule = (dashboard: Dashboard, counters: ReadonlySet<string>) => string[];

const UNITS: ReadonlySet<string> = new Set(Object.values(units));

/**
 * The rules of Grafana's dashboard-linter that apply to dashboards over Prometheus, by the names that it gives them
 * (grafana/dashboard-linter, docs/index.md). Its rules of LogQL do not apply.
 */
export const RULES: Readonly<Record<string, Rule>> = {
  'template-datasource-rule': ({ templating }) =>
    templating.list.some(
      ({ type, name, label, query }) =>
        type === 'datasource' && name === 'datasource' && label === 'Data source' && query === 'prometheus',
    )
      ? []
      : ['there is no variable "datasource"'],
  'template-job-rule': (dashboard) => checkVariable(dashboard, 'job', 'Job'),
  'template-instance-rule': (dashboard) => checkVariable(dashboard, 'instance', 'Instance'),
  'template-label-promql-rule': ({ templating }) =>
    templating.list
      .filter(({ type }) => type === 'query')
      .flatMap(({ name, query = '' }) => {
        const selector = /^label_values\((.+), \w+\)$/.exec(query)?.[1];
        return selector !== undefined && isParsed(selector) ? [] : [`${name}: ${query}`];
      }),
  'template-on-time-change-reload-rule': ({ templating }) =>
    templating.list.filter(({ type, refresh }) => type === 'query' && refresh !== 2).map(({ name }) => name),
  'panel-datasource-rule': (dashboard) =>
    namePanels(panelsOf(dashboard).filter(({ datasource }) => datasource?.uid !== '$datasource')),
  'panel-title-description-rule': (dashboard) =>
    namePanels(panelsOf(dashboard).filter(({ title, description }) => !title || !description)),
  'panel-units-rule': (dashboard) =>
    namePanels(panelsOf(dashboard).filter(({ fieldConfig }) => !UNITS.has(fieldConfig?.defaults.unit ?? ''))),
  'panel-no-targets-rule': (dashboard) =>
    namePanels(panelsOf(dashboard).filter(({ targets = [] }) => targets.length === 0)),
  'target-promql-rule': (dashboard) => expressionsOf(dashboard).filter((text) => !isParsed(text)),
  'target-rate-interval-rule': (dashboard) =>
    selectorsOf(dashboard)
      .filter(({ parents: [range, call] }) => {
        if (range?.type !== 'range' || call?.type !== 'call' || !['rate', 'irate'].includes(call.name)) return false;
        return range.duration.variable !== '__rate_interval';
      })
      .map(nameSelector),
  'target-job-rule': (dashboard) => selectorsWithout(dashboard, 'job'),
  'target-instance-rule': (dashboard) => selectorsWithout(dashboard, 'instance'),
  // The linter goes by the suffix `_total`. The registry says which metrics are counters.
  'target-counter-agg-rule': (dashboard, counters) =>
    selectorsOf(dashboard)
      .filter(({ selector, parents: [range, call] }) => {
        if (!counters.has(selector.name ?? '')) return false;
        return !(range?.type === 'range' && call?.type === 'call' && /^(i?rate|increase)$/.test(call.name));
      })
      .map(nameSelector),
  'uneditable-dashboard': ({ editable }) => (editable === false ? [] : ['it is editable']),
};

function checkVariable({ templating }: Dashboard, name: string, title: string): string[] {
  const variable = templating.list.find((each) => each.name === name);
  if (variable === undefined) return [`there is no variable "${name}"`];
  const { type, label, multi, allValue, datasource } = variable;
  const isValid =
    type === 'query' && label === title && multi === true && allValue === '.+' && datasource?.uid === '$datasource';
  return isValid ? [] : [JSON.stringify(variable)];
}

function panelsOf({ panels }: Dashboard): Panel[] {
  return panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).filter(({ type }) => type !== 'row');
}

function namePanels(panels: readonly Panel[]): string[] {
  return panels.map(({ title = '' }) => title);
}

function expressionsOf(dashboard: Dashboard): string[] {
  return panelsOf(dashboard).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

function isParsed(text: string): boolean {
  try {
    parseExpression(text);
    return true;
  } catch {
    return false;
  }
}

function selectorsOf(dashboard: Dashboard): FoundSelector[] {
  return expressionsOf(dashboard)
    .filter(isParsed)
    .flatMap((text) => findSelectors(parseExpression(text), []));
}

function selectorsWithout(dashboard: Dashboard, variable: string): string[] {
  return selectorsOf(dashboard)
    .filter(
      ({ selector }) =>
        !selector.matchers.some(
          ({ label, operator, value }) => label === variable && operator === '=~' && value === `$${variable}`,
        ),
    )
    .map(nameSelector);
}

function nameSelector({ selector }: FoundSelector): string {
  return selector.name ?? '';
}

function findSelectors(expression: Expression, parents: readonly Expression[]): FoundSelector[] {
  return expression.type === 'selector'
    ? [{ selector: expression, parents }]
    : children(expression).flatMap((part) => findSelectors(part, [expression, ...parents]));
}
