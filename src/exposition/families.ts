import type { Attributes } from '@opentelemetry/api';
import {
  type DataPoint,
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { DEFINITION, type DefinitionCarrier, type MetricDefinition } from '../catalog/definition';
import { report } from '../diagnostics';
import { LabelWriter } from './encode/label-writer';
import { type EscapingScheme, escapeName } from './names/escape';
import { type NamedKind, type TranslationStrategy, translateName } from './names/translate';
import { unitInName } from './names/units';

/** Points of a metric and what writes their labels. */
export interface FamilyPart {
  readonly points: readonly DataPoint<unknown>[];
  readonly labels: LabelWriter;
}

/** What a family is. The points of a histogram hold a `Histogram`, of a native one an `ExponentialHistogram`, else a number. */
export type FamilyType = 'counter' | 'gauge' | 'histogram' | 'native' | 'info';

/**
 * What is served under one name: one HELP, one TYPE, and all of its series together, though they may come from several
 * metrics.
 */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  /** The words of the unit that the name ends with, or nothing. */
  readonly unit: string;
  readonly parts: readonly FamilyPart[];
  /** The definition of a documented family. */
  readonly definition?: MetricDefinition;
  /** The scope of its first metric, which is the name of the catalog of a documented family. */
  readonly scope?: string;
}

export interface FamilyOptions {
  /** How the names of undocumented metrics and attributes are translated. */
  readonly strategy: TranslationStrategy;
  /** How names are written that the strategy leaves outside the legacy set. */
  readonly escaping: EscapingScheme;
  /** Whether undocumented metrics carry `otel_scope_*` labels. */
  readonly scopeInfo: boolean;
  /** Whether `target_info` is served beside undocumented metrics. */
  readonly targetInfo: boolean;
  /** Which resource attributes undocumented metrics carry as labels. */
  readonly isResourceLabel: (attribute: string) => boolean;
}

/**
 * Turns collected metrics into families, ordered by name.
 *
 * A documented metric keeps its name, its type and its labels. Any other is translated and carries scope labels, and
 * `target_info` is served for those (OpenTelemetry compatibility specification, "OTLP Metric points to Prometheus").
 * Keeps its label writers, so that label texts last from one collection to the next.
 */
export class FamilyBuilder {
  private readonly documented: LabelWriter;
  private readonly targetLabels: LabelWriter;
  private readonly writers = new Map<string, LabelWriter>();

  constructor(private readonly options: FamilyOptions) {
    const { strategy, escaping } = options;
    this.documented = new LabelWriter({ strategy: undefined, escaping });
    this.targetLabels = new LabelWriter({ strategy, escaping });
  }

  build({ resource, scopeMetrics }: ResourceMetrics): Family[] {
    const { targetInfo } = this.options;
    const families = new Families();
    let undocumented = false;
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) {
        const type = familyType(metric);
        const definition = (metric.descriptor as DefinitionCarrier)[DEFINITION];
        const documented = definition?.name === metric.descriptor.name;
        undocumented ||= !documented;
        const name = documented ? metric.descriptor.name : this.nameOf(metric, type);
        if (name === undefined) {
          const original = JSON.stringify(metric.descriptor.name);
          report('collect', `metric ${original} has no character that a Prometheus name can hold; left out`, original);
          continue;
        }
        const labels = documented ? this.documented : this.writerOf(scope, resource.attributes, type);
        families.add(name, type, metric, labels, documented ? { definition, scope: scope.name } : {});
      }
    }
    if (undocumented && targetInfo) families.addTarget(resource.attributes, this.targetLabels);
    return families.finish();
  }

  private nameOf({ descriptor }: MetricData, type: FamilyType): string | undefined {
    const { strategy, escaping } = this.options;
    const kind: NamedKind = type === 'counter' ? 'counter' : 'other';
    const name = translateName(descriptor.name, descriptor.unit, kind, strategy);
    return name === undefined ? undefined : escapeName(name, escaping, 'metric');
  }

  private writerOf(scope: ScopeMetrics['scope'], resource: Attributes, type: FamilyType): LabelWriter {
    const { strategy, escaping, scopeInfo } = this.options;
    const reserved = type === 'histogram' || type === 'native' ? 'le' : '';
    const key = JSON.stringify([scope.name, scope.version, scope.schemaUrl, reserved]);
    let writer = this.writers.get(key);
    if (writer === undefined) {
      const constant = { ...this.resourceLabels(resource), ...(scopeInfo ? scopeLabels(scope) : {}) };
      writer = new LabelWriter({ strategy, escaping, reserved, constant });
      this.writers.set(key, writer);
    }
    return writer;
  }

  private resourceLabels(resource: Attributes): Record<string, string> {
    const chosen = Object.keys(resource).filter(this.options.isResourceLabel);
    const attributes = Object.fromEntries(chosen.map((key) => [key, resource[key]]));
    return Object.fromEntries(this.targetLabels.pairs(attributes));
  }
}

const NO_TIME: [number, number] = [0, 0];

