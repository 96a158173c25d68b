import {
  type MeterProvider as ApiMeterProvider,
  createNoopMeter,
  DiagConsoleLogger,
  type DiagLogger,
  DiagLogLevel,
  diag,
  metrics,
} from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { isSameFamily } from '../catalog/definition';
import { forgetReports, report } from '../diagnostics';
import { EngineMeterProvider } from '../engine/meter-provider';
import { PrometheusBridge } from '../exporter/prometheus-exporter';
import { Health } from '../http/health';
import { MetricsServer } from '../http/metrics-server';
import { type Catalog, catalogViews, type HttpInstruments, type HttpLabels } from '../instruments';
import { pushReaders } from '../otlp/push-readers';
import { endpointsOf } from './endpoints';
import { hookExit } from './exit-hooks';
import { Bridges } from './instrumentation';
import { Sdk } from './sdk';
import { ConfigurationError, resolveSettings, type Settings, type StartOptions } from './settings';
import { loadSystem, type SystemName } from './systems';

/** The server, or none where its TLS files cannot be read, which is told. */
function serverOf(...args: ConstructorParameters<typeof MetricsServer>): MetricsServer[] {
  try {
    return [new MetricsServer(...args)];
  } catch (error) {
    report('listen', `cannot serve metrics: ${(error as Error).message}`);
    return [];
  }
}

interface Running {
  readonly sdk: Sdk;
  readonly bridges: Bridges | undefined;
}

let running: Running | undefined;

/**
 * Starts metrics for this process and registers them with the OpenTelemetry API.
 *
 * Called while an SDK runs, it gives that one, with the further systems and catalogs added; its other options are left
 * out, which is reported.
 *
 * @throws ConfigurationError (as a rejection) listing every option and variable that is not accepted. Nothing else
 *   rejects: a port in use or a backend that is down is a diagnostic, and the app goes on.
 * @example
 * const sdk = await start({ serviceName: 'jobs', systems: ['hodei'] });
 * sdk.metrics.hodei.recordJobScheduled('tenant-123');
 */
export async function start<
  S extends SystemName = never,
  R extends HttpInstruments = HttpInstruments,
  const L extends HttpLabels<R> = HttpLabels<R>,
>(options: StartOptions<S, R, L> = {}): Promise<Sdk<S>> {
  const { settings, problems } = resolveSettings(options as object, process.env);
  if (problems.length > 0) throw new ConfigurationError(problems);
  const sdk = startNow(options as object, settings);
  await sdk.listening;
  return sdk as Sdk<S>;
}

/**
 * {@link start} without waiting for servers to listen. What is recorded after it returns is kept.
 *
 * @throws ConfigurationError when two systems or catalogs cannot be served together
 */
