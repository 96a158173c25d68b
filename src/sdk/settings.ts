import { type Issue, IssueError, invalidValue, unknownName } from '../issues';
import type { StartOptions } from './options';
import { EXPORTER_VARIABLES, SETTINGS, type Setting } from './settings-table';

/** The value of every setting, under the path of its option. */
export type Settings = {
  readonly [K in keyof typeof SETTINGS]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
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
const SECURITY_VARIABLES = ROWS.filter(([, { isSecurity }]) => isSecurity).flatMap(
  ([, { variables = [] }]) => variables,
);
const OWN_VARIABLES = VARIABLES.filter((name) => name.startsWith('METERBRIDGE_'));

/** Variables of OpenTelemetry that concern metrics. Those that are no setting are reported. */
const METRICS_VARIABLE = /^OTEL_(METRICS?_|EXPORTER_PROMETHEUS_|EXPORTER_OTLP_METRICS_|(EXPERIMENTAL_)?CONFIG_FILE$)/;

/**
 * Resolves options and environment: code wins over the environment, and the environment over the defaults. Invalid values
 * count as not given. Throws nothing.
 *
 * @param options what `start()` was given; `undefined` counts as not given
 * @param env the environment of the process; an empty variable counts as not set
 */
export function resolveSettings(options: StartOptions, env: NodeJS.ProcessEnv): ResolvedSettings {
  const issues = { option: [] as Issue[], variable: [] as Issue[], security: [] as Issue[] };
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
      const fromCode = readOption(path, row, options, issues[row.isSecurity ? 'security' : 'option']);
      const fromEnvironment = readVariables(row, env, issues[row.isSecurity ? 'security' : 'variable']);
      if (fromCode !== undefined && fromEnvironment !== undefined && row.combine !== undefined) {
        return [path, row.combine(fromCode, fromEnvironment)];
      }
      return [path, fromCode ?? fromEnvironment ?? defaultOf(row, env)];
    }),
  );
  return {
    settings: settings as Settings,
    optionIssues: issues.option,
    variableIssues: issues.variable,
    securityIssues: issues.security,
  };
}

/** Returns the value at a path such as `prometheus.port` in an object of options, or `undefined`. */
export function findOption(options: object, path: string): unknown {
  let value: unknown = options;
  // Inherited options count too.
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function readOption(path: string, { type }: Setting<unknown>, options: StartOptions, issues: Issue[]): unknown {
  const value = findOption(options, path);
  if (value === undefined) return undefined;
  return type.check(value, (received) => issues.push(invalidValue(path, received, type.expected)));
}

/** Returns the value of the first variable that is set, valid or not. */
function readVariables(
  { type, variables = [], isSecurity }: Setting<unknown>,
  env: NodeJS.ProcessEnv,
  issues: Issue[],
) {
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

function unknownOptions(options: StartOptions): Issue[] {
  if (typeof options !== 'object' || options === null) return [invalidValue('options', options, 'an object')];
  const paths = ROWS.map(([path]) => path as string);
  const issues: Issue[] = [];
  const walk = (given: object, prefix: string) => {
    const siblings = new Set(
      paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split('.')[0] ?? ''),
    );
    for (const [key, value] of Object.entries(given)) {
      const path = `${prefix}${key}`;
      const isGroup = paths.some((other) => other.startsWith(`${path}.`));
      if (!siblings.has(key)) {
        if (value !== undefined)
          issues.push(
            unknownName(
              path,
              'an option',
              [...siblings].map((name) => prefix + name),
            ),
          );
      } else if (isGroup && typeof value === 'object' && value !== null) walk(value, `${path}.`);
      else if (isGroup && value !== undefined && !paths.includes(path)) {
        issues.push(invalidValue(path, value, 'an object of options'));
      }
    }
  };
  walk(options, '');
  return issues;
}

function unknownVariables(env: NodeJS.ProcessEnv): Issue[] {
  return Object.keys(env).flatMap((name) => {
    if (VARIABLES.includes(name) || env[name]?.trim() === '') return [];
    if (name.startsWith('METERBRIDGE_')) return [unknownName(name, 'a variable of meterbridge', OWN_VARIABLES)];
    return METRICS_VARIABLE.test(name) ? [unknownName(name, 'a variable that meterbridge supports', VARIABLES)] : [];
  });
}
