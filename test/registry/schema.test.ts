import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Issue } from '../../src/issues';
import { readRegistry } from '../../src/registry/read-registry';
import type { RegistryError } from '../../src/registry/registry-error';
import { ROOT } from '../servers/processes';

interface Schema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly $defs: Readonly<Record<string, { readonly properties: Readonly<Record<string, unknown>> }>>;
}

const readSchema = (name: string) =>
  JSON.parse(readFileSync(join(ROOT, 'semconv', `${name}.schema.json`), 'utf8')) as Schema;
const [registry, manifest] = [readSchema('registry'), readSchema('manifest')];
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
const [isRegistry, isManifest] = [ajv.compile(registry), ajv.compile(manifest)];

/** Returns the files of a registry that its schema refuses, with the first reason. */
function refused(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.ya?ml$/.test(file))
    .flatMap((file) => {
      const validate = file === 'manifest.yaml' ? isManifest : isRegistry;
      const content = parse(readFileSync(join(folder, file), 'utf8'), { logLevel: 'silent' });
      return validate(content) ? [] : [`${file}: ${ajv.errorsText(validate.errors)}`];
    });
}

const folders = mkdtempSync(join(tmpdir(), 'schema-'));
afterAll(() => rmSync(folders, { recursive: true }));

/** Returns the issues of a registry with the given content. */
function issuesOf(metrics: object, manifestContent: object = {}): readonly Issue[] {
  const folder = mkdtempSync(join(folders, 'registry-'));
  mkdirSync(join(folder, 'registry'));
  const base = { schema_url: 'https://example.com/schemas/x/1.0.0', description: 'X.' };
  writeFileSync(join(folder, 'registry/manifest.yaml'), stringify({ ...base, ...manifestContent }));
  writeFileSync(join(folder, 'registry/metrics.yaml'), stringify({ file_format: 'definition/2', ...metrics }));
  try {
    readRegistry(folder);
    return [];
  } catch (error) {
    return (error as RegistryError).issues;
  }
}

/** Returns the keys that the reader accepts, from the message about an unknown one. */
function acceptedKeys(issues: readonly Issue[]): string[] {
  const unknown = issues.find(({ code, received }) => code === 'unknown_key' && received === '"nonsense"');
  return unknown?.expected?.replace('one of ', '').split(', ').sort() ?? [];
}

const properties = (name: string) => Object.keys(registry.$defs[name]?.properties ?? {}).sort();
const withoutUnsupported = (keys: readonly string[]) =>
  keys.filter((key) => !['imports', 'metric_refinements', 'attribute_groups', 'ref_group'].includes(key));

describe('the JSON schemas of registries', () => {
  it.each([
    ...readdirSync(join(ROOT, 'semconv'))
      .filter((name) => !name.includes('.'))
      .map((name) => `semconv/${name}`),
    ...['shop', 'bakery'].map((name) => `test/registry/golden/${name}`),
  ])('accept the registry of %s', (folder) => {
    expect(refused(join(ROOT, folder, 'registry'))).toEqual([]);
  });

  it('refuse the faults that need no comparison of definitions', () => {
    const cases = join(__dirname, 'cases');
    const names = readdirSync(cases).filter(
      (name) => existsSync(join(cases, name, 'registry')) && refused(join(cases, name, 'registry')).length > 0,
    );
    expect(names).toEqual([
      'attribute-group-referenced',
      'attribute-type-unsupported',
      'buckets-not-numbers',
      'cardinality-limit-invalid',
      'dependency-without-a-folder',
      'enum-name-invalid',
      'file-format-unsupported',
      'http-role-unknown',
      'instrument-unknown',
      'manifest-and-metrics-both-invalid',
      'members-missing',
      'merge-rule-unknown',
      'metric-keys-missing',
      'metric-name-invalid',
      'schema-url-without-version',
      'stability-unknown',
      'unknown-key',
      'yaml-invalid',
    ]);
  });

  it('have the keys that the reader accepts', () => {
    const attribute = { key: 'a', type: 'string', brief: 'A.', stability: 'stable' };
    const metric = { name: 'm', instrument: 'gauge', unit: '1', brief: 'M.', stability: 'stable' };
    const accepted = (content: object) => withoutUnsupported(acceptedKeys(issuesOf(content)));
    const attributes = [attribute];
    const nonsense = { nonsense: 1 };
    expect(accepted({ metrics: [metric], ...nonsense })).toEqual(Object.keys(registry.properties).sort());
    expect(accepted({ metrics: [metric], attributes: [{ ...attribute, ...nonsense }] })).toEqual(
      properties('attribute'),
    );
    expect(accepted({ metrics: [{ ...metric, ...nonsense }] })).toEqual(properties('metric'));
    expect(accepted({ attributes, metrics: [{ ...metric, attributes: [{ ref: 'a', ...nonsense }] }] })).toEqual(
      properties('reference'),
    );
    const annotations = { meterbridge: nonsense };
    expect(accepted({ metrics: [{ ...metric, annotations }] })).toEqual(properties('metricAnnotation'));
    expect(accepted({ metrics: [metric], attributes: [{ ...attribute, annotations }] })).toEqual(
      properties('labelAnnotation'),
    );
    const type = { members: [{ id: 'x', ...nonsense }] };
    expect(accepted({ metrics: [metric], attributes: [{ ...attribute, type }] })).toEqual(properties('member'));
    expect(acceptedKeys(issuesOf({ metrics: [metric] }, nonsense))).toEqual(Object.keys(manifest.properties).sort());
  });
});
