import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attributes } from '@opentelemetry/api';

/**
 * Returns the resource attributes that an SDK must provide (OpenTelemetry specification, Resource SDK; semantic
 * conventions, Service and Telemetry SDK).
 */
export function defaultAttributes(): Attributes {
  const { name, version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));
  return {
    'service.name': `unknown_service:${process.argv0}`,
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': name,
    'telemetry.sdk.version': version,
  };
}
