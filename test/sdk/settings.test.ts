import { describe, expect, it } from 'vitest';
import { EXPORTER_VARIABLES } from '../../src/sdk/exporter-variables';
import type { StartOptions } from '../../src/sdk/options';
import type { Setting } from '../../src/sdk/setting';
import { resolveSettings, type Settings } from '../../src/sdk/settings';
import { SETTINGS } from '../../src/sdk/settings-table';
import { hodei } from '../../src/systems/hodei';

const ROWS = Object.entries(SETTINGS) as [keyof typeof SETTINGS, Setting<unknown>][];

/** A value that no type of setting accepts. */
const INVALID = Symbol('invalid');

/** Text that the type of a setting refuses. Settings whose variable accepts every text have none. */
const INVALID_TEXTS: Partial<Record<keyof Settings, string>> = {
  resource: 'no-pair',
  'prometheus.pushgatewayUrl': 'no-url',
  systems: 'hodie',
  metricsEnabled: 'yes',
  exporters: 'promethius',
  exportIntervalMillis: '3000000000',
  exportTimeoutMillis: '-5',
  otlpProtocol: 'http/xml',
  otlpTemporality: 'daily',
  otlpHistogramAggregation: 'linear',
  exemplarFilter: 'sometimes',
  cardinalityLimit: '1',
  initializeToZero: '1',
  http: 'off',
  'http.source': 'patches',
  'http.semconv': 'yes',
  'http.ignore': 'healthz',
  processes: 'cluster',
  processSyncIntervalMillis: '1s',
  hostMetrics: 'no',
  runtimeMetrics: 'prometheus',
  shutdownOnExit: 'never',
  flushTimeoutMillis: '2s',
  logLevel: 'loud',
  'prometheus.port': '0x2000',
  'prometheus.path': 'metrics',
  'prometheus.server': '0',
  'prometheus.translationStrategy': 'Nonsense',
  'prometheus.scopeInfoEnabled': 'yes',
  'prometheus.targetInfoEnabled': 'yes',
  'prometheus.defaultLabels': 'le=1',
  'prometheus.createdSamples': 'yes',
  'prometheus.selfMetrics': 'yes',
  'prometheus.dashboard': 'yes',
  'prometheus.url': 'localhost:9090',
  'prometheus.traceUrl': 'javascript:alert("{trace_id}")',
  'prometheus.maxRequests': '0',
  'prometheus.portRetryMillis': '1.5',
  'prometheus.allowedHosts': 'http://metrics.local',
  'prometheus.bearerToken': 'two words',
};
const ANY_TEXT: readonly (keyof Settings)[] = [
  'configFile',
  'serviceName',
  'registry',
  'http.knownMethods',
  'prometheus.host',
  'prometheus.web',
];

function optionsWith(path: string, value: unknown): StartOptions {
  const [group = '', key] = path.split('.');
  return key === undefined ? { [group]: value } : { [group]: { [key]: value } };
}

function defaults(): Settings {
  return resolveSettings({}, {}).settings;
}

describe('the table of settings', () => {
  it('uses each variable once', () => {
    const names = [...ROWS.flatMap(([, { variables = [] }]) => variables), ...Object.keys(EXPORTER_VARIABLES)];
    expect(new Set(names).size).toBe(names.length);
  });

  it('has a test value for each variable', () => {
    const withVariable = ROWS.filter(([, { variables }]) => variables !== undefined).map(([path]) => path);
    expect([...Object.keys(INVALID_TEXTS), ...ANY_TEXT].sort()).toEqual(withVariable.sort());
  });
});

