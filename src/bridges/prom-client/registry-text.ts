import type { JsonLabels, JsonValue, MetricJson } from './metric-json';

/** What the text of a registry depends on besides its metrics. */
export interface TextOptions {
  readonly isOpenMetrics: boolean;
  readonly defaultLabels: JsonLabels;
}

/** Returns the lines of a metric, in the form and the order of prom-client. */
export function metricText(metric: MetricJson, options: TextOptions): string {
  const isCounter = options.isOpenMetrics && metric.type === 'counter';
  // In OpenMetrics a counter is named without the suffix that its samples have.
  const name = escapeText(isCounter ? metric.name.replace(/_total$/, '') : metric.name);
  const lines = [`# HELP ${name} ${escapeText(metric.help)}`, `# TYPE ${name} ${metric.type}`];
  for (const sample of metric.values ?? []) {
    lines.push(sampleText(sample, isCounter ? `${name}_total` : (sample.metricName ?? name), options));
  }
  return lines.join('\n');
}

function sampleText({ labels, value, exemplar }: JsonValue, name: string, options: TextOptions): string {
  const text = labelsText({ ...options.defaultLabels, ...labels }, labels);
  const line = `${name}${text === '' ? '' : `{${text}}`} ${valueText(value)}`;
  if (!options.isOpenMetrics || !exemplar) return line;
  const { labelSet, timestamp } = exemplar;
  return `${line} # {${labelsText(labelSet)}} ${valueText(exemplar.value)} ${timestamp}`;
}

/** Returns labels as text, those of `first` before others. */
function labelsText(labels: JsonLabels, first: JsonLabels = labels): string {
  return [...new Set([...Object.keys(first ?? {}), ...Object.keys(labels)])]
    .map((name) => `${name}="${escapeLabelValue(labels[name])}"`)
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