export function startNow(options: StartOptions, settings: Settings): Sdk {
  const catalogs = [...settings.systems.map((name) => loadSystem(name).catalog), ...(options.catalogs ?? [])];
  if (running !== undefined) return extend(running, options, settings, catalogs);

  forgetReports();
  if (options.logger !== false) {
    const logLevel = DiagLogLevel[settings.logLevel.toUpperCase() as keyof typeof DiagLogLevel];
    diag.setLogger(withoutNotices(options.logger ?? new DiagConsoleLogger()), {
      logLevel,
      suppressOverrideMessage: true,
    });
  }
  refuseConflicts(catalogs);
  const resource = resourceOf(options, settings);
  const health = new Health(String(resource.attributes['service.version'] ?? 'unknown'));
  const { translationStrategy } = settings;
  const { web: _web, ...prometheus } = options.prometheus ?? {};
  const bridge = new PrometheusBridge({
    ...prometheus,
    ...(settings.enabled ? {} : { selfMetrics: false }),
    ...(translationStrategy === undefined ? {} : { translationStrategy }),
    dashboard: settings.dashboard,
    preventServerStart: true,
    health,
  });
  const servesPrometheus = settings.exporters.includes('prometheus') && options.prometheus?.server !== false;
  const endpoints = servesPrometheus ? endpointsOf(settings) : [];
  const provider = new EngineMeterProvider({
    resource,
    ...(settings.cardinalityLimit === undefined ? {} : { cardinalityLimit: settings.cardinalityLimit }),
    zero: options.zero ?? true,
    exemplarFilter: settings.exemplarFilter,
    views: [...catalogViews(...catalogs), ...(options.views ?? [])],
    readers: [bridge, ...pushReaders(settings), ...(options.readers ?? [])],
  });
  const meters = settings.enabled ? provider : disabledProvider();
  if (!metrics.setGlobalMeterProvider(meters)) {
    throw new ConfigurationError([
      'another MeterProvider is registered with the OpenTelemetry API; start meterbridge before it, or add a PrometheusBridge to its readers instead',
    ]);
  }

  const bridges = settings.enabled ? new Bridges(options, settings, provider) : undefined;
  for (const name of settings.systems) bridges?.add(name);
  let unhook = () => {};
  const sdk: Sdk = new Sdk({
    provider,
    meters,
    bridge,
    health,
    server: settings.server,
    servers: endpoints.flatMap(({ host, port, path, filter }) =>
      serverOf({ host, port }, bridge.routes(path, filter), settings.server),
    ),
    stop: () => {
      unhook();
      bridges?.stop();
      metrics.disable();
      running = undefined;
    },
  });
  if (options.shutdownOnExit !== false) {
    unhook = hookExit({ flush: () => sdk.forceFlush(), shutdown: () => sdk.shutdown() });
  }
  for (const catalog of catalogs) {
    const instruments = sdk.instruments(catalog);
    bridges?.addCatalog(catalog, instruments);
  }
  running = { sdk, bridges };
  return sdk;
}

function extend(
  { sdk, bridges }: Running,
  options: StartOptions,
  { systems }: Settings,
  catalogs: readonly Catalog[],
): Sdk {
  const { systems: _systems, catalogs: _catalogs, ...others } = options;
  if (Object.keys(others).length > 0) {
    report(
      'unused-option',
      `meterbridge already runs in this process; left out: ${Object.keys(others).join(', ')}. Shut it down first to start anew`,
    );
  }
  for (const catalog of catalogs) {
    const instruments = sdk.instruments(catalog);
    bridges?.addCatalog(catalog, instruments);
  }
  for (const name of systems) bridges?.add(name);
  return sdk;
}

/** The logger without what dependencies say about themselves to those who build on them, not to those who run an app. */
function withoutNotices(logger: DiagLogger): DiagLogger {
  const quiet: DiagLogger = Object.create(logger);
  quiet.warn = (message, ...args) => {
    if (!message.startsWith('@opentelemetry/host-metrics is deprecated')) logger.warn(message, ...args);
  };
  return quiet;
}

/** Two definitions of one family that differ cannot be served at one endpoint. */
function refuseConflicts(catalogs: readonly Catalog[]): void {
  const families = new Map<string, [Catalog, Catalog['metrics'][string]]>();
  const problems: string[] = [];
  for (const catalog of new Set(catalogs)) {
    for (const definition of Object.values(catalog.metrics)) {
      const [other, before] = families.get(definition.name) ?? [];
      if (other !== undefined && before !== undefined && !isSameFamily(before, definition)) {
        problems.push(`${other.name} and ${catalog.name} define ${definition.name} differently`);
      }
      families.set(definition.name, [catalog, definition]);
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
}

function resourceOf(options: StartOptions, { serviceName }: Settings): Resource {
  const attributes = { ...options.resource };
  if (serviceName !== undefined) attributes['service.name'] = serviceName;
  if (options.serviceVersion !== undefined) attributes['service.version'] = options.serviceVersion;
  return defaultResource()
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes(attributes));
}

/** Meters whose instruments do nothing, and which yet are not the API's own: facades need not look for an SDK again. */
function disabledProvider(): ApiMeterProvider {
  const meter = Object.create(createNoopMeter());
  return { getMeter: () => meter };
}
