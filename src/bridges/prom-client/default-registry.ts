import { Registry } from './registry';

/** The registry of metrics that are created without one. */
export const register: Registry = new Registry();
