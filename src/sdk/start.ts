import { isMainThread } from 'node:worker_threads';
import { debug, report, resetDiagnostics } from '../diagnostics';
import type { WebConfig } from '../http/web-config';
import { type Catalog, CatalogError, type HttpInstruments, type HttpLabels, type Instruments } from '../instruments';
import { attachObserved } from '../instruments/deferred';
import { errorMessage } from '../issues';
import { assemble, type Parts } from './assemble';
import { Definitions } from './definitions';
import { DEFAULT_PORT } from './endpoints';
import { installExitHooks } from './exit-hooks';
import { registerProvider } from './global-provider';
import { Instrumentation } from './instrumentation';
import { installLogger } from './logging';
import type { StartOptions } from './options';
import { type Additions, processSlot } from './process-slot';
import { applyPm2Environment, findMembership, type Membership } from './processes';
import { loadRegistries } from './registries';
import { ProcessSdk, type Sdk, type SdkContext } from './sdk';
import { resolveSecurity } from './security';
import { ConfigurationError, findOption, type ResolvedSettings, resolveSettings, type Settings } from './settings';

/**
 * Starts metrics for this process and registers them with the OpenTelemetry API.
 *
 * If an SDK is already running, started by this or another copy of the package, returns that one and adds the given
 * systems, catalogs and metric producers to it; other options are ignored, which is reported.
 *
 * @throws ConfigurationError (as a rejection) listing every invalid option, and every invalid setting that protects the
 *   endpoint, and with `prometheus.required` a server that cannot listen. Nothing else rejects: an invalid environment variable is reported and counts as not set; a port in use or a
 *   backend that is down is reported, and the app goes on.
 * @example
 * const sdk = await start({ serviceName: 'jobs', systems: [hodei] });
 * hodei.recordJobScheduled('tenant-123');
 */
export async function start<R extends HttpInstruments = HttpInstruments, const L extends HttpLabels<R> = HttpLabels<R>>(
  options: StartOptions<R, L> = {},
): Promise<Sdk> {
  const resolved = resolveSettings(options, process.env);
  const security = resolveSecurity(resolved.settings, resolved.securityIssues.length > 0);
  const registries = loadRegistries(resolved.settings.registry);
  const isOption = findOption(options, ['registry']) !== undefined;
  const issues = [...resolved.optionIssues, ...resolved.securityIssues, ...security.issues];
  if (isOption) issues.push(...registries.issues);
  if (issues.length > 0) throw new ConfigurationError(issues);
  const settings = withCatalogs(resolved.settings, registries.catalogs);
  const variableIssues = isOption ? resolved.variableIssues : [...resolved.variableIssues, ...registries.issues];
  const running = extendRunning(options, settings);
  if (running !== undefined) return running;
  const sdk = launch(settings, security.web, findMembership(settings), () => reportAll(variableIssues));
  await sdk.listening;
  if (resolved.settings['prometheus.required'] && sdk.listenIssues.length > 0) {
    const { listenIssues } = sdk;
    await sdk.shutdown();
    throw new ConfigurationError(listenIssues);
  }
  return sdk;
}

/**
 * Starts metrics from the environment alone, without waiting for servers to listen, so that nothing that is recorded
 * afterwards is lost. Invalid variables are reported; if one protects the endpoint, every request is rejected. The port is
 * 9464 unless it is set.
 *
 * @param options options that take precedence over the environment
 * @throws ConfigurationError if the systems cannot be served together
 */
export function startFromEnvironment(options: StartOptions = {}): void {
  applyPm2Environment();
  const { settings: resolved, variableIssues, securityIssues } = resolveSettings(options, process.env);
  const registries = loadRegistries(resolved.registry);
  const settings = withCatalogs(resolved, registries.catalogs);
  if (extendRunning({}, settings) !== undefined) return;
  const membership = findMembership(settings);
  if (membership.role === 'launcher' || membership.role === 'silent') return;
  const security = resolveSecurity(settings, securityIssues.length > 0);
  // The documented port is often the app's own.
  const port = settings['prometheus.port'] ?? DEFAULT_PORT;
  const reportIssues = () => {
    reportAll([...variableIssues, ...registries.issues]);
    for (const { message, path } of [...securityIssues, ...security.issues]) report('security', message, path);
  };
  launch({ ...settings, 'prometheus.port': port }, security.web, membership, reportIssues, true);
}

