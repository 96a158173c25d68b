import type { MeterProvider as ApiMeterProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { IMetricReader, MetricProducer } from '@opentelemetry/sdk-metrics';
import { dashboardRoutes } from '../dashboard/routes';
import { dashboardData } from '../dashboard/snapshot';
import { report } from '../diagnostics';
import { MeterProvider } from '../engine/meter-provider';
import { PrometheusReader } from '../exporter/prometheus-reader';
import type { FamilyFilter } from '../exporter/shared-page';
import { Health } from '../http/health';
import { HttpServer, type HttpServerOptions } from '../http/http-server';
import type { Route } from '../http/router';
import type { WebConfig } from '../http/web-config';
import { errorMessage } from '../issues';
import { DisabledMeterProvider } from './disabled-meter-provider';
import { planEndpoints } from './endpoints';
import { ProcessProducers } from './process-producers';
import { createResource } from './resource';
import type { Settings } from './settings';

/** The parts of an SDK, not yet known to the rest of the process. */
export interface Parts {
  readonly provider: MeterProvider;
  /** What is registered with the OpenTelemetry API: {@link provider}, or a no-op if metrics are disabled. */
  readonly meterProvider: ApiMeterProvider & { shutdown(): Promise<void> };
  readonly reader: PrometheusReader;
  readonly producers: ProcessProducers;
  readonly health: Health;
  /** Servers that do not listen yet. */
  readonly servers: readonly HttpServer[];
  /** Creates a further server with the same protection and limits. */
  createServer(host: string | undefined, port: number, path: string): HttpServer;
  /** Whether something is pushed, so that a flush before the end of the process has an effect. */
  readonly isPushing: boolean;
}

/**
 * Creates the parts of an SDK. Nothing is registered, and nothing listens yet; push readers start their timers.
 *
 * @param web the protection of the servers
 * @param sharedProducers returns producers that every SDK of this process serves
 * @throws ConfigurationError if two systems are documented at the same port
 */
export function assemble(
  settings: Settings,
  web: WebConfig | undefined,
  sharedProducers: () => Iterable<MetricProducer>,
): Parts {
  const servesPrometheus = settings.exporters.includes('prometheus') && settings['prometheus.server'];
  const endpoints = servesPrometheus ? planEndpoints(settings) : [];
  const attributes = { ...settings.resource };
  if (settings.serviceName !== undefined) attributes['service.name'] = settings.serviceName;
  if (settings.serviceVersion !== undefined) attributes['service.version'] = settings.serviceVersion;
  const resource = createResource(attributes);
  const health = new Health(String(resource.attributes['service.version'] ?? 'unknown'));
  const producers = new ProcessProducers(settings.metricProducers, sharedProducers);
  const metricProducers = settings.metricsEnabled ? [producers] : [];
  const reader = createPrometheusReader(settings, health, metricProducers);
  const pushReaders = [...createPushReaders(settings, metricProducers), ...settings.readers];
  const provider = createMeterProvider(settings, resource, [reader, ...pushReaders]);
  const portRetryMillis = settings['prometheus.portRetryMillis'];
  const serverOptions: HttpServerOptions = {
    maxRequests: settings['prometheus.maxRequests'],
    allowedHosts: settings['prometheus.allowedHosts'],
    ...(portRetryMillis === undefined ? {} : { portRetryMillis }),
    ...(web === undefined ? {} : { web }),
  };
  const routes = (path: string, filter?: FamilyFilter): Route[] => [
    ...reader.routes(path, filter),
    ...(settings['prometheus.dashboard'] ? createDashboard(reader, settings, filter) : []),
  ];
  return {
    provider,
    meterProvider: settings.metricsEnabled ? provider : new DisabledMeterProvider(),
    reader,
    producers,
    health,
    servers: endpoints.flatMap(({ host, port, path, filter }) => {
      try {
        return [new HttpServer({ host, port }, routes(path, filter), serverOptions)];
      } catch (error) {
        report('tls', `cannot serve metrics on port ${port}: ${errorMessage(error)}`);
        return [];
      }
    }),
    createServer: (host, port, path) => new HttpServer({ host, port }, routes(path), serverOptions),
    isPushing: pushReaders.length > 0,
  };
}

/** If a reader cannot be used, the others are shut down, which may have started their timers. */
function createMeterProvider(settings: Settings, resource: Resource, readers: readonly IMetricReader[]): MeterProvider {
  const { cardinalityLimit } = settings;
  try {
    return new MeterProvider({
      resource,
      readers,
      ...(cardinalityLimit === undefined ? {} : { cardinalityLimit }),
      initializeToZero: settings.initializeToZero,
      exemplarFilter: settings.exemplarFilter,
      views: settings.views,
    });
  } catch (error) {
    for (const reader of readers) reader.shutdown().catch(() => {});
    throw error;
  }
}

function createPrometheusReader(
  settings: Settings,
  health: Health,
  metricProducers: readonly MetricProducer[],
): PrometheusReader {
  const translationStrategy = settings['prometheus.translationStrategy'];
  const resourceConstantLabels = settings['prometheus.resourceConstantLabels'];
  const defaultAggregation = settings['prometheus.defaultAggregation'];
  return new PrometheusReader({
    health,
    metricProducers,
    scopeInfoEnabled: settings['prometheus.scopeInfoEnabled'],
    targetInfoEnabled: settings['prometheus.targetInfoEnabled'] && settings.metricsEnabled,
    createdSamples: settings['prometheus.createdSamples'],
    selfMetrics: settings['prometheus.selfMetrics'] && settings.metricsEnabled,
    defaultLabels: settings['prometheus.defaultLabels'],
    ...(translationStrategy === undefined ? {} : { translationStrategy }),
    ...(resourceConstantLabels === undefined ? {} : { resourceConstantLabels }),
    ...(defaultAggregation === undefined ? {} : { defaultAggregation }),
  });
}

/** Push readers and their packages load only if they are asked for. */
function createPushReaders(settings: Settings, metricProducers: readonly MetricProducer[]): IMetricReader[] {
  const { exporters, exportIntervalMillis, exportTimeoutMillis } = settings;
  if (!exporters.includes('otlp') && !exporters.includes('console')) return [];
  try {
    const otlp = require('../otlp/create-push-readers') as typeof import('../otlp/create-push-readers');
    return otlp.createPushReaders({
      exporters,
      protocol: settings.otlpProtocol,
      temporality: settings.otlpTemporality,
      histogramAggregation: settings.otlpHistogramAggregation,
      connection: settings.otlpConnection,
      exportIntervalMillis,
      exportTimeoutMillis,
      cardinalityLimit: settings.cardinalityLimit,
      metricProducers,
    });
  } catch (error) {
    report('export', `cannot create the exporters ${exporters.join(', ')}: ${errorMessage(error)}`);
    return [];
  }
}

/** Returns the routes of the dashboard, which also shows documented families that have no series yet. */
function createDashboard(
  reader: PrometheusReader,
  { systems, catalogs }: Settings,
  filter: FamilyFilter | undefined,
): Route[] {
  const documented = [...systems.map(({ catalog }) => catalog), ...catalogs];
  return dashboardRoutes(async () => dashboardData(await reader.families(filter), documented));
}