describe('resolveSettings', () => {
  it('resolves an empty environment and no options to defaults without issues', () => {
    const { settings, optionIssues, variableIssues, securityIssues } = resolveSettings({}, {});
    expect([...optionIssues, ...variableIssues, ...securityIssues]).toEqual([]);
    expect(settings).toMatchObject({
      exporters: ['prometheus'],
      exportIntervalMillis: 60_000,
      exportTimeoutMillis: 30_000,
      flushTimeoutMillis: 2000,
      metricsEnabled: true,
      'prometheus.host': 'localhost',
      'prometheus.dashboard': true,
    });
  });

  it.each(ROWS.map(([path]) => path))('reports an invalid option %s with its path and what is expected', (path) => {
    const { settings, optionIssues, securityIssues } = resolveSettings(optionsWith(path, INVALID), {});
    const { type, isSecurity } = SETTINGS[path] as Setting<unknown>;
    expect(isSecurity ? securityIssues : optionIssues).toEqual([
      expect.objectContaining({
        code: 'invalid_value',
        path,
        expected: type.expected,
        received: 'Symbol(invalid)',
        message: `invalid ${path} Symbol(invalid): expected ${type.expected}`,
      }),
    ]);
    expect(settings[path]).toEqual(defaults()[path]);
  });

  it.each(ROWS.map(([path]) => path))('accepts undefined for the option %s', (path) => {
    const { settings, optionIssues } = resolveSettings(optionsWith(path, undefined), {});
    expect(optionIssues).toEqual([]);
    expect(settings).toEqual(defaults());
  });

  const invalidVariables = ROWS.flatMap(([path, { variables = [], type, isSecurity }]) => {
    const text = INVALID_TEXTS[path];
    return text === undefined
      ? []
      : variables.map((name) => ({ name, text, path, expected: type.expected, isSecurity: isSecurity === true }));
  });
  it.each(invalidVariables)('reports $name=$text with the value as given, and takes the default', (row) => {
    const { settings, optionIssues, variableIssues, securityIssues } = resolveSettings({}, { [row.name]: row.text });
    expect(optionIssues).toEqual([]);
    expect(row.isSecurity ? securityIssues : variableIssues).toEqual([
      expect.objectContaining({
        path: row.name,
        received: JSON.stringify(row.text),
        message: `invalid ${row.name} ${JSON.stringify(row.text)}: expected ${row.expected}`,
      }),
    ]);
    expect(settings[row.path]).toEqual(defaults()[row.path]);
  });

  it.each(Object.keys(EXPORTER_VARIABLES).filter((name) => /ENDPOINT|TIMEOUT|COMPRESSION|INSECURE/.test(name)))(
    'reports an invalid %s, which the OTLP exporters read themselves',
    (name) => {
      const { variableIssues } = resolveSettings({}, { [name]: 'localhost 4318' });
      expect(variableIssues).toEqual([expect.objectContaining({ code: 'invalid_value', path: name })]);
    },
  );

  it('prefers code to the environment, and the environment to the default', () => {
    const env = { OTEL_METRIC_EXPORT_INTERVAL: '2000' };
    expect(resolveSettings({ exportIntervalMillis: 1000 }, env).settings.exportIntervalMillis).toBe(1000);
    expect(resolveSettings({}, env).settings.exportIntervalMillis).toBe(2000);
  });

  it('prefers the variable for metrics to the one for all signals', () => {
    const env = { OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    expect(resolveSettings({}, env).settings.otlpProtocol).toBe('http/json');
  });

  it('counts an empty variable as not set', () => {
    const { settings, variableIssues } = resolveSettings({}, { OTEL_METRICS_EXPORTER: '  ', OTEL_LOG_LEVEL: '' });
    expect([settings.exporters, variableIssues]).toEqual([['prometheus'], []]);
  });

  it('accepts names in any case', () => {
    const env = { OTEL_METRICS_EXPORTER: 'Prometheus,OTLP', OTEL_LOG_LEVEL: 'WARN', OTEL_SDK_DISABLED: 'TRUE' };
    const { settings, variableIssues } = resolveSettings({}, env);
    expect(variableIssues).toEqual([]);
    expect(settings).toMatchObject({ exporters: ['prometheus', 'otlp'], logLevel: 'warn', metricsEnabled: false });
  });

  it('keeps the known names of a list and reports each unknown one', () => {
    const { settings, variableIssues } = resolveSettings({}, { OTEL_METRICS_EXPORTER: 'prometheus,logging,zipkin' });
    expect(settings.exporters).toEqual(['prometheus']);
    expect(variableIssues.map(({ received }) => received)).toEqual(['"logging"', '"zipkin"']);
  });

  it('refuses the exporter none together with others, and uses the others', () => {
    const { settings, variableIssues } = resolveSettings({}, { OTEL_METRICS_EXPORTER: 'none,otlp' });
    expect(settings.exporters).toEqual(['otlp']);
    expect(variableIssues).toEqual([
      expect.objectContaining({ path: 'OTEL_METRICS_EXPORTER', received: '"none,otlp"' }),
    ]);
  });

  it('refuses text where code must give a list', () => {
    const { optionIssues } = resolveSettings({ exporters: 'otlp' as never, systems: 'hodei' as never }, {});
    expect(optionIssues.map(({ path, received }) => [path, received])).toEqual([
      ['systems', '"hodei"'],
      ['exporters', '"otlp"'],
    ]);
  });

  it.each(['OTEL_METRIC_EXPORT_TIMEOUT', 'METERBRIDGE_FLUSH_TIMEOUT'])('takes %s=0 for no limit', (name) => {
    const { settings, variableIssues } = resolveSettings({}, { [name]: '0' });
    expect(variableIssues).toEqual([]);
    expect(name.startsWith('OTEL') ? settings.exportTimeoutMillis : settings.flushTimeoutMillis).toBe(Infinity);
  });

  it.each(['0x2000', '1e4', 'abc', '70000', '-1', '94.64', ' '])('never reads the port %j as a number', (text) => {
    expect(resolveSettings({}, { OTEL_EXPORTER_PROMETHEUS_PORT: text }).settings['prometheus.port']).toBeUndefined();
  });

  it.each([
    '/health',
    '/ready',
    '/dashboard',
    '/dashboard/data.json',
    'metrics',
    '/a b',
    '/é',
    '/a?b',
    '/a#b',
    '/../a',
  ])('refuses the path %j, which is another route or cannot be requested', (path) => {
    const { settings, optionIssues } = resolveSettings({ prometheus: { path } }, {});
    expect(settings['prometheus.path']).toBeUndefined();
    expect(optionIssues).toEqual([expect.objectContaining({ path: 'prometheus.path' })]);
  });

  it('accepts a percent-encoded path', () => {
    const { settings } = resolveSettings({}, { METERBRIDGE_PROMETHEUS_PATH: '/m%C3%A9triques' });
    expect(settings['prometheus.path']).toBe('/m%C3%A9triques');
  });

  it('reports an unknown option with the nearest name', () => {
    const options = { exporter: ['otlp'], prometheus: { prot: 1 }, colour: 'red' } as StartOptions;
    expect(resolveSettings(options, {}).optionIssues).toEqual([
      expect.objectContaining({ code: 'unknown_name', path: 'exporter', expected: 'exporters' }),
      expect.objectContaining({ code: 'unknown_name', path: 'prometheus.prot', expected: 'prometheus.port' }),
      expect.objectContaining({ code: 'unknown_name', path: 'colour' }),
    ]);
  });

  it.each([null, 'prometheus', 9464])('reports options that are no object: %j', (options) => {
    expect(resolveSettings(options as never, {}).optionIssues).toEqual([
      expect.objectContaining({ code: 'invalid_value', path: 'options' }),
    ]);
  });

  it('reads inherited options', () => {
    const options = Object.create({ exportIntervalMillis: 1000 }) as StartOptions;
    expect(resolveSettings(options, {}).settings.exportIntervalMillis).toBe(1000);
  });

  it('reports a group of options that is no object', () => {
    const { optionIssues } = resolveSettings({ prometheus: 9464 as never }, {});
    expect(optionIssues).toEqual([expect.objectContaining({ code: 'invalid_value', path: 'prometheus' })]);
  });

  it('reports a misspelt variable of meterbridge with the nearest name', () => {
    expect(resolveSettings({}, { METERBRIDGE_SYSTEM: 'hodei' }).variableIssues).toEqual([
      expect.objectContaining({ code: 'unknown_name', path: 'METERBRIDGE_SYSTEM', expected: 'METERBRIDGE_SYSTEMS' }),
    ]);
  });

  it.each(['OTEL_EXPERIMENTAL_CONFIG_FILE', 'OTEL_METRIC_EXPORT_PERIOD', 'OTEL_EXPORTER_PROMETHEUS_PATH'])(
    'reports %s, a metrics variable that is not supported',
    (name) => {
      expect(resolveSettings({}, { [name]: 'x' }).variableIssues).toEqual([
        expect.objectContaining({ code: 'unknown_name', path: name }),
      ]);
    },
  );

  it('ignores variables that do not concern metrics', () => {
    const env = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'x', PATH: '/bin' };
    expect(resolveSettings({}, env).variableIssues).toEqual([]);
  });

  it.each([
    ['METERBRIDGE_BEARER_TOKEN', ''],
    ['METERBRIDGE_BEARER_TOKEN', '  '],
    ['METERBRIDGE_WEB_CONFIG_FILE', ''],
    ['METERBRIDGE_BEARER_TOKN', 'secret'],
    ['METERBRIDGE_WEB_CONFIG', 'web.yml'],
  ])('reports %s=%j as a security issue, because the endpoint must not be open by mistake', (name, value) => {
    const { securityIssues, variableIssues } = resolveSettings({}, { [name]: value });
    expect(securityIssues).toEqual([expect.objectContaining({ path: name })]);
    expect(variableIssues).toEqual([]);
  });

  it('adds the resource attributes of code to those of the environment', () => {
    const env = { OTEL_RESOURCE_ATTRIBUTES: 'a=1,b=2' };
    expect(resolveSettings({ resource: { b: 'code' } }, env).settings.resource).toEqual({ a: '1', b: 'code' });
  });

  it('prefers service.name of the option resource to OTEL_SERVICE_NAME', () => {
    const env = { OTEL_SERVICE_NAME: 'environment' };
    expect(resolveSettings({ resource: { 'service.name': 'code' } }, env).settings.serviceName).toBe('code');
    expect(resolveSettings({}, env).settings.serviceName).toBe('environment');
  });

  it('ignores variables that protect the endpoint if code protects it', () => {
    const { settings, securityIssues } = resolveSettings(
      { prometheus: { bearerToken: 'code' } },
      { METERBRIDGE_BEARER_TOKEN: '' },
    );
    expect([settings['prometheus.bearerToken'], securityIssues]).toEqual(['code', []]);
  });

  it('takes facades of systems from code', () => {
    const { settings, optionIssues } = resolveSettings({ systems: [hodei, 'hodei' as never] }, {});
    expect(settings.systems).toEqual([hodei]);
    expect(optionIssues).toEqual([expect.objectContaining({ path: 'systems', received: '"hodei"' })]);
  });

  it.each(['production', 'Production', 'prod'])('disables the dashboard by default if NODE_ENV is %s', (NODE_ENV) => {
    expect(resolveSettings({}, { NODE_ENV }).settings['prometheus.dashboard']).toBe(false);
    const env = { NODE_ENV, METERBRIDGE_DASHBOARD_DISABLED: 'false' };
    expect(resolveSettings({}, env).settings['prometheus.dashboard']).toBe(true);
  });
});
