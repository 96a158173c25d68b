import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { type Catalog, DEFINITION, type MetricDefinition, prometheusType } from '../catalog/definition';
import { isOverflow } from '../catalog/overflow';
import type { CollectedStream, Scope, SliceCollection } from '../collection/slices';
import { printable } from '../issues';
import { LabelWriter } from './encode/label-writer';
import { compositeType, type Documented, type Family, type FamilyPlan, familyType } from './families';
import { Plan } from './family-plan';
import { type EscapingScheme, escapeName } from './names/escape';
import { labelValueText } from './names/label-value';
import { type NamedKind, type TranslationStrategy, translateName } from './names/translate';

/** The label that the format itself sets on samples of a family. */
const RESERVED_LABELS = { histogram: 'le', summary: 'quantile', none: '' } as const;

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
  /** Labels of every series but that of `target_info`. A label of the series itself takes precedence. None by default. */
  readonly defaultLabels?: Readonly<Record<string, string>> | undefined;
  /** A prefix of the names of undocumented metrics, without the underscore behind it. None by default. */
  readonly prefix?: string;
  /**
   * Catalogs whose metrics are documented although their instruments do not carry a definition, as under a
   * stock `MeterProvider`.
   */
  readonly catalogs?: readonly Catalog[];
}

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
    const { strategy, escaping, defaultLabels = {} } = options;
    this.documentedLabels = new LabelWriter({ strategy: undefined, escaping, defaults: defaultLabels });
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
      plan.drop('conflict', `${name} is documented as a ${prometheusType(owner.definition)}`, stream);
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
      const translated = translateName(name, typeof unit === 'string' ? unit : '', namedKind(stream), strategy);
      if (translated !== undefined) return escapeName(translated, escaping, 'metric');
      plan.drop('invalid', 'no character of its name is allowed in a Prometheus name', stream);
    } catch (error) {
      plan.drop('invalid', `its name or unit cannot be read (${printable(error)})`, stream);
    }
    return undefined;
  }

  private writer(stream: CollectedStream, resource: Attributes): LabelWriter {
    const { strategy, escaping, scopeInfo, isResourceLabel, defaultLabels: defaults = {} } = this.options;
    const reserved = RESERVED_LABELS[compositeType({ type: familyType(stream) }) ?? 'none'];
    const chosen = Object.entries(resource).filter(([key]) => isResourceLabel(key));
    const texts = chosen.map(([key, value]) => [key, labelValueText(value as AttributeValue)]);
    const constant = {
      ...Object.fromEntries(texts),
      ...(scopeInfo ? scopeLabels(stream.scope) : {}),
    };
    const key = JSON.stringify([Object.entries(constant), reserved]);
    let writer = this.writers.get(key);
    if (writer === undefined) {
      writer = new LabelWriter({ strategy, escaping, reserved, constant, defaults });
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

/** Returns what the translation of names needs to know: only counters get a suffix of their kind. */
function namedKind(stream: CollectedStream): NamedKind {
  return familyType(stream) === 'counter' ? 'counter' : 'other';
}

/** Whether a stream has the type of a definition. A view may have chosen exponential buckets for a documented histogram. */
function agrees(definition: MetricDefinition, stream: CollectedStream): boolean {
  const type = familyType(stream);
  return prometheusType(definition) === (type === 'native' ? 'histogram' : type);
}

/** Whether the attributes are the labels of a definition, or the mark of an overflow series. */
function hasLabels(attributes: Attributes, { labels = {} }: MetricDefinition): boolean {
  if (isOverflow(attributes)) return true;
  const keys = Object.keys(attributes);
  return keys.length === Object.keys(labels).length && keys.every((key) => Object.hasOwn(labels, key));
}

function scopeLabels({ name, version = '', schemaUrl = '' }: Scope): Record<string, string> {
  return { otel_scope_name: name, otel_scope_version: version, otel_scope_schema_url: schemaUrl };
}
