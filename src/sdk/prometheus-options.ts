import type { AggregationOption, InstrumentType } from '@opentelemetry/sdk-metrics';
import type { ResourceConstantLabels } from '../exporter/resource-labels';
import type { TranslationStrategy } from '../exposition/names/translate';
import type { WebConfig } from '../http/web-config';

// The comments of the options are generated from the table of settings by `npm run docs`.

/** How metrics are served to Prometheus. */
export interface PrometheusOptions {
  /**
   * The address that the endpoint listens on.
   *
   * - Accepted: a string that is not empty.
   * - Variable: `OTEL_EXPORTER_PROMETHEUS_HOST`.
   * - Default: `localhost`.
   */
  readonly host?: string | undefined;
  /**
   * The port that the endpoint listens on. 0 lets the operating system choose.
   *
   * - Accepted: an integer from 0 to 65535.
   * - Variable: `OTEL_EXPORTER_PROMETHEUS_PORT`.
   * - Default: in code the system's documented port; in a preload and without a documented system `9464`.
   */
  readonly port?: number | undefined;
  /**
   * The path of the metrics.
   *
   * - Accepted: a percent-encoded path that begins with / and is not /health, /ready, /dashboard.
   * - Variable: `METERBRIDGE_PROMETHEUS_PATH`.
   * - Default: the system's documented path, else `/metrics`.
   */
  readonly path?: string | undefined;
  /**
   * `false` starts no server; mount `sdk.handler` in your own.
   *
   * - Accepted: true or false; in the variable `true` disables.
   * - Variable: `METERBRIDGE_PROMETHEUS_SERVER_DISABLED`.
   * - Default: `true`.
   */
  readonly server?: boolean | undefined;
  /**
   * Whether `start()` rejects, and starts nothing, if a server cannot listen, for example because its port is in use.
   * By default this is reported and the app goes on.
   *
   * - Accepted: true or false.
   * - Default: `false`.
   */
  readonly required?: boolean | undefined;
  /**
   * How names of metrics that no catalog documents are translated (OpenTelemetry specification, Prometheus exporter,
   * `translation_strategy`).
   *
   * - Accepted: one of UnderscoreEscapingWithSuffixes, UnderscoreEscapingWithoutSuffixes, NoUTF8EscapingWithSuffixes,
   *   NoTranslation, legacy.
   * - Variable: `METERBRIDGE_PROMETHEUS_TRANSLATION_STRATEGY`.
   * - Default: `UnderscoreEscapingWithSuffixes`.
   */
  readonly translationStrategy?: TranslationStrategy | undefined;
  /**
   * Whether metrics that no catalog documents carry `otel_scope_*` labels.
   *
   * - Accepted: true or false; in the variable `true` disables.
   * - Variable: `METERBRIDGE_PROMETHEUS_SCOPE_INFO_DISABLED`.
   * - Default: `true`.
   */
  readonly scopeInfoEnabled?: boolean | undefined;
  /**
   * Whether the metric `target_info` is served.
   *
   * - Accepted: true or false; in the variable `true` disables.
   * - Variable: `METERBRIDGE_PROMETHEUS_TARGET_INFO_DISABLED`.
   * - Default: `true`.
   */
  readonly targetInfoEnabled?: boolean | undefined;
  /**
   * Which resource attributes become labels of metrics that no catalog documents.
   *
   * - Accepted: an object with included and excluded.
   * - Default: none.
   */
  readonly resourceConstantLabels?: ResourceConstantLabels | undefined;
  /**
   * Labels that every series carries, documented ones included, except `target_info`. A label of the series itself
   * takes precedence.
   *
   * - Accepted: an object of label names and strings; in the environment percent-encoded pairs key=value, separated by
   *   commas.
   * - Variable: `METERBRIDGE_PROMETHEUS_DEFAULT_LABELS`.
   * - Default: none.
   */
  readonly defaultLabels?: Readonly<Record<string, string>> | undefined;
  /**
   * The aggregation of instruments that neither a view nor a catalog configures.
   *
   * - Accepted: a function.
   * - Default: the SDK's.
   */
  readonly defaultAggregation?: ((instrument: InstrumentType) => AggregationOption) | undefined;
  /**
   * Whether OpenMetrics expositions have `_created` samples.
   *
   * - Accepted: true or false.
   * - Variable: `METERBRIDGE_PROMETHEUS_CREATED_SAMPLES`.
   * - Default: `false`.
   */
  readonly createdSamples?: boolean | undefined;
  /**
   * Whether the endpoint's own `meterbridge_*` metrics are served.
   *
   * - Accepted: true or false; in the variable `true` disables.
   * - Variable: `METERBRIDGE_PROMETHEUS_SELF_METRICS_DISABLED`.
   * - Default: `true`.
   */
  readonly selfMetrics?: boolean | undefined;
  /**
   * Whether the SDK's servers have a page at `/dashboard` that shows the metrics.
   *
   * - Accepted: true or false; in the variable `true` disables.
   * - Variable: `METERBRIDGE_DASHBOARD_DISABLED`.
   * - Default: `true`, but `false` if `NODE_ENV` is `production`.
   */
  readonly dashboard?: boolean | undefined;
  /**
   * The base URL of the Prometheus server that scrapes the app. The dashboard shows the alerts that fire there, to
   * everyone who can read the dashboard.
   *
   * - Accepted: a URL such as http://localhost:4318.
   * - Variable: `METERBRIDGE_PROMETHEUS_URL`.
   * - Default: none, and nothing is requested.
   */
  readonly url?: string | undefined;
  /**
   * Where the dashboard links the trace of an exemplar to.
   *
   * - Accepted: an http or https URL that contains {trace_id}, such as http://localhost:16686/trace/{trace_id}.
   * - Variable: `METERBRIDGE_TRACE_URL`.
   * - Default: none; trace ids are text.
   */
  readonly traceUrl?: string | undefined;
  /**
   * The maximum number of concurrent requests of a server; further ones are answered with 503.
   *
   * - Accepted: an integer of at least 1.
   * - Variable: `METERBRIDGE_PROMETHEUS_MAX_REQUESTS`.
   * - Default: `40`.
   */
  readonly maxRequests?: number | undefined;
  /**
   * A Pushgateway that the page is put to by `forceFlush`, by `shutdown` and before the process ends, for jobs that end
   * before a scrape. The job is the name of the service, unless the URL has a group: `/metrics/job/backup/instance/a`.
   *
   * - Accepted: a URL such as http://localhost:4318.
   * - Variable: `METERBRIDGE_PUSHGATEWAY_URL`.
   * - Default: none.
   */
  readonly pushgatewayUrl?: string | undefined;
  /**
   * Milliseconds after which a port that is in use is tried again.
   *
   * - Accepted: an integer from 1 to 2147483647 (milliseconds).
   * - Variable: `METERBRIDGE_PROMETHEUS_PORT_RETRY`.
   * - Default: no retry.
   */
  readonly portRetryMillis?: number | undefined;
  /**
   * Host names that requests may have in their `Host` header while a server listens on a loopback address, besides
   * `localhost`, IP addresses and the host that it listens on. This protects against DNS rebinding.
   *
   * - Accepted: a list of host names without ports.
   * - Variable: `METERBRIDGE_PROMETHEUS_ALLOWED_HOSTS`.
   * - Default: none.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * TLS, client certificates and passwords of the SDK's servers, in the format of Prometheus's `web-config.yml`.
   * Handlers that you mount are protected by your own server.
   *
   * - Accepted: the path of a web-config.yml file, or in code an object.
   * - Variable: `METERBRIDGE_WEB_CONFIG_FILE`.
   * - Default: no authentication, no TLS.
   */
  readonly web?: WebConfig | string | undefined;
  /**
   * A token that the SDK's servers accept as `Authorization: Bearer`.
   *
   * - Accepted: visible ASCII characters without blanks.
   * - Variable: `METERBRIDGE_BEARER_TOKEN`.
   * - Default: none.
   */
  readonly bearerToken?: string | undefined;
}
