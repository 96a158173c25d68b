import { findCatalogIssues } from '../catalog/define';
import { GAUGE_MERGES, type GaugeMerge, HTTP_ROLES, type HttpRole, INSTRUMENT_KINDS } from '../catalog/definition';
import type { Issue } from '../issues';
import type { YamlMap } from '../yaml/yaml-map';
import { readDefinitionFiles, readManifestFile, registryFolder, systemName } from './definition-files';
import { readDependencies } from './dependencies';
import { camelCase } from './identifiers';
import { readExceptions } from './lint-exceptions';
import { AttributeTable } from './read-attributes';
import { readStability } from './read-stability';
import type { Registry, RegistryMetric } from './registry';
import { metricDefinition } from './registry-catalog';
import { RegistryError } from './registry-error';

const MANIFEST_KEYS = ['schema_url', 'description', 'stability', 'dependencies'];
const FILE_KEYS = ['file_format', 'attributes', 'metrics'];
/** Keys of a definition file that do not concern metrics. */
const IGNORED_KEYS = ['events', 'event_refinements', 'spans', 'span_refinements', 'entities', 'entity_refinements'];
const UNSUPPORTED_KEYS: Readonly<Record<string, string>> = {
  imports: 'define the metrics in this registry',
  metric_refinements: 'define the metrics in this registry',
  attribute_groups: 'list the attributes of each metric',
};
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
const METRIC_ANNOTATIONS = [
  'section',
  'buckets',
  'initialize',
  'asynchronous',
  'cardinality_limit',
  'merge',
  'states',
  'aggregate',
  'http',
  'reason',
  'lint',
];
const AGGREGATES = ['max', 'min', 'avg'] as const;

/**
 * Reads the registry of a system: `manifest.yaml` and the definition files in `registry/` below its folder. Each metric is
 * checked as `defineCatalog` checks it, so that generated code does not throw.
 *
 * @param folder the folder of the system, or a folder that is a registry itself
 * @throws RegistryError with all issues, each with file, line and column
 */
export function readRegistry(folder: string): Registry {
  const issues: Issue[] = [];
  const registry = registryFolder(folder);
  const manifest = readManifestFile(registry, issues, MANIFEST_KEYS);
  const schemaUrl = manifest.string('schema_url');
  if (schemaUrl !== '' && !/^https?:\/\/[^/]+\/.+\/[^/]+$/.test(schemaUrl)) {
    manifest.invalid('schema_url', 'http[s]://host/path/version');
  }
  const description = manifest.string('description');
  const attributes = new AttributeTable(readDependencies(manifest, registry, issues));
  const roots = readDefinitionFiles(registry, issues, [
    ...FILE_KEYS,
    ...IGNORED_KEYS,
    ...Object.keys(UNSUPPORTED_KEYS),
  ]);
  for (const root of roots) {
    checkFile(root);
    attributes.addFile(root);
  }
  const metrics = readMetrics(roots, attributes);
  const [first] = roots;
  if (issues.length === 0 && first !== undefined) refuseInvalidCatalog(first, 'metrics', metrics);
  if (issues.length > 0) throw new RegistryError(issues);
  const version = schemaUrl.slice(schemaUrl.lastIndexOf('/') + 1);
  return { name: systemName(folder), schemaUrl, version, description, metrics, labels: attributes.ownLabels() };
}

function checkFile(root: YamlMap): void {
  if (root.string('file_format') !== 'definition/2' && root.has('file_format')) {
    root.invalid('file_format', 'definition/2');
  }
  for (const [key, advice] of Object.entries(UNSUPPORTED_KEYS)) {
    if (root.has(key)) root.refuse(key, `${key} are not supported: ${advice}`, 'unsupported');
  }
}

function readMetrics(roots: readonly YamlMap[], attributes: AttributeTable): RegistryMetric[] {
  const [first] = roots;
  if (first !== undefined && first.keys().length > 0 && !roots.some((root) => root.has('metrics'))) {
    first.invalid('metrics', 'a list of metrics');
  }
  const entries = roots.flatMap((root) => root.list('metrics', METRIC_KEYS));
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

function readMetric(entry: YamlMap, attributes: AttributeTable, prefix: string): RegistryMetric {
  readStability(entry);
  const labels = attributes.readReferences(entry);
  const name = entry.string('name');
  if (!entry.has('instrument')) entry.string('instrument');
  const annotations = entry.map('annotations')?.map('meterbridge', METRIC_ANNOTATIONS);
  return {
    name,
    key: camelCase(name.slice(prefix.length)),
    instrument: entry.oneOf('instrument', INSTRUMENT_KINDS) ?? 'gauge',
    unit: entry.string('unit'),
    brief: entry.string('brief'),
    note: entry.optionalString('note')?.trim(),
    section: annotations?.optionalString('section') ?? 'Metrics',
    labels,
    buckets: annotations?.numbers('buckets'),
    initialize: annotations?.boolean('initialize') ?? true,
    asynchronous: annotations?.boolean('asynchronous') ?? false,
    cardinalityLimit: annotations?.number('cardinality_limit'),
    merge: annotations?.has('merge') ? annotations.oneOf<GaugeMerge>('merge', GAUGE_MERGES) : undefined,
    states: annotations?.has('states') ? annotations.texts('states') : undefined,
    aggregate: annotations?.has('aggregate') ? annotations.oneOf('aggregate', AGGREGATES) : undefined,
    http: annotations?.has('http') ? annotations.oneOf('http', Object.keys(HTTP_ROLES) as HttpRole[]) : undefined,
    reason: annotations?.optionalString('reason'),
    renamedTo: entry.map('deprecated')?.optionalString('renamed_to'),
    exceptions: readExceptions(annotations),
    position: entry.position('name'),
  };
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
