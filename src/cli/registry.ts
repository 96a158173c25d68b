import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isMap, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import type { InstrumentKind, LabelValues } from '../catalog';

/** One thing that is wrong with a registry, and where. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export class RegistryError extends Error {
  override readonly name = 'RegistryError';

  constructor(readonly findings: readonly Finding[]) {
    super(findings.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
  }
}

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
  const findings: Finding[] = [];
  const manifest = new YamlFile(join(folder, 'manifest.yaml'), findings);
  const head = manifest.root(MANIFEST_KEYS);
  const schemaUrl = head.string('schema_url');
  if (!/^https?:\/\/[^/]+\/.+\/[^/]+$/.test(schemaUrl)) {
    head.refuse('schema_url', `schema_url is http[s]://host/path/version, given ${JSON.stringify(schemaUrl)}`);
  }

  const file = new YamlFile(join(folder, 'metrics.yaml'), findings);
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

class YamlFile {
  readonly lines = new LineCounter();

  constructor(
    readonly path: string,
    readonly findings: Finding[],
  ) {}

  root(keys: readonly string[]): YamlMap {
    let source = '';
    try {
      source = readFileSync(this.path, 'utf8');
    } catch (error) {
      throw new RegistryError([{ file: this.path, line: 1, message: `cannot be read: ${(error as Error).message}` }]);
    }
    const document = parseDocument(source, { lineCounter: this.lines });
    if (document.errors.length > 0) {
      throw new RegistryError(
        document.errors.map((error) => ({
          file: this.path,
          line: this.lines.linePos(error.pos[0]).line,
          message: error.message.split('\n')[0] ?? error.message,
        })),
      );
    }
    return new YamlMap(this, document.contents, keys);
  }

  report(node: Node | null | undefined, message: string): void {
    const offset = node?.range?.[0] ?? 0;
    this.findings.push({ file: this.path, line: this.lines.linePos(offset).line, message });
  }
}

/** A mapping whose keys are known, read one by one; what does not fit becomes a finding with its line. */
class YamlMap {
  private readonly values = new Map<string, ParsedNode>();

  constructor(
    private readonly file: YamlFile,
    private readonly node: Node | null,
    keys: readonly string[],
  ) {
    if (!isMap<{ value: string } & ParsedNode, ParsedNode>(node)) {
      file.report(node, 'a mapping is expected here');
      return;
    }
    for (const { key, value } of node.items) {
      if (!keys.includes(key.value)) {
        file.report(key, `unknown key ${JSON.stringify(key.value)}; accepted: ${keys.join(', ')}`);
      }
      if (value !== null) this.values.set(key.value, value);
    }
  }

  get(key: string): unknown {
    return this.values.get(key)?.toJSON();
  }

  refuse(key: string, message: string): void {
    this.file.report(this.values.get(key) ?? this.node, message);
  }

  string(key: string): string {
    const value = this.get(key);
    if (typeof value === 'string') return value;
    this.refuse(key, value === undefined ? `${key} is missing` : `${key} is a string, given ${JSON.stringify(value)}`);
    return '';
  }

  optionalString(key: string): string | undefined {
    return this.values.has(key) ? this.string(key) : undefined;
  }

  boolean(key: string): boolean | undefined {
    return this.typed(key, 'boolean', (value) => typeof value === 'boolean');
  }

  number(key: string): number | undefined {
    return this.typed(key, 'number', (value) => typeof value === 'number');
  }

  numbers(key: string): number[] | undefined {
    return this.typed(key, 'list of numbers', (value) => isListOf(value, 'number'));
  }

  strings(key: string): string[] {
    return this.typed(key, 'list of strings', (value) => isListOf(value, 'string')) ?? [];
  }

  map(key: string, keys: readonly string[]): YamlMap | undefined {
    const value = this.values.get(key);
    return value === undefined ? undefined : new YamlMap(this.file, value, keys);
  }

  list(key: string, keys: readonly string[]): YamlMap[] {
    const value = this.values.get(key);
    if (value === undefined) return [];
    if (!isSeq<ParsedNode>(value)) {
      this.refuse(key, `${key} is a list`);
      return [];
    }
    return value.items.map((item) => new YamlMap(this.file, item, keys));
  }

  private typed<T>(key: string, type: string, fits: (value: unknown) => boolean): T | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (fits(value)) return value as T;
    this.refuse(key, `${key} is a ${type}, given ${JSON.stringify(value)}`);
    return undefined;
  }
}

function isListOf(value: unknown, type: 'string' | 'number'): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === type);
}
