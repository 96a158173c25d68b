import type { AggregationOption, InstrumentType } from '@opentelemetry/sdk-metrics';
import { HOST_VARIABLE, PORT_VARIABLE } from '../exporter/environment';
import type { ResourceConstantLabels } from '../exporter/resource-labels';
import { isObject } from '../is-object';
import {
  bearerToken,
  functionOf,
  hostList,
  labels,
  path,
  port,
  traceUrl,
  translationStrategy,
  webConfig,
} from './accepted-values';
import { setting } from './setting';
import { boolean, integer, interval, negated, object, text, url } from './value-types';

/** The settings of the option `prometheus`: a part of the table of settings. */
export const PROMETHEUS_SETTINGS = {
  'prometheus.host': setting({
    type: text,
    variables: [HOST_VARIABLE],
    default: 'localhost',
    description: 'The address that the endpoint listens on.',
  }),
  'prometheus.port': setting({
    type: port,
    variables: [PORT_VARIABLE],
    defaultText: "in code the system's documented port; in a preload and without a documented system `9464`",
    description: 'The port that the endpoint listens on. 0 lets the operating system choose.',
  }),
  'prometheus.path': setting({
    type: path,
    variables: ['METERBRIDGE_PROMETHEUS_PATH'],
    defaultText: "the system's documented path, else `/metrics`",
    description: 'The path of the metrics.',
  }),
  'prometheus.server': setting({
    type: negated,
    variables: ['METERBRIDGE_PROMETHEUS_SERVER_DISABLED'],
    default: true,
    description: '`false` starts no server; mount `sdk.handler` in your own.',
  }),
  'prometheus.required': setting({
    type: boolean,
    default: false,
    description:
      'Whether `start()` rejects, and starts nothing, if a server cannot listen, for example because its port is in use. By default this is reported and the app goes on.',
  }),
  'prometheus.translationStrategy': setting({
    type: translationStrategy,
    variables: ['METERBRIDGE_PROMETHEUS_TRANSLATION_STRATEGY'],
    defaultText: '`UnderscoreEscapingWithSuffixes`',
    description:
      'How names of metrics that no catalog documents are translated (OpenTelemetry specification, Prometheus exporter, `translation_strategy`).',
  }),
  'prometheus.scopeInfoEnabled': setting({
    type: negated,
    variables: ['METERBRIDGE_PROMETHEUS_SCOPE_INFO_DISABLED'],
    default: true,
    description: 'Whether metrics that no catalog documents carry `otel_scope_*` labels.',
  }),
  'prometheus.targetInfoEnabled': setting({
    type: negated,
    variables: ['METERBRIDGE_PROMETHEUS_TARGET_INFO_DISABLED'],
    default: true,
    description: 'Whether the metric `target_info` is served.',
  }),
  'prometheus.resourceConstantLabels': setting<ResourceConstantLabels>({
    type: object('an object with included and excluded', isObject),
    defaultText: 'none',
    description: 'Which resource attributes become labels of metrics that no catalog documents.',
  }),
  'prometheus.defaultLabels': setting({
    type: labels,
    variables: ['METERBRIDGE_PROMETHEUS_DEFAULT_LABELS'],
    default: {},
    defaultText: 'none',
    description:
      'Labels that every series carries, documented ones included, except `target_info`. A label of the series itself takes precedence.',
  }),
  'prometheus.defaultAggregation': setting({
    type: functionOf<(instrument: InstrumentType) => AggregationOption>(),
    defaultText: "the SDK's",
    description: 'The aggregation of instruments that neither a view nor a catalog configures.',
  }),
  'prometheus.createdSamples': setting({
    type: boolean,
    variables: ['METERBRIDGE_PROMETHEUS_CREATED_SAMPLES'],
    default: false,
    description: 'Whether OpenMetrics expositions have `_created` samples.',
  }),
  'prometheus.selfMetrics': setting({
    type: negated,
    variables: ['METERBRIDGE_PROMETHEUS_SELF_METRICS_DISABLED'],
    default: true,
    description: "Whether the endpoint's own `meterbridge_*` metrics are served.",
  }),
  'prometheus.dashboard': setting({
    type: negated,
    variables: ['METERBRIDGE_DASHBOARD_DISABLED'],
    default: (env) => !/^prod(uction)?$/i.test(env.NODE_ENV?.trim() ?? ''),
    defaultText: '`true`, but `false` if `NODE_ENV` is `production`',
    description: "Whether the SDK's servers have a page at `/dashboard` that shows the metrics.",
  }),
  'prometheus.url': setting({
    type: url('http', 'https'),
    variables: ['METERBRIDGE_PROMETHEUS_URL'],
    defaultText: 'none, and nothing is requested',
    description:
      'The base URL of the Prometheus server that scrapes the app. The dashboard shows the alerts that fire there, to everyone who can read the dashboard.',
  }),
  'prometheus.traceUrl': setting({
    type: traceUrl,
    variables: ['METERBRIDGE_TRACE_URL'],
    defaultText: 'none; trace ids are text',
    description: 'Where the dashboard links the trace of an exemplar to.',
  }),
  'prometheus.maxRequests': setting({
    type: integer(1),
    variables: ['METERBRIDGE_PROMETHEUS_MAX_REQUESTS'],
    default: 40,
    description: 'The maximum number of concurrent requests of a server; further ones are answered with 503.',
  }),
  'prometheus.pushgatewayUrl': setting({
    type: url('http', 'https'),
    variables: ['METERBRIDGE_PUSHGATEWAY_URL'],
    defaultText: 'none',
    description:
      'A Pushgateway that the page is put to by `forceFlush`, by `shutdown` and before the process ends, for jobs that end before a scrape. The job is the name of the service, unless the URL has a group: `/metrics/job/backup/instance/a`.',
  }),
  'prometheus.portRetryMillis': setting({
    type: interval,
    variables: ['METERBRIDGE_PROMETHEUS_PORT_RETRY'],
    defaultText: 'no retry',
    description: 'Milliseconds after which a port that is in use is tried again.',
  }),
  'prometheus.allowedHosts': setting({
    type: hostList,
    variables: ['METERBRIDGE_PROMETHEUS_ALLOWED_HOSTS'],
    default: [],
    defaultText: 'none',
    description:
      'Host names that requests may have in their `Host` header while a server listens on a loopback address, besides `localhost`, IP addresses and the host that it listens on. This protects against DNS rebinding.',
  }),
  'prometheus.web': setting({
    type: webConfig,
    variables: ['METERBRIDGE_WEB_CONFIG_FILE'],
    isSecurity: true,
    defaultText: 'no authentication, no TLS',
    description:
      "TLS, client certificates and passwords of the SDK's servers, in the format of Prometheus's `web-config.yml`. Handlers that you mount are protected by your own server.",
  }),
  'prometheus.bearerToken': setting({
    type: bearerToken,
    variables: ['METERBRIDGE_BEARER_TOKEN'],
    isSecurity: true,
    defaultText: 'none',
    description: "A token that the SDK's servers accept as `Authorization: Bearer`.",
  }),
};
