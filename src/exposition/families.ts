import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { type Catalog, DEFINITION, type MetricDefinition, promType } from '../catalog/define';
import { DATA_POINT_TYPE, INSTRUMENT_TYPE, TEMPORALITY } from '../collection/enums';
import type { CollectedPoint } from '../collection/points';
import type { CollectedStream, Scope, SliceCollection } from '../collection/slices';
import { report } from '../diagnostics';
import { printable } from '../issues';
import { LabelWriter } from './encode/label-writer';
import { type EscapingScheme, escapeName } from './names/escape';
import { type NamedKind, type TranslationStrategy, translateName, unitInName } from './names/translate';

/** The points of one metric stream in a family, and what writes their labels. */
export interface FamilyPart {
  readonly stream: CollectedStream;
  readonly labels: LabelWriter;
  /** Whether a point belongs to the family. All do by default. */
  readonly accepts?: (attributes: Attributes) => boolean;
}

/** What a family is. The points of a histogram hold a `Histogram`, of a native one an `ExponentialHistogram`, else a number. */
export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'native' | 'info';

/** What is served under one name: one HELP, one TYPE, and all of its series together, though they may come from several metrics. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  /** The words of the unit that the name ends with, or an empty string. */
  readonly unit: string;
  /** The definition and the name of its catalog, if the metric is documented. */
  readonly documented?: { readonly catalog: string; readonly definition: MetricDefinition };
  readonly parts: readonly FamilyPart[];
  /** What was learned of the family while its points were read; kept from one collection to the next. */
  readonly history: { mayRepeat: boolean };
}

/** Why a family, or a metric that would have been a part of it, is not on a page. */
export type DropReason = 'conflict' | 'delta' | 'invalid';

/** The families of one collection, ordered by name. */
export interface FamilyPlan {
  readonly families: readonly Family[];
  /** How many metrics were left out, by reason. Each was reported. */
  readonly dropped: ReadonlyMap<DropReason, number>;
}

export interface FamilyOptions {
  /** How the names of undocumented metrics and attributes are translated. */
  readonly strategy: TranslationStrategy;
  /** How names are written that the strategy leaves outside the legacy set. */
  readonly escaping: EscapingScheme;
  /** Whether undocumented metrics carry `otel_scope_*` labels. */
  readonly scopeInfo: boolean;
  /** Whether `target_info` is served. */
  readonly targetInfo: boolean;
  /** Which resource attributes undocumented metrics carry as labels. */
  readonly isResourceLabel: (attribute: string) => boolean;
  /** A prefix of the names of undocumented metrics, without the underscore behind it. None by default. */
  readonly prefix?: string;
  /**
   * Catalogs whose metrics are documented although their instruments do not carry a definition, as under a
   * stock `MeterProvider`.
   */
  readonly catalogs?: readonly Catalog[];
}

type Documented = NonNullable<Family['documented']>;
type GrowingFamily = Omit<Family, 'parts'> & { readonly parts: FamilyPart[] };

/**
 * Plans families from the metadata of metric streams; no point is read.
 *
 * A documented metric keeps its name, its type and its labels. Any other is translated and carries scope labels
 * (OpenTelemetry specification, Prometheus compatibility, "OTLP Metric points to Prometheus"). Two metrics of one name are
 * one family if they agree; otherwise the documented or else the first one stays, and the other is reported and left out.
 *
 * Keeps its label writers, so that label texts last from one collection to the next.
 */
export class FamilyPlanner {
  private readonly documentedLabels: LabelWriter;
  private readonly targetLabels: LabelWriter;
  private readonly writers = new Map<string, LabelWriter>();
  private histories = new Map<string, Family['history']>();

  constructor(private readonly options: FamilyOptions) {
    const { strategy, escaping } = options;
    this.documentedLabels = new LabelWriter({ strategy: undefined, escaping });
    this.targetLabels = new LabelWriter({ strategy, escaping });
  }

  plan({ resource, streams }: Pick<SliceCollection, 'resource' | 'streams'>): FamilyPlan {
    const attributes = resource.attributes as Attributes;
    const definitions = new Definitions(streams, this.options.catalogs ?? []);
    const plan = new Plan(this.histories);
    const undocumented: CollectedStream[] = [];
    for (const stream of streams) {
      if (stream.size === 0) continue;
      const documented = definitions.of(stream);
      if (documented === undefined) undocumented.push(stream);
      else plan.add(documented.definition.name, stream, this.documentedLabels, documented);
    }
    for (const stream of undocumented) this.addUndocumented(plan, stream, attributes, definitions);
    if (this.options.targetInfo && Object.keys(attributes).length > 0) plan.addTarget(attributes, this.targetLabels);
    const families = plan.finish();
    this.histories = new Map(families.map(({ name, history }) => [name, history]));
    return { families, dropped: plan.dropped };
  }

