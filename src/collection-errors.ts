import { recovered, report } from './diagnostics';
import { errorMessage } from './issues';

/**
 * Reports the errors of one reader's collections: each once, and again if it returns after a collection without it. So a
 * callback that fails, recovers and fails again is reported twice.
 */
export class CollectionErrors {
  private failing: ReadonlySet<string> = new Set();

  /** @param errors the errors of one collection, none if it was complete */
  report(errors: readonly unknown[]): void {
    if (errors.length === 0 && this.failing.size === 0) return;
    const messages = new Set(errors.map((error) => `part of the metrics is missing: ${errorMessage(error)}`));
    for (const message of this.failing) if (!messages.has(message)) recovered('callback', message);
    for (const message of messages) report('callback', message);
    this.failing = messages;
  }
}
