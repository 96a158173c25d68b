import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { resetDiagnostics } from '../src/diagnostics';

/** What was said since it was last asked, oldest first. */
export interface Diagnostics {
  take(): string[];
  stop(): void;
}

/** A logger that keeps what it is told. */
export function keepingLogger(messages: string[]): DiagLogger {
  const keep = (...told: unknown[]) => void messages.push(told.map(String).join(' '));
  return { error: keep, warn: keep, info: keep, debug: keep, verbose: keep };
}

/** Listens to what the sources say through OpenTelemetry's `diag`. */
export function listenToDiagnostics(): Diagnostics {
  const messages: string[] = [];
  resetDiagnostics();
  diag.setLogger(keepingLogger(messages), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  return { take: () => messages.splice(0), stop: () => diag.disable() };
}