  private addUndocumented(plan: Plan, stream: CollectedStream, resource: Attributes, definitions: Definitions): void {
    const name = this.translate(plan, stream);
    if (name === undefined) return;
    const owner = definitions.named(name);
    if (owner === undefined) plan.add(name, stream, this.writer(stream, resource));
    else if (!agrees(owner.definition, stream)) {
      plan.drop('conflict', `${name} is documented as a ${promType(owner.definition)}`, stream);
    } else {
      const accepts = (attributes: Attributes) => {
        const agree = hasLabels(attributes, owner.definition);
        if (!agree) plan.drop('conflict', `its labels are not those that are documented for ${name}`, stream);
        return agree;
      };
      plan.add(name, stream, this.documentedLabels, owner, accepts);
    }
  }

  private translate(plan: Plan, stream: CollectedStream): string | undefined {
    const { strategy, escaping, prefix = '' } = this.options;
    const { name: original, unit } = stream.descriptor;
    try {
      const name = prefix === '' ? original : `${prefix}_${original}`;
      const translated = translateName(name, unit ?? '', namedKind(stream), strategy);
      if (translated !== undefined) return escapeName(translated, escaping, 'metric');
      plan.drop('invalid', 'no character of its name is allowed in a Prometheus name', stream);
    } catch (error) {
      plan.drop('invalid', `its name or unit cannot be read (${printable(error)})`, stream);
    }
    return undefined;
  }

  private writer(stream: CollectedStream, resource: Attributes): LabelWriter {
    const { strategy, escaping, scopeInfo, isResourceLabel } = this.options;
    const type = familyType(stream);
    const reserved = type === 'histogram' || type === 'native' ? 'le' : '';
    const chosen = Object.entries(resource).filter(([key]) => isResourceLabel(key));
    const constant = { ...Object.fromEntries(chosen), ...(scopeInfo ? scopeLabels(stream.scope) : {}) };
    const key = JSON.stringify([Object.entries(constant), reserved]);
    let writer = this.writers.get(key);
    if (writer === undefined) {
      writer = new LabelWriter({ strategy, escaping, reserved, constant });
      this.writers.set(key, writer);
    }
    return writer;
  }
}

/** Which definition documents a metric. */
class Definitions {
  /** Definitions that instruments carry, by name. */
  private readonly carried = new Map<string, Documented>();
  /** Definitions of the catalogs that the exporter was given, by name. */
  private readonly given = new Map<string, Documented>();

  constructor(streams: readonly CollectedStream[], catalogs: readonly Catalog[]) {
    for (const { name: catalog, metrics } of catalogs) {
      for (const definition of Object.values(metrics)) this.given.set(definition.name, { catalog, definition });
    }
    for (const { descriptor, scope } of streams) {
      const definition = descriptor[DEFINITION];
      if (definition !== undefined) this.carried.set(definition.name, { catalog: scope.name, definition });
    }
  }

  /**
   * Returns what documents a stream: the definition that its instrument carries, or one of the same name from a catalog if
   * no instrument of that name carries one.
   */
  of(stream: CollectedStream): Documented | undefined {
    const { descriptor, scope } = stream;
    const definition = descriptor[DEFINITION];
    if (definition !== undefined) return { catalog: scope.name, definition };
    if (this.carried.has(descriptor.name)) return undefined;
    const given = this.given.get(descriptor.name);
    return given !== undefined && agrees(given.definition, stream) ? given : undefined;
  }

  /** Returns what documents a family of this name. */
  named(name: string): Documented | undefined {
    return this.carried.get(name) ?? this.given.get(name);
  }
}

/** The families of a page while they are gathered, so that each name is there once and none takes the sample names of another. */
class Plan {
  readonly dropped = new Map<DropReason, number>();
  private readonly byName = new Map<string, GrowingFamily>();
  private readonly counted = new Set<CollectedStream>();

  constructor(private readonly histories: ReadonlyMap<string, Family['history']>) {}

  add(
    name: string,
    stream: CollectedStream,
    labels: LabelWriter,
    documented?: Documented,
    accepts?: FamilyPart['accepts'],
  ): void {
    const { descriptor, aggregationTemporality, dataPointType } = stream;
    if (aggregationTemporality === TEMPORALITY.DELTA && dataPointType !== DATA_POINT_TYPE.GAUGE) {
      this.drop('delta', 'Prometheus takes cumulative data, not deltas', stream);
      return;
    }
    const type = familyType(stream);
    const help = String(documented?.definition.description ?? descriptor.description ?? '');
    const unit = unitInName(type === 'counter' ? name.replace(/_total$/, '') : name, String(descriptor.unit ?? ''));
    let family = this.byName.get(name);
    if (family === undefined) {
      const history = this.histories.get(name) ?? { mayRepeat: false };
      family = { name, help, type, unit, parts: [], history, ...(documented === undefined ? {} : { documented }) };
      this.byName.set(name, family);
    } else if (family.type !== type) {
      this.drop('conflict', `${name} is a ${family.type} already, this is a ${type}`, stream);
      return;
    } else if (family.help !== help || family.unit !== unit) {
      report(
        'conflict',
        `${name} comes from metrics that differ in description or unit; the first ones are served`,
        name,
      );
    }
    family.parts.push(accepts === undefined ? { stream, labels } : { stream, labels, accepts });
  }

