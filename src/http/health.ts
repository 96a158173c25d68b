import { within } from './deadline';

/**
 * Says whether a part of the app can do its work. Returning, or resolving, means ready; throwing, or rejecting, means not
 * ready, and the error's message is shown. A check that gives no answer within 2 seconds is not ready.
 */
export type ReadinessCheck = () => void | Promise<void>;

/** The body of `/health`, as the stream processor's document has it ("HTTP Endpoints"). */
export interface HealthReport {
  readonly status: 'healthy';
  readonly version: string;
  readonly uptime_seconds: number;
}

/** The body of `/ready`, as the stream processor's document has it ("HTTP Endpoints"). */
export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ready: boolean; readonly message: string | null }[];
}

const CHECK_TIMEOUT_MILLIS = 2000;

/** The health of a process: alive while it answers, ready while every check passes. */
export class Health {
  private readonly checks = new Map<string, ReadinessCheck>();

  /** @param version the app's version, shown by `/health` */
  constructor(private readonly version: string) {}

  /**
   * Adds a check, or replaces the one of that name.
   *
   * @returns a function that takes the check away again
   */
  addCheck(name: string, check: ReadinessCheck): () => void {
    this.checks.set(name, check);
    return () => {
      if (this.checks.get(name) === check) this.checks.delete(name);
    };
  }

  health(): HealthReport {
    return { status: 'healthy', version: this.version, uptime_seconds: Math.floor(process.uptime()) };
  }

  async readiness(): Promise<ReadinessReport> {
    const checks = await Promise.all(
      [...this.checks].map(async ([name, check]) => {
        const message = await failureOf(check);
        return { name, ready: message === null, message };
      }),
    );
    return { ready: checks.every(({ ready }) => ready), checks };
  }
}

async function failureOf(check: ReadinessCheck): Promise<string | null> {
  try {
    const late = `gave no answer within ${CHECK_TIMEOUT_MILLIS / 1000} s`;
    await within(Promise.resolve().then(check), CHECK_TIMEOUT_MILLIS, late);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
