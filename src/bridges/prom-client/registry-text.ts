import type { JsonLabels, JsonValue, MetricJson } from './metric-json';

/** What the text of a registry depends on besides its metrics. */
export interface TextOptions {
  readonly isOpenMetrics: boolean;
  readonly defaultLabels: JsonLabels;
}

/** Returns the lines of a metric, in the form and the order of prom-client. */
export function metricText(metric: MetricJson, { isOpenMetrics, defaultLabels }: TextOptions): string {
  const isCounter = isOpenMetrics && metric.type === 'counter';
  // In OpenMetrics a counter is named without the suffix that its samples have.
  const name = escapeText(isCounter ? metric.name.replace(/_total$/, '') : metric.name);
  const lines = [`# HELP ${name} ${escapeText(metric.help)}`, `# TYPE ${name} ${metric.type}`];
  for (const sample of metric.values ?? []) {
    const ordered =
      metric.type === 'histogram' ? bucketLabels(sample, defaultLabels) : ownLabels(sample, defaultLabels);
    lines.push(sampleText(sample, isCounter ? `${name}_total` : (sample.metricName ?? name), ordered, isOpenMetrics));
  }
  return lines.join('\n');
}

function ownLabels({ labels }: JsonValue, defaultLabels: JsonLabels): JsonLabels {
  return { ...labels, ...defaultLabels, ...labels };
}

/** prom-client writes the default labels of a histogram before those of the series. */
function bucketLabels({ labels }: JsonValue, defaultLabels: JsonLabels): JsonLabels {
  const { le, ...own } = labels ?? {};
  const added = Object.entries(defaultLabels).filter(([name]) => !Object.hasOwn(own, name));
  return { ...(le === undefined ? {} : { le }), ...Object.fromEntries(added), ...own };
}

function sampleText({ value, exemplar }: JsonValue, name: string, labels: JsonLabels, hasExemplars: boolean): string {
  const text = labelsText(labels);
  const line = `${name}${text === '' ? '' : `{${text}}`} ${valueText(value)}`;
  if (!hasExemplars || !exemplar) return line;
  return `${line} # {${labelsText(exemplar.labelSet)}} ${valueText(exemplar.value)} ${exemplar.timestamp}`;
}

function labelsText(labels: JsonLabels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabelValue(value)}"`)
    .join(',');
}

/** Returns a value as prom-client writes it. Readers of the text format ignore the case of `Nan`. */
function valueText(value: number): string {
  if (Number.isNaN(value)) return 'Nan';
  if (!Number.isFinite(value)) return value < 0 ? '-Inf' : '+Inf';
  return String(value);
}

function escapeLabelValue(value: unknown): string {
  return typeof value === 'string' ? escapeText(value).replace(/"/g, '\\"') : String(value);
}

function escapeText(text: unknown): string {
  return String(text).replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}
