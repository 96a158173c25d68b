import type { LabelValues } from '../catalog/labels';
import { findNearest } from '../issues';
import type { YamlMap } from '../yaml/yaml-map';
import { pascalCase } from './identifiers';
import { readExceptions } from './lint-exceptions';
import { readStability } from './read-stability';
import type { RegistryLabel, RegistryMember } from './registry';

const ATTRIBUTE_KEYS = ['key', 'type', 'brief', 'note', 'stability', 'examples', 'deprecated', 'annotations'];
const MEMBER_KEYS = ['id', 'value', 'brief', 'note', 'stability', 'deprecated', 'annotations'];
const REF_KEYS = [
  'ref',
  'requirement_level',
  'brief',
  'note',
  'stability',
  'examples',
  'deprecated',
  'annotations',
  'ref_group',
];
const ANNOTATIONS = ['label', 'enum', 'open', 'known', 'reason', 'lint'];
/** The types of attributes whose values are served as their text. */
const TEXT_TYPES = ['string', 'int', 'double'];

/** The attributes of a registry and of its dependencies, by key. */
export class AttributeTable {
  private readonly own = new Map<string, YamlMap>();
  private readonly labels = new Map<string, RegistryLabel>();
  private readonly enums = new Map<string, string>();

  /** @param upstream the attributes of the dependencies, by key; only those that are referenced are checked */
  constructor(private readonly upstream: ReadonlyMap<string, YamlMap>) {}

  /** Adds the attributes of a definition file. */
  addFile(root: YamlMap): void {
    for (const entry of root.list('attributes', ATTRIBUTE_KEYS)) {
      const key = entry.string('key');
      if (this.own.has(key)) entry.refuse('key', `attribute "${key}" is defined twice`, 'duplicate');
      else if (this.upstream.has(key)) {
        entry.refuse('key', `attribute "${key}" is defined in a dependency: use a ref to it`, 'duplicate');
      }
      readStability(entry);
      this.own.set(key, entry);
      const label = readLabel(entry, key, undefined, false);
      this.labels.set(key, label);
      this.refuseOtherEnum(entry, label);
    }
  }

  /** All labels that the files of the registry define, referenced or not. */
  ownLabels(): readonly RegistryLabel[] {
    return [...this.labels.values()];
  }

  /** Returns the labels that the list `attributes` of a metric refers to. */
  readReferences(metric: YamlMap): RegistryLabel[] {
    const labels: RegistryLabel[] = [];
    for (const ref of metric.list('attributes', REF_KEYS)) {
      const label = this.readReference(ref);
      if (label === undefined) continue;
      if (labels.some((other) => other.label === label.label)) {
        ref.refuse('ref', `the metric has the label "${label.label}" twice`, 'duplicate');
      } else labels.push(label);
    }
    return labels;
  }

  private readReference(ref: YamlMap): RegistryLabel | undefined {
    if (ref.has('ref_group')) {
      ref.refuse('ref_group', 'attribute groups are not supported: list a ref to each attribute', 'unsupported');
      return undefined;
    }
    const key = ref.string('ref');
    const entry = this.own.get(key) ?? this.upstream.get(key);
    if (entry === undefined) {
      if (key !== '') this.refuseUnknown(ref, key);
      return undefined;
    }
    const isOwn = this.own.has(key);
    const isRefined = ref.keys().some((name) => ['brief', 'examples', 'annotations'].includes(name));
    const label = isOwn && !isRefined ? this.labels.get(key) : readLabel(entry, key, ref, !isOwn);
    if (label !== undefined && label !== this.labels.get(key)) this.refuseOtherEnum(ref, label);
    return label;
  }

  private refuseUnknown(ref: YamlMap, key: string): void {
    const keys = [...this.own.keys(), ...this.upstream.keys()];
    const nearest = findNearest(key, keys);
    const expected = nearest ?? (this.own.size === 0 ? 'the file defines none' : [...this.own.keys()].join(', '));
    ref.invalid('ref', `the key of an attribute (${expected})`);
  }

