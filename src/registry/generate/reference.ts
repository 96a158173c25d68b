import type { Registry, RegistryLabel, RegistryMetric } from '../registry';
import { groupBySection } from './sections';

/**
 * Returns the reference page of a registry as Markdown: a table of metrics for each section of its document, then labels,
 * buckets, how gauges of several processes are merged, and the reasons for choices that the document leaves open.
 */
export function referencePage(registry: Registry): string {
  const sections = groupBySection(registry.metrics);
  const lines = [
    `# ${registry.name}`,
    '',
    '<!-- Generated from registry/metrics.yaml. Do not edit. Run "meterbridge generate". -->',
    '',
    registry.description,
    '',
    `${registry.metrics.length} metrics. Schema URL: \`${registry.schemaUrl}\`.`,
    '',
  ];
  for (const [section, metrics] of sections) {
    lines.push(`## ${section}`, '', '| metric | type | labels | description |', '|---|---|---|---|');
    lines.push(...metrics.map(metricRow), '');
  }
  lines.push(...labelTable(registry), ...bucketTable(registry), ...mergeTable(registry), ...reasons(registry));
  return `${lines.join('\n').trimEnd()}\n`;
}

function metricRow(metric: RegistryMetric): string {
  const type = metric.instrument === 'updowncounter' ? 'gauge' : metric.instrument;
  const labels = metric.labels.map(({ label }) => `\`${label}\``).join(', ') || '–';
  const meaning = metric.note === undefined ? metric.brief : `${metric.brief.replace(/\.$/, '')}. ${metric.note}`;
  return `| \`${metric.name}\` | ${type} | ${labels} | ${cell(meaning)} |`;
}

function labelTable(registry: Registry): string[] {
  const users = new Map<RegistryLabel, string[]>();
  for (const { name, labels } of registry.metrics) {
    for (const label of labels) users.set(label, [...(users.get(label) ?? []), name]);
  }
  if (users.size === 0) return [];
  const rows = [...users].map(
    ([label, metrics]) =>
      `| \`${label.label}\` | ${labelValues(label)} | ${cell(label.brief)} | ${metricList(metrics)} |`,
  );
  return ['## Labels', '', '| label | values | description | metrics |', '|---|---|---|---|', ...rows, ''];
}

function labelValues(label: RegistryLabel): string {
  const values = label.members.map(({ value }) => `\`${value}\``).join(', ');
  if (Array.isArray(label.values)) return values;
  if (values !== '') return `${values}, or any other`;
  const examples = label.examples.map((example) => `\`${example}\``).join(', ');
  return examples === '' ? 'any' : `any, for example ${examples}`;
}

function metricList(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `\`${name}\``);
  return names.length > 3 ? `${shown.join(', ')} and ${names.length - 3} more` : shown.join(', ');
}

function bucketTable(registry: Registry): string[] {
  const histograms = registry.metrics.filter(({ buckets }) => buckets !== undefined);
  if (histograms.length === 0) return [];
  const rows = histograms.map(({ name, buckets = [] }) => `| \`${name}\` | ${buckets.join(', ')} |`);
  return ['## Buckets', '', '| histogram | upper bounds, without `+Inf` |', '|---|---|', ...rows, ''];
}

/** How the gauges of several processes are merged. What other instruments record is added up. */
function mergeTable(registry: Registry): string[] {
  const byRule = new Map<string, string[]>();
  for (const { name, merge } of registry.metrics) {
    if (merge !== undefined) byRule.set(merge, [...(byRule.get(merge) ?? []), `\`${name}\``]);
  }
  if (byRule.size === 0) return [];
  const rows = [...byRule].map(([rule, names]) => `| \`${rule}\` | ${names.join(', ')} |`);
  return ['## Gauges of several processes', '', '| merged as | gauges |', '|---|---|', ...rows, ''];
}

function reasons(registry: Registry): string[] {
  const labels = new Map(
    registry.metrics
      .flatMap((metric) => metric.labels)
      .map((label) => [`label \`${label.label}\` (${label.brief})`, label.reason]),
  );
  const all = [...registry.metrics.map(({ name, reason }) => [`\`${name}\``, reason] as const), ...labels];
  const rows = all.filter(([, reason]) => reason !== undefined).map(([what, reason]) => `- ${what}: ${reason}`);
  return rows.length === 0 ? [] : ['## Choices and reasons', '', ...rows, ''];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
