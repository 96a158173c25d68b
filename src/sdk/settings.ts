import { isObject } from '../is-object';
import { type Issue, IssueError, invalidValue, unknownName } from '../issues';
import type { OtlpConnection } from '../otlp/otlp-exporter';
import { AGGREGATOR_VARIABLE } from '../processes/aggregator-address';
import type { FileSettings } from './config-file/file-settings';
import { EXPORTER_VARIABLES } from './exporter-variables';
import type { StartOptions } from './options';
import type { Setting } from './setting';
import { CONFIG_FILE_VARIABLE, SETTINGS } from './settings-table';

/** The value of every setting, under the path of its option. */
export type Settings = {
  readonly [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
} & {
  /** How the OTLP exporter connects, if a configuration file says it; otherwise its variables do. */
  readonly otlpConnection?: OtlpConnection | undefined;
};

/** Settings, and everything that is wrong in where they come from. */
export interface ResolvedSettings {
  readonly settings: Settings;
  /** Invalid and unknown options. */
  readonly optionIssues: readonly Issue[];
  /** Invalid, unknown and unsupported variables. They count as not set. */
  readonly variableIssues: readonly Issue[];
  /** Invalid settings of both kinds that protect the endpoint, which must then reject every request. */
  readonly securityIssues: readonly Issue[];
}

/** Options of {@link start}, or settings that protect the endpoint, are invalid. `issues` lists all of them. */
export class ConfigurationError extends IssueError {
  override readonly name = 'ConfigurationError';
}

const ROWS = Object.entries(SETTINGS) as [keyof Settings, Setting<unknown>][];
const VARIABLES = [...ROWS.flatMap(([, { variables = [] }]) => variables), ...Object.keys(EXPORTER_VARIABLES)];
/** Variables that are set by another process of the program. */
const INTERNAL_VARIABLES: readonly string[] = [AGGREGATOR_VARIABLE];
const SECURITY_VARIABLES = ROWS.filter(([, { isSecurity }]) => isSecurity).flatMap(
  ([, { variables = [] }]) => variables,
);
const OWN_VARIABLES = VARIABLES.filter((name) => name.startsWith('METERBRIDGE_'));

/** Variables of OpenTelemetry that concern metrics. Those that are no setting are reported. */
const METRICS_VARIABLE = /^OTEL_(METRICS?_|EXPORTER_PROMETHEUS_|EXPORTER_OTLP_METRICS_|(EXPERIMENTAL_)?CONFIG_FILE$)/;

/** The variables that count next to a configuration file, which replaces those of OpenTelemetry. */
function ownVariables(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('METERBRIDGE_')));
}

/**
 * Reads the configuration file, if the options or the environment name one. Its reader is loaded only then.
 *
 * @param issues receives what is invalid or not supported in the file
 */
function readFile(options: StartOptions, env: NodeJS.ProcessEnv, issues: Issue[]): FileSettings | undefined {
  const given = findOption(options, ['configFile']);
  const path = typeof given === 'string' && given !== '' ? given : env[CONFIG_FILE_VARIABLE]?.trim();
  if (!path) return undefined;
  const { readConfigurationFile } = require('./config-file/config-file') as typeof import('./config-file/config-file');
  return readConfigurationFile(path, env, issues);
}

/**
 * Resolves options and environment: code wins over the environment, and the environment over the defaults. Invalid values
 * count as not given. Throws nothing.
 *
 * A configuration file replaces the variables of OpenTelemetry, except those that it refers to (OpenTelemetry specification,
 * Declarative configuration); code and the variables of meterbridge win over it.
 *
 * @param options what `start()` was given; `undefined` counts as not given
 * @param environment that of the process; an empty variable counts as not set
 */