function withCatalogs(settings: Settings, catalogs: readonly Catalog[]): Settings {
  return { ...settings, catalogs: [...settings.catalogs, ...catalogs] };
}

function reportAll(issues: ResolvedSettings['variableIssues']): void {
  for (const { message } of issues) report('configuration', message);
}

/** The options that add to a running SDK. */
const ADDITIONS: readonly string[] = ['systems', 'catalogs', 'registry', 'metricProducers'];

/** Adds to the SDK that is running, if one is. */
function extendRunning(options: StartOptions, settings: Settings): Sdk | undefined {
  const { running } = processSlot();
  if (running === undefined) return undefined;
  const ignored = Object.keys(options).filter(
    (name) => !ADDITIONS.includes(name) && findOption(options, [name]) !== undefined,
  );
  if (ignored.length > 0) {
    report(
      'unused-option',
      `meterbridge is already running; ignored options: ${ignored.join(', ')}. Call sdk.shutdown() before starting it again`,
    );
  }
  running.add(settings);
  return running.sdk;
}

/** Starts an SDK in a process that has none. If anything fails, everything that was done before is undone. */
function launch(
  settings: Settings,
  web: WebConfig | undefined,
  membership: Membership,
  reportIssues: () => void,
  isPreload = false,
): ProcessSdk {
  const disposers: (() => void)[] = [];
  const dispose = () => {
    for (const undo of disposers.splice(0).reverse()) {
      try {
        undo();
      } catch (error) {
        report('shutdown', `a part of the SDK failed to shut down: ${errorMessage(error)}`);
      }
    }
  };
  resetDiagnostics();
  const restoreLogger = installLogger(settings, isPreload);
  let parts: Parts | undefined;
  try {
    reportIssues();
    const definitions = new Definitions();
    refuseConflicts(definitions, settings);
    parts = assemble(settings, web, membership, () => processSlot().producers ?? []);
    disposers.push(registerProvider(parts.meterProvider));
    return run(parts, settings, disposers, { definitions, unregister: dispose, restoreLogger });
  } catch (error) {
    dispose();
    parts?.group.leave();
    parts?.provider.shutdown().catch(() => {});
    restoreLogger();
    // The labels of `http.record` are checked when its recorder is created.
    throw error instanceof CatalogError ? new ConfigurationError(error.issues) : error;
  }
}

/** Makes assembled and registered parts the running SDK. */
function run(
  parts: Parts,
  settings: Settings,
  disposers: (() => void)[],
  context: Omit<SdkContext, 'timeoutMillis'>,
): ProcessSdk {
  const slot = processSlot();
  const { definitions } = context;
  const isTaken = (name: string) => definitions.has(name) || parts.producers.has(name);
  const isThread = !isMainThread && parts.group.reader !== undefined;
  const instrumentation = settings.metricsEnabled
    ? new Instrumentation(settings, parts.provider, isTaken, isThread)
    : undefined;
  disposers.push(() => instrumentation?.stop());
  const sdk = new ProcessSdk(parts, { ...context, timeoutMillis: settings.exportTimeoutMillis });
  if (settings.shutdownOnExit && parts.isPushing) {
    const flush = () => sdk.flush(settings.flushTimeoutMillis);
    disposers.push(installExitHooks(flush, () => parts.group.beforeSignal?.()));
  }
  const add = ({ systems, catalogs, metricProducers }: Additions) => {
    parts.producers.add(metricProducers);
    for (const { catalog } of systems) {
      debug(() => `system enabled: ${catalog.name}, ${Object.keys(catalog.metrics).length} families`);
      sdk.createInstruments(catalog);
    }
    for (const catalog of catalogs) {
      const instruments: Instruments<Catalog> = sdk.createInstruments(catalog);
      instrumentation?.addCatalog(catalog, instruments);
    }
    for (const system of systems) instrumentation?.add(system);
  };
  add(settings);
  attachObserved();
  slot.running = {
    sdk,
    add: (additions) => {
      refuseConflicts(definitions, additions);
      add(additions);
    },
  };
  disposers.push(() => {
    slot.running = undefined;
  });
  return sdk;
}

function refuseConflicts(definitions: Definitions, { systems, catalogs }: Additions): void {
  const issues = definitions.add([...systems.map(({ catalog }) => catalog), ...catalogs]);
  if (issues.length > 0) throw new ConfigurationError(issues);
}
