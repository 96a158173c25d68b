import { errorMessage } from '../issues';
import { withTimeout } from '../timeout';

/**
 * Reports whether a part of the app can do its work. Returning or resolving means ready. Throwing or rejecting means not
 * ready, and the message of the error is shown. A check that takes more than 2 seconds is not ready.
 */
export type ReadinessCheck = () => void | Promise<void>;

/** The body of `/health` (stream processor, "HTTP Endpoints"). */
export interface HealthReport {
  /** Always `healthy`: a process that is not does not answer. */
  readonly status: 'healthy';
  /** The version of the app. */
  readonly version: string;
  /** How long the process has run, in whole seconds. */
  readonly uptime_seconds: number;
}

/** The body of `/ready` (stream processor, "HTTP Endpoints"). */
export interface ReadinessReport {
  /** Whether every check passes. */
  readonly ready: boolean;
  /** Each check, in the order of registration; `message` is null for one that passes. */
  readonly checks: readonly { readonly name: string; readonly ready: boolean; readonly message: string | null }[];
}

const CHECK_TIMEOUT_MILLIS = 2000;

/** The health of a process: healthy while it answers, ready while every check passes. */
export class Health {
  private readonly checks = new Map<string, ReadinessCheck>();
  private running: Promise<ReadinessReport> | undefined;

  /** @param version the version of the app, shown by `/health` */
  constructor(private readonly version: string) {}

  /**
   * Adds a check. A check of the same name is replaced.
   *
   * @returns a function that removes the check
   */
  addCheck(name: string, check: ReadinessCheck): () => void {
    this.checks.set(name, check);
    return () => {
      if (this.checks.get(name) === check) this.checks.delete(name);
    };
  }

  /** Returns the health report. */
  health(): HealthReport {
    return { status: 'healthy', version: this.version, uptime_seconds: Math.floor(process.uptime()) };
  }

  /** Runs the checks and returns their report. Concurrent calls share one run. Never rejects. */
  readiness(): Promise<ReadinessReport> {
    this.running ??= this.runChecks().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async runChecks(): Promise<ReadinessReport> {
    const checks = await Promise.all(
      [...this.checks].map(async ([name, check]) => {
        const message = await failureOf(check);
        return { name, ready: message === null, message };
      }),
    );
    return { ready: checks.every(({ ready }) => ready), checks };
  }
}

/** Returns why a check fails; null when it passes. */
async function failureOf(check: ReadinessCheck): Promise<string | null> {
  try {
    const message = `the check timed out after ${CHECK_TIMEOUT_MILLIS / 1000} s`;
    await withTimeout(Promise.resolve().then(check), CHECK_TIMEOUT_MILLIS, message);
    return null;
  } catch (error) {
    return errorMessage(error);
  }
}
