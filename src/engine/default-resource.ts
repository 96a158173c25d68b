import type { Attributes } from '@opentelemetry/api';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../package-info';

/**
 * Returns the resource attributes that an SDK must provide (OpenTelemetry specification, Resource SDK; semantic
 * conventions, Service and Telemetry SDK).
 */
export function defaultAttributes(): Attributes {
  return {
    'service.name': `unknown_service:${process.argv0}`,
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': PACKAGE_NAME,
    'telemetry.sdk.version': PACKAGE_VERSION,
  };
}
