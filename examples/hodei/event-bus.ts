import { hodei } from 'meterbridge/systems/hodei';

/** The events of the server. */
export interface Events {
  readonly 'job.submitted': { readonly jobId: string };
  readonly 'job.finished': { readonly jobId: string };
  readonly 'worker.registered': { readonly workerId: string };
  readonly 'worker.idle': { readonly workerId: string };
  readonly 'worker.lost': { readonly workerId: string };
}

export const EVENT_TYPES: readonly (keyof Events)[] = [
  'job.submitted',
  'job.finished',
  'worker.registered',
  'worker.idle',
  'worker.lost',
];

type Handler<E extends keyof Events> = (event: Events[E]) => void;

/** Delivers published events to their subscribers. */
export class EventBus {
  private readonly handlers = new Map<keyof Events, Set<Handler<never>>>();
  private subscribers = 0;

  /** @returns a function that ends the subscription */
  subscribe<E extends keyof Events>(type: E, handler: Handler<E>): () => void {
    const handlers = this.handlers.get(type) ?? new Set();
    this.handlers.set(type, handlers);
    handlers.add(handler);
    hodei.setEventBusSubscribers(++this.subscribers);
    return () => {
      if (handlers.delete(handler)) hodei.setEventBusSubscribers(--this.subscribers);
    };
  }

  publish<E extends keyof Events>(type: E, event: Events[E]): void {
    hodei.recordEventPublished(type);
    for (const handler of this.handlers.get(type) ?? []) {
      hodei.recordEventReceived(type);
      (handler as Handler<E>)(event);
    }
  }
}
