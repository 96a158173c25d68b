import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { report } from '../../diagnostics';

/**
 * Subscribes to diagnostics channels. An exception of a listener is reported: Node.js would make it an uncaught exception
 * of the app.
 *
 * @returns a function that unsubscribes
 */
export function subscribeAll(listeners: Readonly<Record<string, (message: never) => void>>): () => void {
  const guarded = Object.entries(listeners).map(
    ([channel, listener]) =>
      [
        channel,
        (message: unknown) => {
          try {
            listener(message as never);
          } catch (error) {
            report('instrumentation', `cannot measure an HTTP request: ${error}`, channel);
          }
        },
      ] as const,
  );
  for (const [channel, listener] of guarded) subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of guarded) unsubscribe(channel, listener);
  };
}
