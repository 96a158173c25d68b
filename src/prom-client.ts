/**
 * prom-client for OpenTelemetry: the classes and functions of prom-client 15, whose default registry is served on the page
 * of the SDK and sent over OTLP. `import client from 'prom-client'` becomes `import client from 'meterbridge/prom-client'`.
 */
import * as client from './bridges/prom-client';
import { processSlot } from './sdk/process-slot';

export * from './bridges/prom-client';

const { register, bridgePromClient } = client;

const slot = processSlot();
slot.producers ??= new Set();
slot.producers.add(bridgePromClient(register));

/** The content type of the default registry. Code can read it as a property of the module. */
export declare let contentType: client.RegistryContentType;

const CONTENT_TYPE: PropertyDescriptor = {
  enumerable: true,
  get: () => register.contentType,
  set: (value: client.RegistryContentType) => register.setContentType(value),
};
Object.defineProperty(exports, 'contentType', CONTENT_TYPE);

/** Everything that this module exports. */
const exported: typeof client & { contentType: client.RegistryContentType } = Object.defineProperty(
  { ...client } as typeof client & { contentType: client.RegistryContentType },
  'contentType',
  CONTENT_TYPE,
);
export default exported;
