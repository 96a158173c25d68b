import { isObject } from '../is-object';
import { type Issue, IssueError, invalidValue, printable } from '../issues';
import {
  type Catalog,
  GAUGE_MERGES,
  type GaugeMerge,
  HTTP_ROLES,
  type HttpRole,
  INSTRUMENT_KINDS,
  isAsynchronous,
  type MetricDefinition,
} from './definition';
import { isClosed, isLabelValues, type LabelSchema } from './labels';
import { sampleNames } from './sample-names';

/** Thrown by {@link defineCatalog}. Lists every problem of the catalog. */
export class CatalogError extends IssueError {
  override readonly name = 'CatalogError';
}

/**
 * Declares a set of metrics and returns it unchanged. The type of the result types the instruments: the compiler checks
 * label names and closed label values. Has no side effect.
 *
 * @throws CatalogError if a definition cannot be served. Its issues have the codes `invalid_value`, `duplicate` and
 *   `not_applicable`, and paths such as `shop.metrics.orders.buckets`
 * @example
 * const shop = defineCatalog({
 *   name: 'shop',
 *   metrics: {
 *     orders: {
 *       name: 'shop_orders_total',
 *       instrument: 'counter',
 *       description: 'Orders placed',
 *       labels: { result: ['paid', 'refused'], country: 'string' },
 *     },
 *   },
 * });
 */
export function defineCatalog<const M extends Record<string, MetricDefinition>>(catalog: Catalog<M>): Catalog<M> {
  const issues = findCatalogIssues(catalog);
  if (issues.length > 0) throw new CatalogError(issues);
  return catalog;
}

