import type { Attributes } from '@opentelemetry/api';
import type { Issue } from '../../issues';
import { YamlFile } from '../../yaml/yaml-file';
import type { YamlMap } from '../../yaml/yaml-map';
import { parseResourceAttributes } from '../resource';
import type { FileSettings } from './file-settings';
import { readReaders } from './readers';
import { substituteVariables } from './substitution';
import { readViews } from './views';

const ROOT_KEYS = [
  'file_format',
  'disabled',
  'log_level',
  'attribute_limits',
  'resource',
  'meter_provider',
  'tracer_provider',
  'logger_provider',
  'propagator',
  'instrumentation/development',
  'distribution',
];

/**
 * Reads the metrics part of a declarative configuration file (OpenTelemetry specification, Declarative configuration;
 * schema 1.1 of opentelemetry-configuration). Parts for traces and logs are for other SDKs. What is invalid or not supported
 * is an issue with its place in the file, and is ignored.
 *
 * @param env gives the values of `${NAME}` in the file
 * @returns `undefined` if the file cannot be read
 */
export function readConfigurationFile(path: string, env: NodeJS.ProcessEnv, issues: Issue[]): FileSettings | undefined {
  const file = new YamlFile(path, issues, (document, yaml) => substituteVariables(document, yaml, env));
  const root = file.root(ROOT_KEYS);
  if (root.keys().length === 0) return undefined;
  const format = root.text('file_format');
  if (format === undefined || !/^1\.\d+/.test(format))
    root.invalid('file_format', 'a version 1 of the format, such as "1.1"');
  const settings: FileSettings = {};
  const meterProvider = root.map('meter_provider', [
    'readers',
    'views',
    'exemplar_filter',
    'meter_configurator/development',
  ]);
  // Without a meter provider, metrics are off. The limits of attributes exempt metrics (Common, Attribute limits).
  settings.metricsEnabled = root.boolean('disabled') !== true && meterProvider !== undefined;
  settings.logLevel = readLogLevel(root);
  settings.resource = readResource(root);
  if (meterProvider === undefined) return settings;
  const configurator = 'meter_configurator/development';
  if (meterProvider.has(configurator)) meterProvider.unsupported(configurator);
  settings.exemplarFilter = meterProvider.oneOf('exemplar_filter', ['always_on', 'always_off', 'trace_based']);
  settings.views = readViews(meterProvider);
  readReaders(meterProvider, settings);
  return settings;
}

const LEVELS = {
  trace: 'verbose',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
  fatal: 'error',
} as const;

/** Severities have four steps each, `info` to `info4`; the logger has one. */
function readLogLevel(root: YamlMap): FileSettings['logLevel'] {
  const names = Object.keys(LEVELS) as (keyof typeof LEVELS)[];
  const severity = root.oneOf(
    'log_level',
    names.flatMap((name) => [name, `${name}2`, `${name}3`, `${name}4`]),
  );
  const name = names.find((each) => severity?.startsWith(each));
  return name === undefined ? undefined : LEVELS[name];
}

function readResource(root: YamlMap): Attributes | undefined {
  const resource = root.map('resource', ['attributes', 'attributes_list', 'detection/development', 'schema_url']);
  if (resource === undefined) return undefined;
  for (const key of ['detection/development', 'schema_url']) if (resource.has(key)) resource.unsupported(key);
  const text = resource.optionalString('attributes_list');
  const listed = text === undefined ? {} : parseResourceAttributes(text);
  if (listed === undefined) resource.invalid('attributes_list', 'pairs key=value, separated by commas');
  const attributes = resource.list('attributes', ['name', 'value', 'type']).map((attribute) => {
    const name = attribute.string('name');
    const type = attribute.optionalString('type') ?? 'string';
    if (type.endsWith('_array')) attribute.unsupported('type');
    return [name, type === 'string' ? attribute.text('value') : attribute.get('value')] as const;
  });
  return { ...listed, ...Object.fromEntries(attributes.filter(([, value]) => value !== undefined)) } as Attributes;
}
