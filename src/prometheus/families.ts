import {
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import { isDocumented } from '../catalog/define';
import { report } from '../diagnostics';
import { LabelWriter } from './labels';
import { translateName } from './naming';

/** Points of a metric and what writes their labels. */
export interface FamilyPart {
  readonly points: readonly DataPoint<unknown>[];
  readonly labels: LabelWriter;
}

/**
 * What is served under one name: one HELP, one TYPE, and all of its series together, though they may come from several
 * metrics. The points of a histogram hold a `Histogram`, those of the other types a number.
 */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly parts: readonly FamilyPart[];
}

export interface FamilyOptions {
  /** Whether undocumented metrics carry `otel_scope_*` labels. */
  readonly scopeInfo: boolean;
  /** Whether `target_info` is served beside undocumented metrics. */
  readonly targetInfo: boolean;
}

/**
 * Turns collected metrics into families, ordered by name.
 *
 * A documented metric keeps its name, its type and its labels. Any other is translated and carries scope labels, and
 * `target_info` is served for those (OpenTelemetry compatibility specification, "OTLP Metric points to Prometheus").
 * Keeps one label writer for each scope, so that label texts last from one collection to the next.
 */
export class FamilyBuilder {
  private readonly documentedLabels = new LabelWriter(true);
  private readonly resourceLabels = new LabelWriter(false);
  private readonly scopeLabels = new Map<string, LabelWriter>();

  constructor(private readonly options: FamilyOptions) {}

  build({ resource, scopeMetrics }: ResourceMetrics): Family[] {
    const families = new Map<string, GrowingFamily>();
    let undocumented = false;
    for (const { scope, metrics } of scopeMetrics) {
      for (const metric of metrics) {
        const documented = isDocumented(metric.descriptor.name);
        undocumented ||= !documented;
        addMetric(families, metric, documented, documented ? this.documentedLabels : this.labelsOf(scope));
      }
    }
    if (undocumented && this.options.targetInfo) {
      const info = { startTime: NO_TIME, endTime: NO_TIME, attributes: resource.attributes, value: 1 };
      const parts = [{ points: [info], labels: this.resourceLabels }];
      families.set('target_info', { name: 'target_info', help: 'Target metadata', type: 'gauge', parts });
    }
    return [...families.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private labelsOf(scope: ScopeMetrics['scope']): LabelWriter {
    const { name, version = '', schemaUrl = '' } = scope;
    const key = JSON.stringify([name, version, schemaUrl]);
    let writer = this.scopeLabels.get(key);
    if (writer === undefined) {
      const labels: Record<string, string> = { otel_scope_name: name };
      if (version !== '') labels.otel_scope_version = version;
      if (schemaUrl !== '') labels.otel_scope_schema_url = schemaUrl;
      writer = new LabelWriter(false, this.options.scopeInfo ? labels : {});
      this.scopeLabels.set(key, writer);
    }
    return writer;
  }
}

type GrowingFamily = Family & { readonly parts: FamilyPart[] };

const NO_TIME: [number, number] = [0, 0];

function addMetric(
  families: Map<string, GrowingFamily>,
  metric: MetricData,
  documented: boolean,
  writer: LabelWriter,
): void {
  const type = familyType(metric);
  if (type === undefined) {
    report('collect', `${metric.descriptor.name}: an exponential histogram has no place in the text format; left out`);
    return;
  }
  const { name: original, unit, description } = metric.descriptor;
  const name = documented ? original : translateName(original, unit, type === 'histogram' ? 'other' : type);
  if (name === undefined) {
    report('collect', `metric ${JSON.stringify(original)} has no character that a Prometheus name can hold; left out`);
    return;
  }
  const family = families.get(name) ?? { name, help: description, type, parts: [] };
  families.set(name, family);
  if (family.type !== type) {
    report('conflict', `${name} is both a ${family.type} and a ${type}; the ${type} of ${original} is left out`);
    return;
  }
  family.parts.push({ points: metric.dataPoints as DataPoint<unknown>[], labels: writer });
}

function familyType(metric: MetricData): Family['type'] | undefined {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'counter' : 'gauge';
    case DataPointType.GAUGE:
      return 'gauge';
    case DataPointType.HISTOGRAM:
      return 'histogram';
    default:
      return undefined;
  }
}
