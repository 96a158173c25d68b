import { recovered, report } from '../diagnostics';
import { errorMessage } from '../issues';

/** Reports that a backend does not take metrics: once when that begins, once when it ends, however many exports fail. */
export class Outage {
  private isOngoing = false;

  /** @param exporter the exporter's name */
  constructor(private readonly exporter: string) {}

  begin(error: unknown): void {
    this.isOngoing = true;
    // Reported only once until it is marked as recovered.
    report('export', `cannot send metrics (${this.exporter}): ${describeError(error)}`, this.exporter);
  }

  end(): void {
    if (!this.isOngoing) return;
    this.isOngoing = false;
    recovered('export', this.exporter, `metrics are sent again (${this.exporter})`);
  }
}

/** Returns the message of an error of an exporter, after its HTTP or gRPC status if it has one. */
export function describeError(error: unknown): string {
  const { code } = Object(error) as { code?: unknown };
  const text = errorMessage(error);
  return typeof code === 'number' ? `${code} ${text}` : text;
}
