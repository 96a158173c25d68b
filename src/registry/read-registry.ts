import { basename, join, resolve } from 'node:path';
import { findCatalogIssues } from '../catalog/define';
import { HTTP_ROLES, type HttpRole, type InstrumentKind } from '../catalog/definition';
import type { Issue } from '../issues';
import { YamlFile } from '../yaml/yaml-file';
import type { YamlMap } from '../yaml/yaml-map';
import { camelCase, pascalCase } from './identifiers';
import type { Registry, RegistryLabel, RegistryMember, RegistryMetric } from './registry';
import { metricDefinition } from './registry-catalog';
import { RegistryError } from './registry-error';

const MANIFEST_KEYS = ['schema_url', 'description', 'stability', 'dependencies'];
const FILE_KEYS = ['file_format', 'attributes', 'metrics'];
const ATTRIBUTE_KEYS = ['key', 'type', 'brief', 'note', 'stability', 'examples', 'deprecated', 'annotations'];
const MEMBER_KEYS = ['id', 'value', 'brief', 'note', 'stability', 'deprecated', 'annotations'];
const METRIC_KEYS = [
  'name',
  'instrument',
  'unit',
  'brief',
  'note',
  'stability',
  'attributes',
  'requirement_level',
  'entity_associations',
  'deprecated',
  'annotations',
];
const REF_KEYS = ['ref', 'requirement_level', 'brief', 'note', 'examples', 'annotations'];
const ATTRIBUTE_ANNOTATIONS = ['label', 'enum', 'open', 'known', 'reason'];
const METRIC_ANNOTATIONS = ['section', 'buckets', 'initialize', 'asynchronous', 'cardinality_limit', 'http', 'reason'];
const INSTRUMENTS: readonly InstrumentKind[] = ['counter', 'updowncounter', 'gauge', 'histogram'];
/** The stability levels of a Weaver registry. */
const STABILITIES = ['stable', 'development', 'alpha', 'beta', 'release_candidate', 'experimental'];

/**
 * Reads the registry of a system: `registry/manifest.yaml` and `registry/metrics.yaml` below its folder. Each metric is
 * checked as `defineCatalog` checks it, so that generated code does not throw.
 *
 * @throws RegistryError with all issues, each with file, line and column
 */
export function readRegistry(folder: string): Registry {
  const issues: Issue[] = [];
  const manifest = new YamlFile(join(folder, 'registry', 'manifest.yaml'), issues).root(MANIFEST_KEYS);
  const schemaUrl = manifest.string('schema_url');
  if (schemaUrl !== '' && !/^https?:\/\/[^/]+\/.+\/[^/]+$/.test(schemaUrl)) {
    manifest.invalid('schema_url', 'http[s]://host/path/version');
  }
  const description = manifest.string('description');
  const root = new YamlFile(join(folder, 'registry', 'metrics.yaml'), issues).root(FILE_KEYS);
  const metrics = readMetrics(root);
  if (issues.length === 0) refuseInvalidCatalog(root, 'metrics', metrics);
  if (issues.length > 0) throw new RegistryError(issues);
  const version = schemaUrl.slice(schemaUrl.lastIndexOf('/') + 1);
  return { name: basename(resolve(folder)), schemaUrl, version, description, metrics };
}

function readMetrics(root: YamlMap): RegistryMetric[] {
  if (root.string('file_format') !== 'definition/2' && root.has('file_format')) {
    root.invalid('file_format', 'definition/2');
  }
  const attributes = new Map<string, RegistryLabel>();
  const enums = new Map<string, string>();
  for (const entry of root.list('attributes', ATTRIBUTE_KEYS)) {
    const key = entry.string('key');
    if (attributes.has(key)) entry.refuse('key', `attribute "${key}" is defined twice`, 'duplicate');
    const label = readLabel(entry, key);
    attributes.set(key, label);
    refuseOtherEnum(entry, label, enums);
  }
  if (root.keys().length > 0 && !root.has('metrics')) root.invalid('metrics', 'a list of metrics');
  const entries = root.list('metrics', METRIC_KEYS);
  const prefix = commonPrefix(entries.map((entry) => String(entry.get('name') ?? '')));
  const metrics = new Map<string, RegistryMetric>();
  const keys = new Map<string, string>();
  for (const entry of entries) {
    const metric = readMetric(entry, attributes, prefix);
    if (metrics.has(metric.name)) entry.refuse('name', `metric "${metric.name}" is defined twice`, 'duplicate');
    else if (keys.has(metric.key)) {
      const other = keys.get(metric.key);
      entry.refuse(
        'name',
        `metrics "${metric.name}" and "${other}" both become the property "${metric.key}"`,
        'duplicate',
      );
    }
    metrics.set(metric.name, metric);
    keys.set(metric.key, metric.name);
    if (metric.name !== '') refuseInvalidCatalog(entry, 'name', [metric]);
  }
  return [...metrics.values()];
}