/** Returns every problem of a catalog; none if it can be served. Never throws. */
export function findCatalogIssues(catalog: Catalog): Issue[] {
  if (!isPlainObject(catalog)) return [invalidValue('catalog', catalog, 'an object with name and metrics')];
  const { name, version, schemaUrl, metrics } = catalog;
  const path = typeof name === 'string' && name !== '' ? name : 'catalog';
  const issues: Issue[] = [];
  if (path !== name) issues.push(invalidValue('catalog.name', name, 'a string that is not empty'));
  for (const [key, value] of Object.entries({ version, schemaUrl })) {
    if (value !== undefined && typeof value !== 'string')
      issues.push(invalidValue(`${path}.${key}`, value, 'a string'));
  }
  if (!isPlainObject(metrics))
    return [...issues, invalidValue(`${path}.metrics`, metrics, 'an object of metric definitions')];
  for (const [key, definition] of Object.entries(metrics)) {
    issues.push(...findDefinitionIssues(`${path}.metrics.${key}`, definition));
  }
  return [...issues, ...findNameConflicts(path, metrics), ...findRoleConflicts(path, metrics)];
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

function findDefinitionIssues(path: string, definition: MetricDefinition): Issue[] {
  if (!isPlainObject(definition)) return [invalidValue(path, definition, 'a metric definition')];
  const { name, instrument, description, unit, section, labels, buckets, initialize, cardinalityLimit } = definition;
  const issues: Issue[] = [];
  const check = (key: string, value: unknown, isValid: boolean, expected: string) => {
    if (!isValid) issues.push(invalidValue(`${path}.${key}`, value, expected));
  };
  const isOptionalString = (value: unknown) => value === undefined || typeof value === 'string';
  check('name', name, typeof name === 'string' && METRIC_NAME.test(name), `a name that matches ${METRIC_NAME.source}`);
  check('instrument', instrument, INSTRUMENT_KINDS.includes(instrument), `one of ${INSTRUMENT_KINDS.join(', ')}`);
  check('description', description, typeof description === 'string', 'a string');
  check('unit', unit, isOptionalString(unit), 'a string');
  check('section', section, isOptionalString(section), 'a string');
  check('initialize', initialize, initialize === undefined || typeof initialize === 'boolean', 'true or false');
  const isLimit = cardinalityLimit === undefined || (Number.isInteger(cardinalityLimit) && cardinalityLimit >= 1);
  check('cardinalityLimit', cardinalityLimit, isLimit, 'an integer of at least 1');
  if (definition.merge !== undefined) issues.push(...findMergeIssues(`${path}.merge`, definition.merge, instrument));
  if (definition.states !== undefined) issues.push(...findStateIssues(`${path}.states`, definition.states, instrument));
  if (definition.http !== undefined) issues.push(...findHttpIssues(`${path}.http`, definition.http, instrument));
  issues.push(...findAsynchronyIssues(path, definition));
  if (labels !== undefined) issues.push(...findLabelIssues(`${path}.labels`, labels, instrument === 'histogram'));
  if (buckets !== undefined) {
    if (instrument === 'histogram')
      check('buckets', buckets, isAscending(buckets), 'finite numbers in ascending order');
    else issues.push(notApplicable(`${path}.buckets`, `only a histogram has buckets, not a ${instrument}`));
  }
  return issues;
}

function findAsynchronyIssues(path: string, definition: MetricDefinition): Issue[] {
  const { instrument, asynchronous, collect, http } = definition;
  const issues: Issue[] = [];
  if (asynchronous !== undefined && (typeof asynchronous !== 'boolean' || (!asynchronous && collect !== undefined))) {
    issues.push(invalidValue(`${path}.asynchronous`, asynchronous, 'true or false, and not false with collect'));
  }
  if (collect !== undefined && typeof collect !== 'function') {
    issues.push(invalidValue(`${path}.collect`, collect, 'a function'));
  }
  if (!isAsynchronous(definition)) return issues;
  const key = collect === undefined ? 'asynchronous' : 'collect';
  if (instrument === 'histogram') issues.push(notApplicable(`${path}.${key}`, 'a histogram cannot be observed'));
  if (http !== undefined) issues.push(notApplicable(`${path}.http`, 'an asynchronous metric records no requests'));
  return issues;
}

function findMergeIssues(path: string, merge: GaugeMerge, instrument: string): Issue[] {
  if (!GAUGE_MERGES.includes(merge)) return [invalidValue(path, merge, `one of ${GAUGE_MERGES.join(', ')}`)];
  return instrument === 'gauge' ? [] : [notApplicable(path, `only a gauge has a merge rule, not a ${instrument}`)];
}

function findStateIssues(path: string, states: readonly string[], instrument: string): Issue[] {
  const isValid = Array.isArray(states) && states.length > 0 && states.every((state) => typeof state === 'string');
  if (!isValid) return [invalidValue(path, states, 'a list of the names of the values 0, 1, 2 and so on')];
  return instrument === 'gauge' ? [] : [notApplicable(path, `only a gauge has states, not a ${instrument}`)];
}

function findHttpIssues(path: string, role: HttpRole, instrument: string): Issue[] {
  if (!Object.hasOwn(HTTP_ROLES, role)) {
    return [invalidValue(path, role, `one of ${Object.keys(HTTP_ROLES).join(', ')}`)];
  }
  const needed = HTTP_ROLES[role];
  return instrument === needed ? [] : [notApplicable(path, `only a ${needed} records ${role}, not a ${instrument}`)];
}

function findLabelIssues(path: string, labels: LabelSchema, isHistogram: boolean): Issue[] {
  if (!isPlainObject(labels)) return [invalidValue(path, labels, 'an object of label names and values')];
  const issues: Issue[] = [];
  for (const [label, values] of Object.entries(labels)) {
    const labelPath = `${path}.${label}`;
    if (!LABEL_NAME.test(label)) {
      issues.push(invalidValue(`${path} name`, label, `a name that matches ${LABEL_NAME.source}`));
    }
    if (label === 'le' && isHistogram) issues.push(notApplicable(labelPath, 'a histogram reserves the label le'));
    if (!isLabelValues(values)) {
      issues.push(invalidValue(labelPath, values, "'string', a list of strings, or { known: a list of strings }"));
    } else if (isClosed(values)) {
      if (values.length === 0) issues.push(invalidValue(labelPath, values, 'at least one value'));
      const repeated = values.filter((value, i) => values.indexOf(value) < i);
      for (const value of new Set(repeated)) issues.push(duplicate(labelPath, `value ${printable(value)}`));
    }
  }
  return issues;
}

/** Two metrics of one catalog must not serve samples of the same name. */
function findNameConflicts(path: string, metrics: Catalog['metrics']): Issue[] {
  const owners = new Map<string, string>();
  const issues: Issue[] = [];
  for (const [key, definition] of Object.entries(metrics)) {
    if (!isPlainObject(definition)) continue;
    for (const name of sampleNames(definition.name, definition.instrument === 'histogram' ? 'histogram' : undefined)) {
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, key);
      else issues.push(duplicate(`${path}.metrics.${key}.name`, `sample name ${name}, which ${owner} serves too`));
    }
  }
  return issues;
}

/** A request is recorded in one metric of each role. */
function findRoleConflicts(path: string, metrics: Catalog['metrics']): Issue[] {
  const owners = new Map<HttpRole, string>();
  const issues: Issue[] = [];
  for (const [key, definition] of Object.entries(metrics)) {
    if (!isPlainObject(definition) || definition.http === undefined) continue;
    const owner = owners.get(definition.http);
    if (owner === undefined) owners.set(definition.http, key);
    else issues.push(duplicate(`${path}.metrics.${key}.http`, `role ${definition.http}, which ${owner} has too`));
  }
  return issues;
}

function isAscending(buckets: readonly number[]): boolean {
  if (!Array.isArray(buckets)) return false;
  return buckets.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (buckets[i - 1] as number)));
}

function isPlainObject(value: unknown): value is object {
  return isObject(value) && !Array.isArray(value);
}

function notApplicable(path: string, reason: string): Issue {
  return { code: 'not_applicable', path, message: `invalid ${path}: ${reason}` };
}

function duplicate(path: string, what: string): Issue {
  return { code: 'duplicate', path, message: `duplicate ${what} in ${path}` };
}
