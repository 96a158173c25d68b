import type { Registry, RegistryLabel, RegistryMetric } from '../registry';
import { pascalCase } from '../registry';

/**
 * The TypeScript module that declares a registry's metrics: an object and a type for each list of label values, and the
 * catalog.
 *
 * @param importFrom the module that exports `defineCatalog`
 */
export function catalogModule(registry: Registry, importFrom: string): string {
  const prefix = commonPrefix(registry.metrics.map(({ name }) => name));
  const enums = new Map<string, RegistryLabel>();
  for (const label of registry.metrics.flatMap(({ labels }) => labels)) {
    if (label.enumName !== undefined) enums.set(label.enumName, label);
  }
  return [
    `// Generated from the registry ${registry.name}. Do not edit: change its metrics.yaml and generate again.`,
    `import { defineCatalog } from ${quote(importFrom)};`,
    '',
    ...[...enums].flatMap(([name, label]) => enumLines(name, label)),
    `/** ${registry.description} */`,
    'export const catalog = defineCatalog({',
    `  name: ${quote(registry.name)},`,
    `  version: ${quote(registry.version)},`,
    `  schemaUrl: ${quote(registry.schemaUrl)},`,
    '  metrics: {',
    ...registry.metrics.flatMap((metric) => metricLines(metric, prefix)),
    '  },',
    '});',
    '',
  ].join('\n');
}

function enumLines(name: string, label: RegistryLabel): string[] {
  const open = !Array.isArray(label.values);
  return [
    `/** ${label.brief}${open ? ' Other values are accepted too.' : ''} */`,
    `export const ${name} = {`,
    ...label.members.flatMap(({ id, value, brief }) => [
      ...(brief === '' ? [] : [`  /** ${brief} */`]),
      `  ${pascalCase(id)}: ${quote(value)},`,
    ]),
    '} as const;',
    `export type ${name} = (typeof ${name})[keyof typeof ${name}]${open ? ' | (string & {})' : ''};`,
    '',
  ];
}

function metricLines(metric: RegistryMetric, prefix: string): string[] {
  const key = camelCase(metric.name.slice(prefix.length));
  const labels = metric.labels.map(({ label, values }) => `${propertyName(label)}: ${literal(values)}`);
  return [
    `    /** \`${metric.name}\`: ${[metric.brief.replace(/\.$/, ''), metric.note].filter(Boolean).join('. ').replace(/\.$/, '')}. */`,
    `    ${key}: {`,
    `      name: ${quote(metric.name)},`,
    `      instrument: ${quote(metric.instrument)},`,
    `      description: ${quote(metric.brief)},`,
    `      unit: ${quote(metric.unit)},`,
    `      section: ${quote(metric.section)},`,
    ...(labels.length === 0 ? [] : [`      labels: { ${labels.join(', ')} },`]),
    ...(metric.buckets === undefined ? [] : [`      buckets: [${metric.buckets.join(', ')}],`]),
    ...(metric.initialize ? [] : ['      initialize: false,']),
    ...(metric.cardinalityLimit === undefined ? [] : [`      cardinalityLimit: ${metric.cardinalityLimit},`]),
    '    },',
  ];
}

/** The longest start, up to and with an underscore, that all names share; nothing for a single name. */
function commonPrefix(names: readonly string[]): string {
  const [first = ''] = names;
  if (names.length < 2) return '';
  for (let end = first.lastIndexOf('_'); end > 0; end = first.lastIndexOf('_', end - 1)) {
    const prefix = first.slice(0, end + 1);
    if (names.every((name) => name.startsWith(prefix))) return prefix;
  }
  return '';
}

export function camelCase(text: string): string {
  const pascal = pascalCase(text);
  return pascal.charAt(0).toLowerCase() + pascal.slice(1);
}

function propertyName(name: string): string {
  return /^[a-zA-Z_$][\w$]*$/.test(name) ? name : quote(name);
}

function literal(values: RegistryLabel['values']): string {
  if (values === 'string') return quote('string');
  if ('known' in values) return `{ known: [${values.known.map(quote).join(', ')}] }`;
  return `[${values.map(quote).join(', ')}]`;
}

function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
