import { type DiagLogger, diag } from '@opentelemetry/api';

/**
 * Every kind of diagnostic: its code, its level and what it means. The code begins each message, as in
 * `meterbridge port-in-use: ...`.
 */
export const DIAGNOSTICS = {
  configuration: {
    level: 'warn',
    description: 'An option or environment variable is invalid, unknown or not supported.',
  },
  security: {
    level: 'error',
    description: 'A setting that protects the endpoint is invalid; the endpoint rejects every request.',
  },
  listening: {
    level: 'info',
    description:
      'Where an endpoint listens, and who can read it. Logged by a preload, and in code at the log level `info`.',
  },
  exposure: { level: 'warn', description: 'An endpoint is reachable from other hosts without authentication.' },
  'shared-registration': {
    level: 'warn',
    description:
      'Another SDK has registered a MeterProvider; both record the instruments that are created from now on.',
  },
  'unused-option': { level: 'warn', description: 'An option is ignored because an SDK is already running.' },
  start: { level: 'error', description: 'The SDK cannot start; the app runs without metrics.' },
  instrumentation: { level: 'error', description: 'HTTP requests, the process or the host cannot be measured.' },
  shutdown: { level: 'error', description: 'A part of the SDK cannot be shut down in time or failed to.' },
  'port-in-use': { level: 'error', description: 'A server cannot listen because its port is in use.' },
  listen: { level: 'error', description: 'A server cannot listen for another reason.' },
  tls: { level: 'error', description: 'TLS files cannot be read or used.' },
  authentication: { level: 'error', description: 'A request cannot be authenticated because of an internal failure.' },
  request: { level: 'error', description: 'A request to an endpoint failed while it was answered.' },
  export: { level: 'error', description: 'Metrics cannot be sent to a backend.' },
  collect: { level: 'error', description: 'Metrics cannot be collected.' },
  callback: {
    level: 'error',
    description: 'The callback of an asynchronous instrument threw an exception or timed out.',
  },
  encode: { level: 'error', description: 'A metric cannot be written in the requested format and is left out.' },
  conflict: { level: 'error', description: 'Two definitions of one metric differ.' },
  instrument: { level: 'warn', description: 'An instrument was created with invalid or duplicate arguments.' },
  view: { level: 'warn', description: 'A view cannot be applied.' },
  name: { level: 'warn', description: 'A name cannot be translated to a Prometheus name.' },
  label: { level: 'warn', description: 'A measurement has an invalid label.' },
  value: { level: 'warn', description: 'A measurement has an invalid value and is ignored.' },
  overflow: { level: 'warn', description: 'A metric has reached its cardinality limit.' },
  unsupported: { level: 'warn', description: 'The registered SDK cannot do what was asked for.' },
  'http-option': { level: 'warn', description: 'A function of the option `http` failed.' },
  'http-source': {
    level: 'warn',
    description: 'HTTP requests are measured by another source than the configured one.',
  },
  processes: { level: 'warn', description: 'The metrics of another process or thread cannot be received or sent.' },
  host: { level: 'warn', description: 'CPU and memory usage of the host cannot be read.' },
} as const satisfies Record<string, { readonly level: 'error' | 'warn' | 'info'; readonly description: string }>;

/** The code of a diagnostic. */
export type DiagnosticCode = keyof typeof DIAGNOSTICS;

/**
 * The number of causes that are reported for one code. Each code has a budget of its own, so that causes that come from
 * outside, such as label values, never silence a diagnostic of another kind.
 */
const MAX_CAUSES = 100;

/**
 * The causes reported so far. State of this module and not of the running SDK, because instruments and encoders report
 * under any SDK and without one. It is bounded and decides nothing but whether a line is logged again.
 */
const reported = new Map<DiagnosticCode, Set<string>>();

let logger: DiagLogger | undefined;

let isDebugging = false;

/**
 * Logs a diagnostic. Further reports of the same cause are silent until {@link recovered} is called for it.
 *
 * @param code the kind of diagnostic
 * @param message what is wrong, where, what was received, what was expected and what to do
 * @param key identifies the cause; the message by default
 */
export function report(code: DiagnosticCode, message: string, key = message): void {
  const causes = reported.get(code) ?? new Set();
  reported.set(code, causes);
  if (causes.has(key) || causes.size > MAX_CAUSES) return;
  causes.add(key);
  const text = causes.size > MAX_CAUSES ? `more than ${MAX_CAUSES} causes; further ones are not reported` : message;
  log(DIAGNOSTICS[code].level, `meterbridge ${code}: ${text}`);
}

/**
 * Marks a cause as recovered, so that it is reported again if it returns. Does nothing if it was not reported.
 *
 * @param message what works again; logs nothing if it is left out
 */
export function recovered(code: DiagnosticCode, key: string, message?: string): void {
  const wasReported = reported.get(code)?.delete(key) === true;
  if (wasReported && message !== undefined) log('warn', `meterbridge ${code}: ${message}`);
}

/**
 * Logs what the SDK does, if debugging was asked for with the log level `debug` or `verbose`.
 *
 * @param text returns the message; called only if it is logged
 */
export function debug(text: () => string): void {
  if (isDebugging) log('debug', `meterbridge: ${text()}`);
}

/** Sets whether {@link debug} logs. @returns a function that restores the previous state */
export function setDebugging(to: boolean): () => void {
  const previous = isDebugging;
  isDebugging = to;
  return () => {
    isDebugging = previous;
  };
}

/** A logger that throws must not throw into the code that records. */
function log(level: 'error' | 'warn' | 'info' | 'debug', text: string): void {
  try {
    (logger ?? diag)[level](text);
  } catch {}
}

/** Forgets which causes were reported, so that a new SDK in the same process reports them again. */
export function resetDiagnostics(): void {
  reported.clear();
}

/**
 * Sets where diagnostics of this copy of the package go. OpenTelemetry's `diag` by default.
 *
 * @returns a function that restores the default, unless another logger has been set since
 */
export function setDiagnosticLogger(to: DiagLogger): () => void {
  logger = to;
  return () => {
    if (logger === to) logger = undefined;
  };
}

/** The rejection of an operation whose failure was reported where it happened, so that a caller does not report it again. */
export class ReportedError extends Error {
  override readonly name = 'ReportedError';
}

/** Returns whether everything that an error consists of was reported. */
export function isReported(error: unknown): boolean {
  return error instanceof AggregateError ? error.errors.every(isReported) : error instanceof ReportedError;
}