function scopeLabels({ name, version = '', schemaUrl = '' }: ScopeMetrics['scope']): Record<string, string> {
  const labels: Record<string, string> = { otel_scope_name: name };
  if (version !== '') labels.otel_scope_version = version;
  if (schemaUrl !== '') labels.otel_scope_schema_url = schemaUrl;
  return labels;
}

function familyType(metric: MetricData): FamilyType {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'counter' : 'gauge';
    case DataPointType.GAUGE:
      return 'gauge';
    case DataPointType.HISTOGRAM:
      return 'histogram';
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return 'native';
  }
}

interface GrowingFamily extends Family {
  readonly parts: FamilyPart[];
}

/** The families of a page, so that each name is there once and none takes the sample names of another. */
class Families {
  private readonly byName = new Map<string, GrowingFamily>();

  add(
    name: string,
    type: FamilyType,
    metric: MetricData,
    labels: LabelWriter,
    source: Pick<Family, 'definition' | 'scope'>,
  ): void {
    const { description, unit, name: original } = metric.descriptor;
    let family = this.byName.get(name);
    if (family === undefined) {
      family = { name, help: description, type, unit: unitInName(stem(name, type), unit), parts: [], ...source };
      this.byName.set(name, family);
    } else if (family.type !== type) {
      const left = `the ${type} of ${original} is left out`;
      report('conflict', `${name} is both a ${family.type} and a ${type}; ${left}`, name);
      return;
    }
    family.parts.push({ points: metric.dataPoints as DataPoint<unknown>[], labels });
  }

  addTarget(attributes: Attributes, labels: LabelWriter): void {
    const name = 'target_info';
    if (this.byName.has(name)) return;
    const points = [{ startTime: NO_TIME, endTime: NO_TIME, attributes, value: 1 }];
    this.byName.set(name, { name, help: 'Target metadata', type: 'info', unit: '', parts: [{ points, labels }] });
  }

  /** The families by name, without samples that Prometheus would take for one series. */
  finish(): Family[] {
    for (const { name, type } of this.byName.values()) {
      if (type !== 'histogram' && type !== 'native') continue;
      for (const suffix of ['_bucket', '_sum', '_count']) {
        if (!this.byName.delete(name + suffix)) continue;
        report(
          'conflict',
          `${name}${suffix} is a family, and a sample of the histogram ${name}; the family is left out`,
          name,
        );
      }
    }
    const sorted = [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return sorted.map((family) => (canRepeat(family) ? withoutRepeats(family) : family));
  }
}

/** The name of a counter without the suffix that stands behind the unit. */
function stem(name: string, type: FamilyType): string {
  return type === 'counter' ? name.replace(/_total$/, '') : name;
}

/** Whether two series of a family can have the same labels, though their attributes differ. */
function canRepeat({ parts }: Family): boolean {
  return (
    parts.length > 1 || parts.some(({ points, labels }) => points.some(({ attributes }) => labels.mayJoin(attributes)))
  );
}

/** Series with the same labels become one: counts are added up, of gauges the last stays. */
function withoutRepeats(family: Family): Family {
  const series = new Map<string, { readonly part: number; readonly point: DataPoint<unknown> }>();
  family.parts.forEach(({ points, labels }, part) => {
    for (const point of points) {
      const text = labels.labels(point.attributes);
      const before = series.get(text);
      if (before === undefined) {
        series.set(text, { part, point });
        continue;
      }
      const value = combined(family.type, before.point.value, point.value);
      if (value === undefined) {
        report(
          'conflict',
          `${family.name}{${text}} comes from two histograms whose buckets differ; one is left out`,
          family.name,
        );
      } else {
        report(
          'conflict',
          `${family.name}{${text}} comes from two series with different attributes; served as one`,
          family.name,
        );
        series.set(text, { part: before.part, point: { ...before.point, value } });
      }
    }
  });
  const parts = family.parts.map(({ labels }) => ({ labels, points: [] as DataPoint<unknown>[] }));
  for (const { part, point } of series.values()) parts[part]?.points.push(point);
  return { ...family, parts };
}

function combined(type: FamilyType, before: unknown, later: unknown): unknown {
  switch (type) {
    case 'counter':
      return (before as number) + (later as number);
    case 'histogram':
      return combinedHistogram(before as Histogram, later as Histogram);
    case 'native':
      return undefined;
    default:
      return later;
  }
}

function combinedHistogram(before: Histogram, later: Histogram): Histogram | undefined {
  const { boundaries, counts } = before.buckets;
  const same = boundaries.length === later.buckets.boundaries.length;
  if (!same || boundaries.some((bound, i) => bound !== later.buckets.boundaries[i])) return undefined;
  const sum = before.sum === undefined || later.sum === undefined ? undefined : before.sum + later.sum;
  return {
    ...(sum === undefined ? {} : { sum }),
    count: before.count + later.count,
    buckets: { boundaries, counts: counts.map((count, i) => count + (later.buckets.counts[i] ?? 0)) },
  };
}
