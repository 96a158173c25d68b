import type { Registry, RegistryLabel, RegistryMetric } from '../registry';

/** A registry as a page for people: a table for each section of its document, then buckets and the reasons for choices. */
export function referencePage(registry: Registry): string {
  const sections = bySection(registry.metrics);
  const lines = [
    `# ${registry.name}`,
    '',
    '<!-- Generated from metrics.yaml. Do not edit. -->',
    '',
    registry.description,
    '',
    `${registry.metrics.length} families. Schema: \`${registry.schemaUrl}\`.`,
    '',
  ];
  for (const [section, metrics] of sections) {
    lines.push(`## ${section}`, '', '| metric | type | labels | meaning |', '|---|---|---|---|');
    lines.push(...metrics.map(metricRow), '');
  }
  lines.push(...labelTable(registry), ...bucketTable(registry), ...reasons(registry));
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Metrics by the part of the document that has them, in its order. */
export function bySection(metrics: readonly RegistryMetric[]): Map<string, RegistryMetric[]> {
  const sections = new Map<string, RegistryMetric[]>();
  for (const metric of metrics) {
    const list = sections.get(metric.section) ?? [];
    list.push(metric);
    sections.set(metric.section, list);
  }
  return sections;
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
    ([label, metrics]) => `| \`${label.label}\` | ${valuesOf(label)} | ${cell(label.brief)} | ${metricList(metrics)} |`,
  );
  return ['## Labels', '', '| label | values | meaning | used by |', '|---|---|---|---|', ...rows, ''];
}

function valuesOf(label: RegistryLabel): string {
  const values = label.members.map(({ value }) => `\`${value}\``).join(', ');
  if (Array.isArray(label.values)) return values;
  if (values !== '') return `${values}, others`;
  const examples = label.examples.map((example) => `\`${example}\``).join(', ');
  return examples === '' ? 'any' : `any, such as ${examples}`;
}

function metricList(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `\`${name}\``);
  return names.length > 3 ? `${shown.join(', ')} and ${names.length - 3} more` : shown.join(', ');
}

function bucketTable(registry: Registry): string[] {
  const histograms = registry.metrics.filter(({ buckets }) => buckets !== undefined);
  if (histograms.length === 0) return [];
  const rows = histograms.map(({ name, buckets = [] }) => `| \`${name}\` | ${buckets.join(', ')} |`);
  return ['## Buckets', '', '| histogram | upper bounds, `+Inf` besides |', '|---|---|', ...rows, ''];
}

function reasons(registry: Registry): string[] {
  const labels = new Map(
    registry.metrics
      .flatMap((metric) => metric.labels)
      .map((label) => [`label \`${label.label}\` (${label.brief})`, label.why]),
  );
  const all = [...registry.metrics.map(({ name, why }) => [`\`${name}\``, why] as const), ...labels];
  const rows = all.filter(([, why]) => why !== undefined).map(([what, why]) => `- ${what}: ${why}`);
  return rows.length === 0 ? [] : ['## Choices, and why', '', ...rows, ''];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
