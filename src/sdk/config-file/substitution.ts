import type { Document, Scalar } from 'yaml';
import { AGGREGATION_KEYS } from './views';

type Yaml = typeof import('yaml');

/** Mappings that can be written without a value, `console:`. Any other entry without a value counts as not given. */
const PRESENT_WITHOUT_VALUE: ReadonlySet<unknown> = new Set([
  'console',
  'otlp_http',
  'otlp_grpc',
  'prometheus/development',
  ...AGGREGATION_KEYS,
]);

/**
 * Replaces references to environment variables in the values of a document, never in keys, and then entries without a value
 * (OpenTelemetry specification, Configuration Data Model, "Environment variable substitution"). A value that is not quoted
 * gets its type after the replacement; a replacement never becomes a mapping or a sequence.
 */
export function substituteVariables(document: Document.Parsed, yaml: Yaml, env: NodeJS.ProcessEnv): void {
  yaml.visit(document, {
    Scalar: (position, node) => {
      if (position === 'key' || typeof node.value !== 'string' || !node.value.includes('$')) return;
      const text = replaceReferences(node.value, env);
      node.value = node.type === 'PLAIN' ? resolvePlain(text, yaml) : text;
    },
  });
  yaml.visit(document, {
    Pair: (_position, pair) => {
      if (!yaml.isScalar(pair.value) || pair.value.value !== null) return undefined;
      const key: unknown = yaml.isScalar(pair.key) ? pair.key.value : undefined;
      if (!PRESENT_WITHOUT_VALUE.has(key)) return yaml.visit.REMOVE;
      const empty = new yaml.YAMLMap();
      if (pair.value.range) empty.range = pair.value.range;
      pair.value = empty;
      return undefined;
    },
  });
}

function resolvePlain(text: string, yaml: Yaml): unknown {
  const { contents, errors } = yaml.parseDocument(text);
  if (contents === null) return null;
  return errors.length === 0 && yaml.isScalar(contents) ? (contents as Scalar).value : text;
}

/** `$$` is a dollar sign; `${NAME}`, `${env:NAME}` and `${NAME:-default}` are the value of a variable. */
function replaceReferences(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(
    /\$\$|\$\{(?:env:)?([a-zA-Z_]\w*)(?::-([^\n}]*))?\}/g,
    (reference, name: string | undefined, byDefault: string | undefined) =>
      reference === '$$' ? '$' : env[name ?? ''] || (byDefault ?? ''),
  );
}