  /** Adds `target_info`, whose labels are the resource attributes and no others; a metric of that name makes room for it. */
  addTarget(attributes: Attributes, labels: LabelWriter): void {
    const name = 'target_info';
    const other = this.byName.get(name);
    if (other?.documented !== undefined) return;
    for (const { stream } of other?.parts ?? []) {
      this.drop('conflict', 'target_info describes the resource and is served by the exporter itself', stream);
    }
    const parts = [{ stream: targetStream(name, attributes), labels }];
    this.byName.set(name, {
      name,
      help: 'Target metadata',
      type: 'info',
      unit: '',
      parts,
      history: { mayRepeat: false },
    });
  }

  drop(reason: DropReason, why: string, stream: CollectedStream): void {
    if (this.counted.has(stream)) return;
    this.counted.add(stream);
    this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + 1);
    const name = printable(stream.descriptor.name);
    report(reason === 'conflict' ? 'conflict' : 'collect', `metric ${name} is left out: ${why}`, `${name} ${reason}`);
  }

  /** Returns the families ordered by name, without those that have the name of another's samples. */
  finish(): Family[] {
    const owners = new Map<string, Family>();
    const kept: Family[] = [];
    for (const family of [...this.byName.values()].sort(byPriority)) {
      const names = sampleNames(family);
      const owner = names.map((name) => owners.get(name)).find((other) => other !== undefined);
      if (owner !== undefined) {
        const why = `${family.name} and ${owner.name} would have samples of the same name`;
        for (const { stream } of family.parts) this.drop('conflict', why, stream);
        continue;
      }
      for (const name of names) owners.set(name, family);
      kept.push(family);
    }
    return kept.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** Documented families first, then histograms, whose samples have several names. */
function byPriority(a: Family, b: Family): number {
  const rank = ({ documented, type }: Family) =>
    (documented === undefined ? 2 : 0) + (type === 'histogram' || type === 'native' ? 0 : 1);
  return rank(a) - rank(b);
}

/** The names of a family's samples in the text formats, and its own. */
function sampleNames({ name, type }: Family): string[] {
  const isHistogram = type === 'histogram' || type === 'native';
  return isHistogram ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

function familyType({ dataPointType, isMonotonic }: CollectedStream): FamilyType {
  switch (dataPointType) {
    case DATA_POINT_TYPE.SUM:
      return isMonotonic === true ? 'counter' : 'gauge';
    case DATA_POINT_TYPE.HISTOGRAM:
      return 'histogram';
    case DATA_POINT_TYPE.EXPONENTIAL_HISTOGRAM:
      return 'native';
    default:
      return 'gauge';
  }
}

/** What the translation of names needs to know: a sum that can go down is a gauge to Prometheus, but is never named a ratio. */
function namedKind(stream: CollectedStream): NamedKind {
  if (familyType(stream) === 'counter') return 'counter';
  return stream.dataPointType === DATA_POINT_TYPE.GAUGE ? 'gauge' : 'other';
}

/** Whether a stream has the type of a definition. A view may have chosen exponential buckets for a documented histogram. */
function agrees(definition: MetricDefinition, stream: CollectedStream): boolean {
  const type = familyType(stream);
  return promType(definition) === (type === 'native' ? 'histogram' : type);
}

/** Whether the attributes are the labels of a definition, or the mark of an overflow series. */
function hasLabels(attributes: Attributes, { labels = {} }: MetricDefinition): boolean {
  const keys = Object.keys(attributes);
  if (keys.length === 1 && keys[0] === 'otel.metric.overflow') return true;
  return keys.length === Object.keys(labels).length && keys.every((key) => Object.hasOwn(labels, key));
}

function scopeLabels({ name, version = '', schemaUrl = '' }: Scope): Record<string, string> {
  return { otel_scope_name: name, otel_scope_version: version, otel_scope_schema_url: schemaUrl };
}

const NO_TIME: HrTime = [0, 0];

function targetStream(name: string, attributes: Attributes): CollectedStream {
  const point: CollectedPoint<number> = { startTime: NO_TIME, endTime: NO_TIME, attributes, value: 1 };
  return {
    descriptor: { name, description: '', unit: '', type: INSTRUMENT_TYPE.GAUGE, valueType: ValueType.INT },
    aggregationTemporality: TEMPORALITY.CUMULATIVE,
    dataPointType: DATA_POINT_TYPE.GAUGE,
    scope: { name: '' },
    size: 1,
    slices: () => [[point]],
  };
}
