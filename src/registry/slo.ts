import type { Issue } from '../issues';
import { YamlFile } from '../yaml/yaml-file';
import type { YamlMap } from '../yaml/yaml-map';
import { pascalCase } from './identifiers';
import { RegistryError } from './registry-error';
import { RUNBOOK_KEYS, type RunbookEntry, readRunbookEntry } from './runbook';

/** The ranges over which error ratios are recorded. */
export const SLO_WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
type Window = (typeof SLO_WINDOWS)[number];

/** An alert on the rate at which the error budget is used up. */
export interface BurnAlert {
  readonly kind: 'page' | 'ticket';
  readonly severity: 'critical' | 'warning';
  /**
   * Conditions that fire the alert: the error ratio exceeds `factor` times the ratio that the objective allows, over the
   * long and the short window.
   */
  readonly conditions: readonly { readonly long: Window; readonly short: Window; readonly factor: number }[];
  readonly for: string;
}

/** Multi-window burn rates for 30 days (Google SRE Workbook, "Alerting on SLOs"; kubernetes-mixin uses the same). */
export const BURN_ALERTS: readonly BurnAlert[] = [
  {
    kind: 'page',
    severity: 'critical',
    conditions: [
      { long: '1h', short: '5m', factor: 14.4 },
      { long: '6h', short: '30m', factor: 6 },
    ],
    for: '2m',
  },
  {
    kind: 'ticket',
    severity: 'warning',
    conditions: [
      { long: '1d', short: '2h', factor: 3 },
      { long: '3d', short: '6h', factor: 1 },
    ],
    for: '1h',
  },
];

/** A service-level objective over 30 days. */
export interface Objective {
  readonly name: string;
  /** The statement that holds for a good event, such as `An event is stored within 100 ms`. */
  readonly description: string;
  /** The percentage of good events. */
  readonly objective: number;
  /** PromQL for bad events per second. `$window` is replaced by a range. */
  readonly errorQuery: string;
  /** PromQL for all events per second. */
  readonly totalQuery: string;
  readonly page: RunbookEntry;
  readonly ticket: RunbookEntry;
}

/** The objectives of a system. */
export interface Objectives {
  /** A note that every alert carries, such as how the objectives relate to a document. */
  readonly note: string | undefined;
  readonly slos: readonly Objective[];
}

/** Returns the name of an objective's alert. */
export function burnAlertName({ name }: Objective, { kind }: BurnAlert): string {
  return `${pascalCase(name)}BudgetBurn${pascalCase(kind)}`;
}

const KEYS = ['name', 'description', 'objective', 'error_query', 'total_query', 'page', 'ticket'];

/**
 * Reads a `slo.yaml`.
 *
 * @throws RegistryError with all issues, each with file, line and column
 */
export function readObjectives(file: string): Objectives {
  const issues: Issue[] = [];
  const root = new YamlFile(file, issues).root(['note', 'slos']);
  const note = root.optionalString('note');
  const slos = root.list('slos', KEYS).map(readObjective);
  if (issues.length > 0) throw new RegistryError(issues);
  return { note, slos };
}

function readObjective(entry: YamlMap): Objective {
  const name = entry.string('name');
  if (name !== '' && !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    entry.invalid('name', 'lower-case words of letters and digits, joined by hyphens');
  }
  const objective = entry.number('objective');
  if (objective === undefined || !(objective > 0 && objective < 100)) {
    entry.invalid('objective', 'a percentage between 0 and 100');
  }
  const query = (key: string): string => {
    const text = entry.string(key);
    if (text !== '' && !text.includes('$window')) entry.invalid(key, 'PromQL with a range [$window]');
    return text;
  };
  const runbook = (kind: BurnAlert['kind']): RunbookEntry => {
    if (!entry.has(kind)) entry.invalid(kind, `a mapping of ${RUNBOOK_KEYS.join(', ')}`);
    const map = entry.map(kind, RUNBOOK_KEYS);
    return map === undefined ? { nextQuery: '', causes: [], remedies: [] } : readRunbookEntry(map);
  };
  return {
    name,
    description: entry.string('description'),
    objective: objective ?? 0,
    errorQuery: query('error_query'),
    totalQuery: query('total_query'),
    page: runbook('page'),
    ticket: runbook('ticket'),
  };
}
