import { recovered, report } from '../diagnostics';

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

/** Returns a reason for any error. Node.js gives a failed connection to several addresses an empty message and a list. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describeError).join(', ');
  const { message, code } = Object(error) as { message?: unknown; code?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(error);
  return typeof code === 'number' ? `${code} ${text}` : text;
}
