/**
 * The entry point of `meterbridge/prom-client` for ECMAScript modules, which the CommonJS module would give a default export
 * that differs between Node.js and bundlers.
 */
import module from './prom-client.js';

export * from './prom-client.js';

const client = module.default;
export const { contentType } = client;
export default client;