/** Adds an issue if two labels with different values would generate one type. */
function refuseOtherEnum(entry: YamlMap, { enumName, values }: RegistryLabel, enums: Map<string, string>): void {
  if (enumName === undefined) return;
  const described = JSON.stringify(values);
  if (!/^[A-Z][A-Za-z0-9_]*$/.test(enumName)) {
    entry.refuse(
      'key',
      `invalid enum "${enumName}": expected an upper-case letter, then letters, digits and underscores`,
    );
  } else if ((enums.get(enumName) ?? described) !== described) {
    entry.refuse('key', `enum "${enumName}" has other values elsewhere; set annotations.meterbridge.enum`, 'duplicate');
  }
  enums.set(enumName, described);
}

function readLabel(entry: YamlMap, key: string): RegistryLabel {
  readStability(entry);
  const annotations = entry.map('annotations', ['meterbridge'])?.map('meterbridge', ATTRIBUTE_ANNOTATIONS);
  const label = annotations?.optionalString('label') ?? key;
  const listed = readMembers(entry);
  const known = annotations?.strings('known') ?? [];
  const members = [...listed, ...known.map((value) => ({ key: pascalCase(value), value, brief: '' }))];
  const sameKey = findDuplicate(members.map((member) => member.key));
  if (sameKey !== undefined) entry.refuse('type', `two members become the constant "${sameKey}"`, 'duplicate');
  const sameValue = findDuplicate(members.map((member) => member.value));
  if (sameValue !== undefined) entry.refuse('type', `two members have the value "${sameValue}"`, 'duplicate');
  const isOpen = listed.length === 0 || annotations?.boolean('open') === true;
  const values = members.map(({ value }) => value);
  return {
    label,
    brief: entry.string('brief'),
    examples: entry.strings('examples'),
    members,
    values: isOpen ? (values.length === 0 ? 'string' : { known: values }) : values,
    enumName: members.length === 0 ? undefined : (annotations?.optionalString('enum') ?? `${pascalCase(label)}Label`),
    reason: annotations?.optionalString('reason'),
  };
}

function readMembers(entry: YamlMap): RegistryMember[] {
  if (entry.get('type') === 'string') return [];
  const members = entry.has('type') ? (entry.map('type', ['members'])?.list('members', MEMBER_KEYS) ?? []) : [];
  if (members.length === 0) entry.invalid('type', 'string, or members with at least one entry');
  return members.map((member) => {
    readStability(member);
    const key = pascalCase(member.string('id'));
    return { key, value: member.string('value'), brief: member.optionalString('brief') ?? '' };
  });
}

function readMetric(entry: YamlMap, attributes: ReadonlyMap<string, RegistryLabel>, prefix: string): RegistryMetric {
  readStability(entry);
  const labels: RegistryLabel[] = [];
  for (const ref of entry.list('attributes', REF_KEYS)) {
    const label = attributes.get(ref.string('ref'));
    if (label === undefined)
      ref.invalid('ref', `the key of an attribute (${[...attributes.keys()].join(', ') || 'the file defines none'})`);
    else if (labels.some((other) => other.label === label.label)) {
      ref.refuse('ref', `the metric has the label "${label.label}" twice`, 'duplicate');
    } else labels.push(label);
  }
  const name = entry.string('name');
  if (!entry.has('instrument')) entry.string('instrument');
  const annotations = entry.map('annotations', ['meterbridge'])?.map('meterbridge', METRIC_ANNOTATIONS);
  return {
    name,
    key: camelCase(name.slice(prefix.length)),
    instrument: entry.oneOf('instrument', INSTRUMENTS) ?? 'gauge',
    unit: entry.string('unit'),
    brief: entry.string('brief'),
    note: entry.optionalString('note')?.trim(),
    section: annotations?.optionalString('section') ?? 'Metrics',
    labels,
    buckets: annotations?.numbers('buckets'),
    initialize: annotations?.boolean('initialize') ?? true,
    asynchronous: annotations?.boolean('asynchronous') ?? false,
    cardinalityLimit: annotations?.number('cardinality_limit'),
    http: annotations?.has('http') ? annotations.oneOf('http', Object.keys(HTTP_ROLES) as HttpRole[]) : undefined,
    reason: annotations?.optionalString('reason'),
  };
}

function readStability(entry: YamlMap): void {
  if (entry.has('stability')) entry.oneOf('stability', STABILITIES);
  else entry.string('stability');
}

/** Adds every problem that `findCatalogIssues` finds about metrics to the place of a key. */
function refuseInvalidCatalog(entry: YamlMap, key: string, metrics: readonly RegistryMetric[]): void {
  const definitions = metrics.map((metric) => [metric.key, metricDefinition(metric)] as const);
  const catalog = { name: 'registry', metrics: Object.fromEntries(definitions) };
  for (const { code, message } of findCatalogIssues(catalog)) entry.refuse(key, message, code);
}

/** Returns the longest start, up to and with an underscore, that all names share; an empty string for a single name. */
function commonPrefix(names: readonly string[]): string {
  const [first = ''] = names;
  if (names.length < 2) return '';
  for (let end = first.lastIndexOf('_'); end > 0; end = first.lastIndexOf('_', end - 1)) {
    const prefix = first.slice(0, end + 1);
    if (names.every((name) => name.startsWith(prefix))) return prefix;
  }
  return '';
}

function findDuplicate(values: readonly string[]): string | undefined {
  return values.find((value, i) => values.indexOf(value) < i);
}
