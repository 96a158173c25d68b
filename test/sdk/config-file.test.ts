import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { metrics } from '@opentelemetry/api';
import { type Sdk, start } from 'meterbridge';
import { require as load } from 'tsx/cjs/api';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { PrivateLogger } from '../diagnostics';
import { OtlpBackend } from '../servers/otlp-backend';

// The reader of the file is loaded by `require()`, which Vitest does not resolve.
const { resolveSettings } = load('../../src/sdk/settings.ts', __filename) as typeof import('../../src/sdk/settings');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(...lines: string[]): string {
  const path = join(folder, 'otel.yaml');
  writeFileSync(path, `file_format: "1.1"\n${lines.join('\n')}\n`);
  return path;
}

/** Resolves a file that the environment names. */
function resolve(lines: string, env: NodeJS.ProcessEnv = {}, options = {}) {
  return resolveSettings(options, { OTEL_CONFIG_FILE: write(lines), ...env });
}

/** Returns code and place of each issue: the path in the file that its message begins with. */
function placesOf({ variableIssues }: ReturnType<typeof resolve>): string[][] {
  return variableIssues.map(({ code, message }) => [
    code,
    /: (?:invalid |unknown key )?(\S+)/.exec(message)?.[1] ?? '',
  ]);
}

const PULL = 'meter_provider:\n  readers:\n    - pull: { exporter: { prometheus/development: } }\n';

