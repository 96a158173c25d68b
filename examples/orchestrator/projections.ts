import type { Store, StoredEvent } from './store';

/** Computes a view from events. Throws for an event that it cannot use. */
export interface Projection {
  readonly name: string;
  handle(event: StoredEvent, store: Store): void;
}

/** The number of users by plan. */
const users: Projection = {
  name: 'user_projection',
  handle: ({ type, data }, store) => {
    if (type !== 'UserRegistered') return;
    const { plan } = JSON.parse(data) as { plan?: unknown };
    if (typeof plan !== 'string') throw new Error('invalid user: expected a plan');
    store.add('user_projection', plan, 1);
  },
};

/** The ordered quantity by product. */
const orders: Projection = {
  name: 'order_projection',
  handle: ({ type, data }, store) => {
    if (type !== 'OrderPlaced') return;
    const { product, quantity } = JSON.parse(data) as { product?: unknown; quantity?: unknown };
    if (typeof product !== 'string' || typeof quantity !== 'number')
      throw new Error('invalid order: expected a product and a quantity');
    store.add('order_projection', product, quantity);
  },
};

export const PROJECTIONS: readonly Projection[] = [users, orders];
