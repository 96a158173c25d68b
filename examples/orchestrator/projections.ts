import type { StoredEvent } from './store';

/** An addition to a value of a projection's view. */
export interface Change {
  readonly key: string;
  readonly amount: number;
}

/** Computes the changes of a view from an event. Throws for an event that it cannot use. */
export interface Projection {
  readonly name: string;
  handle(event: StoredEvent): readonly Change[];
}

/** The number of users by plan. */
const users: Projection = {
  name: 'user_projection',
  handle: ({ type, data }) => {
    if (type !== 'UserRegistered') return [];
    const { plan } = JSON.parse(data) as { plan?: unknown };
    if (typeof plan !== 'string') throw new Error('invalid user: expected a plan');
    return [{ key: plan, amount: 1 }];
  },
};

/** The ordered quantity by product. */
const orders: Projection = {
  name: 'order_projection',
  handle: ({ type, data }) => {
    if (type !== 'OrderPlaced') return [];
    const { product, quantity } = JSON.parse(data) as { product?: unknown; quantity?: unknown };
    if (typeof product !== 'string' || typeof quantity !== 'number')
      throw new Error('invalid order: expected a product and a quantity');
    return [{ key: product, amount: quantity }];
  },
};

export const PROJECTIONS: readonly Projection[] = [users, orders];
