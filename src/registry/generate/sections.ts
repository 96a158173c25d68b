import type { RegistryMetric } from '../registry';

/** Groups metrics by the section of the document that defines them, in the order of the document. */
export function groupBySection(metrics: readonly RegistryMetric[]): Map<string, RegistryMetric[]> {
  const sections = new Map<string, RegistryMetric[]>();
  for (const metric of metrics) {
    const list = sections.get(metric.section) ?? [];
    list.push(metric);
    sections.set(metric.section, list);
  }
  return sections;
}
