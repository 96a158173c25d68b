import type { MeterProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { report } from '../diagnostics';
import { EngineMeterProvider } from '../engine/meter-provider';
import { PrometheusBridge } from '../exporter/prometheus-exporter';
import { Health } from '../http/health';
import { MetricsServer, type ServerOptions } from '../http/metrics-server';
import type { WebConfig } from '../http/web-config';
import { catalogViews } from '../instruments';
import { DisabledMeterProvider } from './disabled-meter-provider';
import { isLoopback, planEndpoints } from './endpoints';
import { createResource } from './resource';
import type { Settings } from './settings';

/** The reader that Prometheus scrapes. */
export type PrometheusReader = PrometheusBridge;

/** The parts of an SDK, not yet known to the rest of the process. */
export interface Parts {
  readonly provider: EngineMeterProvider;
  /** What is registered with the OpenTelemetry API: {@link provider}, or a no-op if metrics are disabled. */
  readonly meterProvider: MeterProvider & { shutdown(): Promise<void> };
  readonly reader: PrometheusReader;
  readonly health: Health;
  /** Servers that do not listen yet. */
  readonly servers: readonly MetricsServer[];
  /** Creates a further server with the same protection and limits. */
  createServer(host: string | undefined, port: number, path: string): MetricsServer;
  /** Whether something is pushed, so that a flush before the end of the process has an effect. */
  readonly isPushing: boolean;
}

/**
 * Creates the parts of an SDK. Nothing is registered, and nothing listens yet; push readers start their timers.
 *
 * @param web the protection of the servers
 * @throws ConfigurationError if two systems are documented at the same port
 */
export function assemble(settings: Settings, web: WebConfig | undefined): Parts {
  const servesPrometheus = settings.exporters.includes('prometheus') && settings['prometheus.server'];
  const endpoints = servesPrometheus ? planEndpoints(settings) : [];
  const attributes = { ...settings.resource };
  if (settings.serviceName !== undefined) attributes['service.name'] = settings.serviceName;
  if (settings.serviceVersion !== undefined) attributes['service.version'] = settings.serviceVersion;
  const resource = createResource(attributes);
  const health = new Health(String(resource.attributes['service.version'] ?? 'unknown'));
  const reader = createPrometheusReader(settings, health);
  const pushReaders = [...createPushReaders(settings), ...settings.readers];
  const provider = createMeterProvider(settings, resource, [reader, ...pushReaders]);
  const portRetryMillis = settings['prometheus.portRetryMillis'];
  const serverOptions: ServerOptions = {
    maxRequests: settings['prometheus.maxRequests'],
    ...(portRetryMillis === undefined ? {} : { portRetryMillis }),
    ...(web === undefined ? {} : { web }),
  };
  return {
    provider,
    meterProvider: settings.metricsEnabled ? provider : new DisabledMeterProvider(),
    reader,
    health,
    servers: endpoints.flatMap(({ host, port, path, filter }) => {
      warnIfExposed(host, port, web);
      try {
        return [new MetricsServer({ host, port }, reader.routes(path, filter), serverOptions)];
      } catch (error) {
        report('tls', `cannot serve metrics on port ${port}: ${(error as Error).message}`);
        return [];
      }
    }),
    createServer: (host, port, path) => {
      warnIfExposed(host, port, web);
      return new MetricsServer({ host, port }, reader.routes(path), serverOptions);
    },
    isPushing: pushReaders.length > 0,
  };
}

/** If a reader cannot be used, the others are shut down, which may have started their timers. */
function createMeterProvider(
  settings: Settings,
  resource: Resource,
  readers: readonly IMetricReader[],
): EngineMeterProvider {
  const { cardinalityLimit } = settings;
  try {
    return new EngineMeterProvider({
      resource,
      readers,
      ...(cardinalityLimit === undefined ? {} : { cardinalityLimit }),
      zero: settings.initializeToZero,
      exemplarFilter: settings.exemplarFilter,
      views: [...catalogViews(...settings.systems, ...settings.catalogs), ...settings.views],
    });
  } catch (error) {
    for (const reader of readers) reader.shutdown().catch(() => {});
    throw error;
  }
}

function createPrometheusReader(settings: Settings, health: Health): PrometheusReader {
  const translationStrategy = settings['prometheus.translationStrategy'];
  const resourceConstantLabels = settings['prometheus.resourceConstantLabels'];
  const defaultAggregation = settings['prometheus.defaultAggregation'];
  return new PrometheusBridge({
    preventServerStart: true,
    health,
    scopeInfoEnabled: settings['prometheus.scopeInfoEnabled'],
    targetInfoEnabled: settings['prometheus.targetInfoEnabled'],
    createdSamples: settings['prometheus.createdSamples'],
    selfMetrics: settings['prometheus.selfMetrics'] && settings.metricsEnabled,
    dashboard: settings['prometheus.dashboard'],
    ...(translationStrategy === undefined ? {} : { translationStrategy }),
    ...(resourceConstantLabels === undefined ? {} : { resourceConstantLabels }),
    ...(defaultAggregation === undefined ? {} : { defaultAggregation }),
  });
}

/** Push readers and their packages load only if they are asked for. */
function createPushReaders(settings: Settings): IMetricReader[] {
  const { exporters, exportIntervalMillis, exportTimeoutMillis } = settings;
  if (!exporters.includes('otlp') && !exporters.includes('console')) return [];
  try {
    const push = require('../otlp/push-readers') as typeof import('../otlp/push-readers');
    return push.createPushReaders({
      exporters,
      protocol: settings.otlpProtocol,
      temporality: settings.otlpTemporality,
      histogramAggregation: settings.otlpHistogramAggregation,
      exportIntervalMillis,
      exportTimeoutMillis: Math.min(exportTimeoutMillis, exportIntervalMillis),
    });
  } catch (error) {
    report('export', `cannot create the exporters ${exporters.join(', ')}: ${error}`);
    return [];
  }
}

function warnIfExposed(host: string | undefined, port: number, web: WebConfig | undefined): void {
  const { bearerToken, basicAuthUsers, tls } = web ?? {};
  const isProtected = bearerToken !== undefined || basicAuthUsers !== undefined || tls?.clientCaFile !== undefined;
  if (isProtected || isLoopback(host)) return;
  report(
    'exposure',
    `metrics on ${host ?? 'all interfaces'}, port ${port}, are open to every host that reaches it: configure prometheus.web or METERBRIDGE_WEB_CONFIG_FILE, or listen on localhost`,
  );
}
