import { randomUUID } from 'node:crypto';
import type { MeterProvider as ApiMeterProvider } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { IMetricReader, MetricProducer } from '@opentelemetry/sdk-metrics';
import { FiringAlerts } from '../dashboard/firing-alerts';
import { dashboardRoutes } from '../dashboard/routes';
import { dashboardData } from '../dashboard/snapshot';
import { report } from '../diagnostics';
import { MeterProvider } from '../engine/meter-provider';
import type { PrometheusReader } from '../exporter/prometheus-reader';
import { pushgatewayTarget, pushPage } from '../exporter/pushgateway';
import type { FamilyFilter } from '../exporter/shared-page';
import { Health } from '../http/health';
import { HttpServer, type HttpServerOptions } from '../http/http-server';
import { readText } from '../http/read-body';
import type { Route } from '../http/router';
import type { WebConfig } from '../http/web-config';
import { errorMessage } from '../issues';
import { AttachedReader } from '../processes/attached-reader';
import { GroupReader } from '../processes/group-reader';
import type { ProcessGroup } from '../processes/process-group';
import { DisabledMeterProvider } from './disabled-meter-provider';
import { planEndpoints } from './endpoints';
import { JoinedProducer } from './joined-producer';
import { ProcessProducers } from './process-producers';
import { canServe, createGroup, type Membership } from './processes';
import { createResource } from './resource';
import type { Settings } from './settings';

/** How often an elected process tries to listen while the port is in use, in milliseconds. */
const TAKEOVER_RETRY_MILLIS = 250;

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
  /** Pushes the page to the Pushgateway, if one is configured. Rejects if that fails. */
  readonly pushPage: ((timeoutMillis: number) => Promise<void>) | undefined;
  /** Whether something is pushed, so that a flush before the end of the process has an effect. */
  readonly isPushing: boolean;
  /** The processes and threads that share their metrics. */
  readonly group: ProcessGroup;
}

/**
 * Creates the parts of an SDK. Nothing is registered, and nothing listens yet; push readers start their timers.
 *
 * @param web the protection of the servers
 * @param membership what this process or thread is in its program
 * @param sharedProducers returns producers that every SDK of this process serves
 * @throws ConfigurationError if two systems are documented at the same port
 */
export function assemble(
  settings: Settings,
  web: WebConfig | undefined,
  membership: Membership,
  sharedProducers: () => Iterable<MetricProducer>,
): Parts {
  const serves = canServe(membership);
  const servesPrometheus = serves && settings.exporters.includes('prometheus') && settings['prometheus.server'];
  const endpoints = servesPrometheus ? planEndpoints(settings) : [];
  const attributes = { ...settings.resource };
  if (settings.serviceName !== undefined) attributes['service.name'] = settings.serviceName;
  if (settings.serviceVersion !== undefined) attributes['service.version'] = settings.serviceVersion;
  if (membership.role === 'separate') attributes['service.instance.id'] ??= randomUUID();
  const resource = createResource(attributes);
  const health = new Health(String(resource.attributes['service.version'] ?? 'unknown'));
  const producers = new ProcessProducers(settings.metricProducers, sharedProducers);
  const group: ProcessGroup = createGroup(
    membership,
    settings,
    (request) => reader.scrape(request),
    (type) => reader.selectAggregation(type),
  );
  const reader = createPrometheusReader(settings, health, group);
  const pushReaders = serves ? [...createPushReaders(settings), ...settings.readers] : [];
  const provider = createMeterProvider(
    settings,
    resource,
    [
      group.attach(reader, false),
      ...pushReaders.map((each) => group.attach(each, true)),
      ...(group.reader === undefined ? [] : [group.reader]),
    ].map((each) => (settings.metricsEnabled ? attachProducers(each, producers) : each)),
  );
  const push = serves ? createPush(settings, reader, String(resource.attributes['service.name'])) : undefined;
  // The process that served before can have the port for a moment.
  const isElected = membership.role === 'elected';
  const portRetryMillis = settings['prometheus.portRetryMillis'] ?? (isElected ? TAKEOVER_RETRY_MILLIS : undefined);
  const serverOptions: HttpServerOptions = {
    maxRequests: settings['prometheus.maxRequests'],
    allowedHosts: settings['prometheus.allowedHosts'],
    ...(portRetryMillis === undefined ? {} : { portRetryMillis }),
    ...(web === undefined ? {} : { web }),
  };
  const prometheusUrl = settings['prometheus.url'];
  const alerts = prometheusUrl === undefined ? undefined : new FiringAlerts(prometheusUrl);
  const routes = (path: string, filter?: FamilyFilter): Route[] => [
    ...reader.routes(path, filter),
    ...(settings['prometheus.dashboard'] ? createDashboard(reader, settings, filter, alerts) : []),
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
    pushPage: push,
    isPushing: pushReaders.length > 0 || group.reader !== undefined || push !== undefined,
    group,
  };
}

function createPush(settings: Settings, reader: PrometheusReader, job: string): Parts['pushPage'] {
  const url = settings['prometheus.pushgatewayUrl'];
  if (url === undefined || !settings.metricsEnabled) return undefined;
  const target = pushgatewayTarget(url, job);
  return async (timeoutMillis) => {
    const { status, contentType, body } = await reader.scrape();
    const page = await readText(body);
    if (status !== 200) throw new Error(page);
    await pushPage(target, contentType, page, timeoutMillis);
  };
}

/** Gives a reader the metrics of further producers in addition to those of the provider. */
function attachProducers(reader: IMetricReader, producers: ProcessProducers): IMetricReader {
  return new AttachedReader(reader, (own) => new JoinedProducer(own, producers), true);
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

function createPrometheusReader(settings: Settings, health: Health, group: ProcessGroup): PrometheusReader {
  const translationStrategy = settings['prometheus.translationStrategy'];
  const resourceConstantLabels = settings['prometheus.resourceConstantLabels'];
  const defaultAggregation = settings['prometheus.defaultAggregation'];
  const selfMetrics = settings['prometheus.selfMetrics'] && settings.metricsEnabled;
  const options = {
    health,
    metricProducers: selfMetrics ? [group.selfMetrics] : [],
    scopeInfoEnabled: settings['prometheus.scopeInfoEnabled'],
    targetInfoEnabled: settings['prometheus.targetInfoEnabled'] && settings.metricsEnabled,
    createdSamples: settings['prometheus.createdSamples'],
    selfMetrics,
    defaultLabels: settings['prometheus.defaultLabels'],
    ...(translationStrategy === undefined ? {} : { translationStrategy }),
    ...(resourceConstantLabels === undefined ? {} : { resourceConstantLabels }),
    ...(defaultAggregation === undefined ? {} : { defaultAggregation }),
  };
  return new GroupReader(options, () => group.remotePages());
}

/** Push readers and their packages load only if they are asked for. */
function createPushReaders(settings: Settings): IMetricReader[] {
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
    });
  } catch (error) {
    report('export', `cannot create the exporters ${exporters.join(', ')}: ${errorMessage(error)}`);
    return [];
  }
}

/** Returns the routes of the dashboard, which also shows documented families that have no series yet. */
function createDashboard(
  reader: PrometheusReader,
  settings: Settings,
  filter: FamilyFilter | undefined,
  alerts: FiringAlerts | undefined,
): Route[] {
  const documented = [...settings.systems.map(({ catalog }) => catalog), ...settings.catalogs];
  const traceUrl = settings['prometheus.traceUrl'];
  return dashboardRoutes(async () =>
    dashboardData(await reader.families(filter), documented, { alerts: alerts?.read(), traceUrl }),
  );
}
