import { basename, join } from 'node:path';
import type { InstrumentKind, LabelValues } from '../instruments';
import type { Issue } from '../issues';
import { YamlFile } from '../yaml/yaml-file';
import type { YamlMap } from '../yaml/yaml-map';
import { RegistryError } from './registry-error';

/** A value of a closed or open list. */
export interface RegistryMember {
  readonly id: string;
  readonly value: string;
  readonly brief: string;
}

export interface RegistryLabel {
  /** The label as it is served. */
  readonly label: string;
  readonly brief: string;
  readonly examples: readonly string[];
  readonly members: readonly RegistryMember[];
  readonly values: LabelValues;
  /** The name of the type and of the constants that hold the members, where there are any. */
  readonly enumName: string | undefined;
  readonly why: string | undefined;
}

export interface RegistryMetric {
  readonly name: string;
  readonly instrument: InstrumentKind;
  readonly unit: string;
  readonly brief: string;
  readonly note: string | undefined;
  readonly section: string;
  readonly labels: readonly RegistryLabel[];
  readonly buckets: readonly number[] | undefined;
  readonly zero: boolean;
  readonly limit: number | undefined;
  readonly why: string | undefined;
}

/** An OpenTelemetry Weaver registry (definition/2) of metrics. */
export interface Registry {
  /** The name of the registry's folder. */
  readonly name: string;
  readonly schemaUrl: string;
  readonly version: string;
  readonly description: string;
  readonly metrics: readonly RegistryMetric[];
}

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
const ATTRIBUTE_EXTRAS = ['label', 'enum', 'open', 'known', 'why'];
const METRIC_EXTRAS = ['section', 'buckets', 'zero', 'limit', 'why'];
const INSTRUMENTS = ['counter', 'updowncounter', 'gauge', 'histogram'];

/**
 * Reads a registry folder: `manifest.yaml` and `metrics.yaml`.
 *
 * @throws RegistryError with every fault found, each with its file and line
 */
export function readRegistry(folder: string): Registry {
  const findings: Issue[] = [];
  const manifest = new YamlFile(join(folder, 'registry', 'manifest.yaml'), findings);
  const head = manifest.root(MANIFEST_KEYS);
  const schemaUrl = head.string('schema_url');
  if (!/^https?:\/\/[^/]+\/.+\/[^/]+$/.test(schemaUrl)) {
    head.refuse('schema_url', `schema_url is http[s]://host/path/version, given ${JSON.stringify(schemaUrl)}`);
  }

  const file = new YamlFile(join(folder, 'registry', 'metrics.yaml'), findings);
  const root = file.root(FILE_KEYS);
  if (root.string('file_format') !== 'definition/2') root.refuse('file_format', 'file_format is definition/2');
  const attributes = new Map<string, RegistryLabel>();
  for (const entry of root.list('attributes', ATTRIBUTE_KEYS)) {
    const key = entry.string('key');
    if (attributes.has(key)) entry.refuse('key', `attribute ${key} is defined twice`);
    attributes.set(key, readLabel(entry, key));
  }
  const metrics: RegistryMetric[] = [];
  for (const entry of root.list('metrics', METRIC_KEYS)) {
    const metric = readMetric(entry, attributes);
    if (metrics.some(({ name }) => name === metric.name))
      entry.refuse('name', `metric ${metric.name} is defined twice`);
    metrics.push(metric);
  }
  if (findings.length > 0) throw new RegistryError(findings);
  return {
    name: basename(folder),
    schemaUrl,
    version: schemaUrl.slice(schemaUrl.lastIndexOf('/') + 1),
    description: head.string('description'),
    metrics,
  };
}

function readLabel(entry: YamlMap, key: string): RegistryLabel {
  entry.string('stability');
  const extras = entry.map('annotations', ['meterbridge'])?.map('meterbridge', ATTRIBUTE_EXTRAS);
  const label = extras?.optionalString('label') ?? key;
  const members = readMembers(entry);
  const known = extras?.strings('known') ?? [];
  const all = [...members, ...known.map((value) => ({ id: value, value, brief: '' }))];
  const open = members.length === 0 || extras?.boolean('open') === true;
  const values = all.map(({ value }) => value);
  return {
    label,
    brief: entry.string('brief'),
    examples: entry.strings('examples'),
    members: all,
    values: open ? (values.length === 0 ? 'string' : { known: values }) : values,
    enumName: all.length === 0 ? undefined : (extras?.optionalString('enum') ?? `${pascalCase(label)}Label`),
    why: extras?.optionalString('why'),
  };
}

function readMembers(entry: YamlMap): RegistryMember[] {
  const type = entry.get('type');
  if (type === 'string') return [];
  const members = entry.map('type', ['members'])?.list('members', MEMBER_KEYS) ?? [];
  if (members.length === 0) entry.refuse('type', 'a label is a string or has a list of members');
  return members.map((member) => {
    member.string('stability');
    return { id: member.string('id'), value: member.string('value'), brief: member.optionalString('brief') ?? '' };
  });
}

function readMetric(entry: YamlMap, attributes: ReadonlyMap<string, RegistryLabel>): RegistryMetric {
  entry.string('stability');
  const instrument = entry.string('instrument');
  if (!INSTRUMENTS.includes(instrument)) {
    entry.refuse('instrument', `instrument is one of ${INSTRUMENTS.join(', ')}, given ${JSON.stringify(instrument)}`);
  }
  const labels: RegistryLabel[] = [];
  for (const ref of entry.list('attributes', REF_KEYS)) {
    const label = attributes.get(ref.string('ref'));
    if (label === undefined) ref.refuse('ref', `no attribute has the key ${JSON.stringify(ref.get('ref'))}`);
    else labels.push(label);
  }
  const extras = entry.map('annotations', ['meterbridge'])?.map('meterbridge', METRIC_EXTRAS);
  return {
    name: entry.string('name'),
    instrument: instrument as InstrumentKind,
    unit: entry.string('unit'),
    brief: entry.string('brief'),
    note: entry.optionalString('note'),
    section: extras?.optionalString('section') ?? 'Metrics',
    labels,
    buckets: extras?.numbers('buckets'),
    zero: extras?.boolean('zero') ?? true,
    limit: extras?.number('limit'),
    why: extras?.optionalString('why'),
  };
}

/** `worker_start` and `worker-start` become `WorkerStart`. */
export function pascalCase(text: string): string {
  return text
    .split(/[^a-zA-Z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
