import { diag } from '@opentelemetry/api';

/**
 * Everything meterbridge says about bad input and failing parts goes through here, to OpenTelemetry's `diag`.
 *
 * | level | codes |
 * |---|---|
 * | error | configuration, port-in-use, listen, export, collect, start, conflict, instrumentation |
 * | warn | label, value, overflow, unused-option, unsupported, host, http-option, http-source |
 */
export type DiagnosticCode =
  | 'configuration'
  | 'port-in-use'
  | 'listen'
  | 'export'
  | 'collect'
  | 'start'
  | 'conflict'
  | 'label'
  | 'value'
  | 'overflow'
  | 'unused-option'
  | 'unsupported'
  | 'host'
  | 'instrumentation'
  | 'http-option'
  | 'http-source';

const errors: ReadonlySet<DiagnosticCode> = new Set([
  'configuration',
  'port-in-use',
  'listen',
  'export',
  'collect',
  'start',
  'conflict',
  'instrumentation',
]);

/** Causes already reported. Bounded, because a cause may hold a value from outside. */
const reported = new Set<string>();
const MOST_CAUSES = 1000;

/**
 * Says `message` once for each `cause`; later reports of the same cause are silent.
 *
 * @param code the kind of fault
 * @param message what was wrong, where, what was given and what is accepted
 * @param cause what makes two reports the same; the message itself unless given
 */
export function report(code: DiagnosticCode, message: string, cause = message): void {
  const key = `${code}\n${cause}`;
  if (reported.has(key) || reported.size >= MOST_CAUSES) return;
  reported.add(key);
  const text = `meterbridge ${code}: ${message}`;
  if (errors.has(code)) diag.error(text);
  else diag.warn(text);
}

/** Forgets what was reported, so that a new SDK in the same process speaks again. */
export function forgetReports(): void {
  reported.clear();
}

/** A value from outside, made short and printable for a message. Never throws. */
export function shown(value: unknown): string {
  let text: string;
  try {
    text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  } catch {
    text = `an unprintable ${typeof value}`;
  }
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
