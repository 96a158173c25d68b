/**
 * The entry point of `meterbridge/prom-client` for ECMAScript modules, which the CommonJS module would give a default export
 * that differs between Node.js and bundlers.
 */
import module, { type RegistryContentType } from './prom-client.js';

export * from './prom-client.js';

type Client = typeof import('./bridges/prom-client/index.js') & { contentType: RegistryContentType };

const client: Client = module.default;
export const { contentType } = client;
export default client;
