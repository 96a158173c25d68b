import { type DiagLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import { resetDiagnostics } from '../src/diagnostics';

/** The diagnostics that were logged since the last call, oldest first. */
export interface Diagnostics {
  /** Returns them as they were logged. */
  messages(): string[];
  /** Returns their codes. */
  codes(): string[];
  stop(): void;
}

/** Returns a logger that adds what is logged to a list. */
export function listLogger(messages: string[]): DiagLogger {
  const add = (...parts: unknown[]) => void messages.push(parts.map(String).join(' '));
  return { error: add, warn: add, info: add, debug: add, verbose: add };
}

/** Collects the diagnostics that the sources log through OpenTelemetry's `diag`. */
export function listenToDiagnostics(): Diagnostics {
  const logged: string[] = [];
  resetDiagnostics();
  diag.setLogger(listLogger(logged), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  return {
    messages: () => logged.splice(0),
    codes: () => logged.splice(0).map((message) => /^meterbridge ([a-z-]+): /.exec(message)?.[1] ?? message),
    stop: () => diag.disable(),
  };
}

/** A logger with a private field, which throws if a method is called without the logger itself. */
export class PrivateLogger implements DiagLogger {
  readonly #logged: string[] = [];
  error(message: string): void {
    this.#logged.push(message);
  }
  warn(message: string): void {
    this.#logged.push(message);
  }
  info(): void {}
  debug(): void {}
  verbose(): void {}
  get logged(): readonly string[] {
    return this.#logged;
  }
}