  /** Adds an issue if two labels with different values would generate one type. */
  private refuseOtherEnum(entry: YamlMap, { enumName, values }: RegistryLabel): void {
    if (enumName === undefined) return;
    const key = entry.has('key') ? 'key' : 'ref';
    const described = JSON.stringify(values);
    if (!/^[A-Z][A-Za-z0-9_]*$/.test(enumName)) {
      const expected = 'an upper-case letter, then letters, digits and underscores';
      entry.refuse(key, `invalid enum "${enumName}": expected ${expected}`);
    } else if ((this.enums.get(enumName) ?? described) !== described) {
      entry.refuse(key, `enum "${enumName}" has other values elsewhere; set annotations.meterbridge.enum`, 'duplicate');
    }
    this.enums.set(enumName, described);
  }
}

/**
 * @param ref the reference that refines the attribute; its annotations take precedence
 * @param isUpstream whether the attribute belongs to a dependency. The semantic conventions define their enums as open, so
 *   its label is open unless an annotation says otherwise
 */
function readLabel(entry: YamlMap, key: string, ref: YamlMap | undefined, isUpstream: boolean): RegistryLabel {
  const refined = ref?.map('annotations')?.map('meterbridge', ANNOTATIONS);
  const defined = isUpstream ? undefined : entry.map('annotations')?.map('meterbridge', ANNOTATIONS);
  const annotation = (name: string) => (refined?.has(name) ? refined : defined);
  const label = annotation('label')?.optionalString('label') ?? key.replaceAll('.', '_');
  const place = ref ?? entry;
  const placeKey = ref === undefined ? 'type' : 'ref';
  const listed = readMembers(entry, place, placeKey);
  const known = annotation('known')?.strings('known') ?? [];
  const members = [...listed, ...known.map((value) => ({ key: pascalCase(value), value, brief: '' }))];
  const sameKey = findDuplicate(members.map((member) => member.key));
  if (sameKey !== undefined) place.refuse(placeKey, `two members become the constant "${sameKey}"`, 'duplicate');
  const sameValue = findDuplicate(members.map((member) => member.value));
  if (sameValue !== undefined) place.refuse(placeKey, `two members have the value "${sameValue}"`, 'duplicate');
  const isOpen = listed.length === 0 || (annotation('open')?.boolean('open') ?? isUpstream);
  return {
    key,
    label,
    brief: ref?.optionalString('brief') ?? entry.string('brief'),
    examples: ref?.has('examples') ? ref.texts('examples') : entry.texts('examples'),
    members,
    values: labelValues(members, isOpen),
    enumName:
      members.length === 0 ? undefined : (annotation('enum')?.optionalString('enum') ?? `${pascalCase(label)}Label`),
    reason: annotation('reason')?.optionalString('reason'),
    exceptions: [refined, defined].flatMap(readExceptions),
    position: entry.position(entry.has('key') ? 'key' : 'id'),
  };
}

function labelValues(members: readonly RegistryMember[], isOpen: boolean): LabelValues {
  const values = members.map(({ value }) => value);
  if (!isOpen) return values;
  return values.length === 0 ? 'string' : { known: values };
}

const BOOLEANS: readonly RegistryMember[] = [
  { key: 'True', value: 'true', brief: '' },
  { key: 'False', value: 'false', brief: '' },
];

function readMembers(entry: YamlMap, place: YamlMap, placeKey: string): readonly RegistryMember[] {
  const type = entry.get('type');
  if (typeof type === 'string' && TEXT_TYPES.includes(type)) return [];
  if (type === 'boolean') return BOOLEANS;
  if (typeof type === 'string') {
    const expected = `one of ${[...TEXT_TYPES, 'boolean'].join(', ')}, or members with at least one entry`;
    place.refuse(placeKey, `invalid type "${type}" of an attribute that is a label: expected ${expected}`);
    return [];
  }
  const map = entry.has('type') ? entry.map('type', ['members', 'allow_custom_values']) : undefined;
  const members = map?.list('members', MEMBER_KEYS) ?? [];
  if (members.length === 0) {
    entry.invalid('type', `one of ${[...TEXT_TYPES, 'boolean'].join(', ')}, or members with at least one entry`);
  }
  return members.map((member) => {
    if (member.has('stability')) readStability(member);
    const id = member.string('id');
    return {
      key: pascalCase(id),
      value: member.text('value') ?? id,
      brief: member.optionalString('brief') ?? '',
    };
  });
}

function findDuplicate(values: readonly string[]): string | undefined {
  return values.find((value, i) => values.indexOf(value) < i);
}