describe('a configuration file', () => {
  it('gives the settings of a Prometheus reader', () => {
    const { settings, variableIssues } = resolve(`
log_level: warn2
meter_provider:
  exemplar_filter: always_on
  readers:
    - pull:
        exporter:
          prometheus/development:
            host: 127.0.0.1
            port: 9999
            scope_info_enabled: false
            target_info_enabled/development: false
            resource_constant_labels: { included: ["service*"], excluded: [service.version] }
            translation_strategy: no_translation/development
        cardinality_limits: { default: 100 }
`);
    expect(variableIssues).toEqual([]);
    expect(settings).toMatchObject({
      logLevel: 'warn',
      exporters: ['prometheus'],
      exemplarFilter: 'always_on',
      cardinalityLimit: 100,
      'prometheus.host': '127.0.0.1',
      'prometheus.port': 9999,
      'prometheus.scopeInfoEnabled': false,
      'prometheus.targetInfoEnabled': false,
      'prometheus.resourceConstantLabels': { included: ['service*'], excluded: ['service.version'] },
      'prometheus.translationStrategy': 'NoTranslation',
    });
  });

  it('gives the settings of periodic readers, and of the connection of the OTLP exporter', () => {
    const { settings, variableIssues } = resolve(`
meter_provider:
  readers:
    - periodic:
        interval: 12345
        timeout: 500
        exporter:
          otlp_http:
            endpoint: https://localhost:9999/v1/metrics
            tls: { ca_file: /ca.pem, key_file: /key.pem, cert_file: /cert.pem }
            headers: [{ name: api-key, value: "1234" }, { name: ignored, value: null }]
            headers_list: a=b,api-key=0
            compression: gzip
            timeout: 700
            encoding: json
            temporality_preference: low_memory
            default_histogram_aggregation: base2_exponential_bucket_histogram
    - periodic: { exporter: { console: } }
`);
    expect(variableIssues).toEqual([]);
    expect(settings).toMatchObject({
      exporters: ['otlp', 'console'],
      exportIntervalMillis: 12345,
      exportTimeoutMillis: 500,
      otlpProtocol: 'http/json',
      otlpTemporality: 'lowmemory',
      otlpHistogramAggregation: 'base2_exponential_bucket_histogram',
      otlpConnection: {
        url: 'https://localhost:9999/v1/metrics',
        timeoutMillis: 700,
        compression: 'gzip',
        headers: { a: 'b', 'api-key': '1234' },
        tls: { caFile: '/ca.pem', keyFile: '/key.pem', certFile: '/cert.pem' },
      },
    });
  });

  it('gives the resource; its attributes take precedence over its list', () => {
    const { settings } = resolve(`
resource:
  attributes_list: team=a,zone=b%20c
  attributes:
    - { name: service.name, value: shop }
    - { name: team, value: payments }
    - { name: shard, value: 3, type: int }
    - { name: version, value: 1.0 }
${PULL}`);
    expect(settings.resource).toEqual({
      'service.name': 'shop',
      team: 'payments',
      zone: 'b c',
      shard: 3,
      version: '1.0',
    });
  });

  it('replaces references to variables in values, which then have the type that they would have in the file', () => {
    const reference = (name: string) => `\${${name}}`;
    const lines = `meter_provider:
  readers:
    - pull:
        exporter:
          prometheus/development:
            port: ${reference('PORT')}
            host: "${reference('HOST:-localhost')}"
`;
    const resource = `resource:\n  attributes: [{ name: a, value: "$${reference('PORT')} ${reference('env:PORT')}" }]\n`;
    const { settings, variableIssues } = resolve(resource + lines, { PORT: '9999' });
    expect(variableIssues).toEqual([]);
    expect(settings).toMatchObject({
      'prometheus.port': 9999,
      'prometheus.host': 'localhost',
      resource: { a: `${reference('PORT')} 9999` },
    });
  });

  it('replaces the variables of OpenTelemetry; those of meterbridge and options take precedence over it', () => {
    const lines = PULL.replace(
      'development:',
      'development: { port: 1000, translation_strategy: no_translation/development }',
    );
    const env = {
      OTEL_METRICS_EXPORTER: 'console',
      OTEL_SERVICE_NAME: 'ignored',
      METERBRIDGE_PROMETHEUS_TRANSLATION_STRATEGY: 'legacy',
    };
    const { settings } = resolve(lines, env, { prometheus: { port: 2000 } });
    expect(settings).toMatchObject({
      exporters: ['prometheus'],
      serviceName: undefined,
      'prometheus.translationStrategy': 'legacy',
      'prometheus.port': 2000,
    });
  });

  it.each([
    ['without a meter provider', 'resource: {}', false],
    ['that is disabled', `disabled: true\n${PULL}`, false],
    ['with a reader', PULL, true],
  ])('%s enables metrics or not', (_, lines, enabled) => {
    expect(resolve(lines).settings.metricsEnabled).toBe(enabled);
  });

  it('is reported with the place of everything that is invalid or not supported, and the rest is used', () => {
    const resolved = resolve(`
resource: { schema_url: "https://example.com/1.0.0" }
meter_provider:
  meter_configurator/development: {}
  odd: 1
  readers:
    - pull:
        exporter: { prometheus/development: { port: high, host: 127.0.0.1 } }
        producers: [{ opencensus: }]
        cardinality_limits: { counter: 5 }
    - periodic: { exporter: { otlp_grpc: { tls: {} } } }
    - periodic: { exporter: { otlp_http: } }
`);
    expect(placesOf(resolved).sort()).toEqual(
      [
        ['unknown_key', '"odd":'],
        ['unsupported', 'resource.schema_url'],
        ['unsupported', 'meter_provider.meter_configurator/development'],
        ['invalid_value', 'meter_provider.readers[0].pull.exporter.prometheus/development.port'],
        ['unsupported', 'meter_provider.readers[0].pull.producers'],
        ['unsupported', 'meter_provider.readers[0].pull.cardinality_limits.counter'],
        ['unsupported', 'meter_provider.readers[1].periodic.exporter.otlp_grpc.tls'],
        ['unsupported', 'meter_provider.readers[2].periodic'],
      ].sort(),
    );
    expect(resolved.settings['prometheus.host']).toBe('127.0.0.1');
  });

  it('that cannot be read is reported, and the variables count', () => {
    const env = { OTEL_CONFIG_FILE: join(folder, 'missing.yaml'), OTEL_METRICS_EXPORTER: 'console' };
    const { settings, variableIssues } = resolveSettings({}, env);
    expect(variableIssues.map(({ code }) => code)).toEqual(['unreadable_file']);
    expect(settings.exporters).toEqual(['console']);
  });

  it('configures a running SDK: names, views and the backend that metrics are sent to', async () => {
    const backend = await OtlpBackend.start();
    onTestFinished(() => backend.stop());
    const configFile = write(`
resource: { attributes: [{ name: service.name, value: shop }] }
meter_provider:
  readers:
    - pull: { exporter: { prometheus/development: { translation_strategy: underscore_escaping_without_suffixes/development } } }
    - periodic: { exporter: { otlp_http: { endpoint: "${backend.endpoint}", headers: [{ name: api-key, value: "1" }] } } }
  views:
    - selector: { instrument_name: "shop.*", instrument_type: histogram }
      stream:
        aggregation: { explicit_bucket_histogram: { boundaries: [1, 5] } }
        attribute_keys: { excluded: ["user.*"] }
    - selector: { meter_name: noisy }
      stream: { aggregation: { drop: } }
`);
    const sdk: Sdk = await start({
      configFile,
      logger: new PrivateLogger(),
      http: false,
      prometheus: { server: false },
    });
    const meter = metrics.getMeter('app');
    meter.createCounter('shop.orders').add(2);
    meter.createHistogram('shop.wait').record(3, { 'user.id': 7, kind: 'x' });
    metrics.getMeter('noisy').createCounter('noise').add(1);
    const { body } = await sdk.scrape();
    await sdk.shutdown();
    expect(body).toMatch(/^shop_orders\{.*\} 2$/m);
    expect(body).toMatch(/^shop_wait_bucket\{kind="x",.*le="5"\} 1$/m);
    expect(body).not.toMatch(/user_id|noise|le="10"/);
    expect(backend.lastValue('shop.orders', {})).toBe(2);
  });
});