export function resolveSettings(options: StartOptions, environment: NodeJS.ProcessEnv): ResolvedSettings {
  const issues = { option: [] as Issue[], variable: [] as Issue[], security: [] as Issue[] };
  const file = readFile(options, environment, issues.variable);
  const env = file === undefined ? environment : ownVariables(environment);
  issues.option.push(...unknownOptions(options));
  for (const issue of unknownVariables(env)) {
    const isNearSecurity = SECURITY_VARIABLES.includes(issue.expected ?? '');
    issues[isNearSecurity ? 'security' : 'variable'].push(issue);
  }
  for (const [name, { type }] of Object.entries(EXPORTER_VARIABLES)) {
    const value = env[name]?.trim();
    if (value) type.parse(value, (received) => issues.variable.push(invalidValue(name, received, type.expected)));
  }
  const settings = Object.fromEntries(
    ROWS.map(([path, row]) => {
      const given = findOption(options, path.split('.')) ?? findOption(options, row.alias ?? []);
      const fromCode = check(path, row, given, issues[row.isSecurity ? 'security' : 'option']);
      // The environment cannot weaken protection that code gives.
      const isDecided = row.isSecurity === true && given !== undefined;
      const fromVariables = isDecided ? undefined : read(row, env, issues[row.isSecurity ? 'security' : 'variable']);
      const fromEnvironment = fromVariables ?? file?.[path];
      if (fromCode !== undefined && fromEnvironment !== undefined && row.combine !== undefined) {
        return [path, row.combine(fromCode, fromEnvironment)];
      }
      return [path, fromCode ?? fromEnvironment ?? defaultOf(row, env)];
    }),
  );
  return {
    settings: { ...settings, otlpConnection: file?.otlpConnection } as Settings,
    optionIssues: issues.option,
    variableIssues: issues.variable,
    securityIssues: issues.security,
  };
}

/** Returns the value at a path of keys in an object of options, or `undefined`. Inherited options count too. */
export function findOption(options: object, keys: readonly string[]): unknown {
  let value: unknown = keys.length === 0 ? undefined : options;
  for (const key of keys) value = isObject(value) ? (value as Record<string, unknown>)[key] : undefined;
  return value;
}

function check(path: string, { type }: Setting<unknown>, value: unknown, issues: Issue[]): unknown {
  if (value === undefined) return undefined;
  return type.check(value, (received) => issues.push(invalidValue(path, received, type.expected)));
}

/** Returns the value of the first variable that is set, if it is valid. */
function read({ type, variables = [], isSecurity }: Setting<unknown>, env: NodeJS.ProcessEnv, issues: Issue[]) {
  for (const name of variables) {
    const value = env[name]?.trim();
    const refuse = (received: unknown) => void issues.push(invalidValue(name, received, type.expected));
    if (value) return type.parse(value, refuse);
    // A secret that was not injected must not open the endpoint.
    if (value === '' && isSecurity) refuse(value);
  }
  return undefined;
}

function defaultOf({ default: value }: Setting<unknown>, env: NodeJS.ProcessEnv): unknown {
  return typeof value === 'function' ? value(env) : value;
}

const PATHS: readonly string[] = ROWS.map(([path]) => path);

function unknownOptions(options: unknown, prefix = ''): Issue[] {
  if (!isObject(options)) return [invalidValue(prefix === '' ? 'options' : prefix.slice(0, -1), options, 'an object')];
  const accepted = new Set(
    PATHS.filter((path) => path.startsWith(prefix)).map((path) => prefix + path.slice(prefix.length).split('.')[0]),
  );
  return Object.entries(options).flatMap(([key, value]) => {
    const path = prefix + key;
    if (value === undefined) return [];
    if (!accepted.has(path)) return [unknownName(path, 'an option', [...accepted])];
    const isGroup = PATHS.some((other) => other.startsWith(`${path}.`));
    // The value of a group that is a setting too is checked as that.
    return isGroup && (isObject(value) || !PATHS.includes(path)) ? unknownOptions(value, `${path}.`) : [];
  });
}

function unknownVariables(env: NodeJS.ProcessEnv): Issue[] {
  return Object.keys(env).flatMap((name) => {
    if (VARIABLES.includes(name) || INTERNAL_VARIABLES.includes(name) || env[name]?.trim() === '') return [];
    if (name.startsWith('METERBRIDGE_')) return [unknownName(name, 'a variable of meterbridge', OWN_VARIABLES)];
    return METRICS_VARIABLE.test(name) ? [unknownName(name, 'a variable that meterbridge supports', VARIABLES)] : [];
  });
}
