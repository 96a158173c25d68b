import { isIdentifier } from '../identifiers';
import type { Registry, RegistryLabel, RegistryMetric } from '../registry';

/** The languages of catalogs: TypeScript, or JavaScript modules of either kind with types in JSDoc. */
export const LANGUAGES = ['ts', 'mjs', 'cjs'] as const;
export type Language = (typeof LANGUAGES)[number];

/**
 * Returns a module that declares the metrics of a registry: an object and a type for each list of label values, and the
 * catalog.
 *
 * @param importFrom the module that exports `defineCatalog`
 */
export function catalogModule(registry: Registry, importFrom: string, language: Language = 'ts'): string {
  const enums = new Map<string, RegistryLabel>();
  for (const label of registry.metrics.flatMap(({ labels }) => labels)) {
    if (label.enumName !== undefined) enums.set(label.enumName, label);
  }
  return [
    `// Generated from the registry ${registry.name}. Do not edit: change its metrics.yaml, then run "meterbridge generate".`,
    language === 'cjs'
      ? `const { defineCatalog } = require(${quote(importFrom)});`
      : `import { defineCatalog } from ${quote(importFrom)};`,
    '',
    ...[...enums].flatMap(([name, label]) => enumLines(name, label, language)),
    comment(registry.description),
    `${exported('catalog', language)} = defineCatalog({`,
    `  name: ${quote(registry.name)},`,
    `  version: ${quote(registry.version)},`,
    `  schemaUrl: ${quote(registry.schemaUrl)},`,
    '  metrics: {',
    ...registry.metrics.flatMap(metricLines),
    '  },',
    '});',
    '',
  ].join('\n');
}

function exported(name: string, language: Language): string {
  return language === 'cjs' ? `exports.${name}` : `export const ${name}`;
}

function enumLines(name: string, label: RegistryLabel, language: Language): string[] {
  const isOpen = !Array.isArray(label.values);
  const [open, close] = language === 'ts' ? ['{', '} as const;'] : ['/** @type {const} */ ({', '});'];
  const type = `(typeof ${name})[keyof typeof ${name}]${isOpen ? ' | (string & {})' : ''}`;
  const typeComment = comment(`A value of {@link ${name}}${isOpen ? ', or any other string' : ''}.`);
  return [
    comment(`${label.brief}${isOpen ? ' Other values are accepted too.' : ''}`),
    ...(language === 'cjs' ? [`const ${name} = ${open}`] : [`${exported(name, language)} = ${open}`]),
    ...label.members.flatMap(({ key, value, brief }) => [
      ...(brief === '' ? [] : [`  ${comment(brief)}`]),
      `  ${propertyName(key)}: ${quote(value)},`,
    ]),
    close,
    ...(language === 'cjs' ? [`exports.${name} = ${name};`] : []),
    '',
    ...(language === 'ts'
      ? [typeComment, `export type ${name} = ${type};`]
      : [`/** @typedef {${type}} ${name}Value */`]),
    '',
  ];
}

function metricLines(metric: RegistryMetric): string[] {
  const labels = metric.labels.map(({ label, values }) => `${propertyName(label)}: ${literal(values)}`);
  const sentences = [metric.brief, metric.note]
    .filter((text) => text !== undefined)
    .map((text) => text.replace(/\.$/, ''));
  return [
    `    ${comment(`\`${metric.name}\`: ${sentences.join('. ')}.`)}`,
    `    ${propertyName(metric.key)}: {`,
    `      name: ${quote(metric.name)},`,
    `      instrument: ${quote(metric.instrument)},`,
    `      description: ${quote(metric.brief)},`,
    `      unit: ${quote(metric.unit)},`,
    `      section: ${quote(metric.section)},`,
    ...(labels.length === 0 ? [] : [`      labels: { ${labels.join(', ')} },`]),
    ...(metric.buckets === undefined ? [] : [`      buckets: [${metric.buckets.join(', ')}],`]),
    ...(metric.initialize ? [] : ['      initialize: false,']),
    ...(metric.asynchronous ? ['      asynchronous: true,'] : []),
    ...(metric.cardinalityLimit === undefined ? [] : [`      cardinalityLimit: ${metric.cardinalityLimit},`]),
    ...(metric.merge === undefined ? [] : [`      merge: ${quote(metric.merge)},`]),
    ...(metric.states === undefined ? [] : [`      states: [${metric.states.map(quote).join(', ')}],`]),
    ...(metric.http === undefined ? [] : [`      http: ${quote(metric.http)},`]),
    '    },',
  ];
}

/** Returns a documentation comment of one line that the text cannot end. */
function comment(text: string): string {
  return `/** ${text.replaceAll('*/', '*\\/').replaceAll(/\s+/g, ' ').trim()} */`;
}

function propertyName(name: string): string {
  return isIdentifier(name) ? name : quote(name);
}

function literal(values: RegistryLabel['values']): string {
  if (values === 'string') return quote('string');
  if ('known' in values) return `{ known: [${values.known.map(quote).join(', ')}] }`;
  return `[${values.map(quote).join(', ')}]`;
}

function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
