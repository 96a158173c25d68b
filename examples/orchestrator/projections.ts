import type { Store, StoredEvent } from './store';

/** Makes a view of events. Throws when it cannot make sense of one. */
export interface Projection {
  readonly name: string;
  handle(event: StoredEvent, store: Store): void;
}

/** How many users there are, by the plan they chose. */
const users: Projection = {
  name: 'user_projection',
  handle: ({ type, data }, store) => {
    if (type !== 'UserRegistered') return;
    const { plan } = JSON.parse(data) as { plan?: unknown };
    if (typeof plan !== 'string') throw new Error('a user has no plan');
    store.add('user_projection', plan, 1);
  },
};

/** How much was ordered, by product. */
const orders: Projection = {
  name: 'order_projection',
  handle: ({ type, data }, store) => {
    if (type !== 'OrderPlaced') return;
    const { product, quantity } = JSON.parse(data) as { product?: unknown; quantity?: unknown };
    if (typeof product !== 'string' || typeof quantity !== 'number')
      throw new Error('an order has no product or quantity');
    store.add('order_projection', product, quantity);
  },
};

export const PROJECTIONS: readonly Projection[] = [users, orders];
