import { basename } from 'node:path';
import type { Attributes } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { report } from '../diagnostics';
import { readAttributes } from '../engine/attributes';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../package-info';

/**
 * The entity that metrics are collected for (OpenTelemetry specification, Resource SDK). The shape is that of
 * `@opentelemetry/resources`, so that stock exporters accept it; that package is not loaded.
 */
class AttributeResource implements Resource {
  readonly asyncAttributesPending = false;

  declare readonly schemaUrl?: string;

  constructor(
    readonly attributes: Attributes,
    schemaUrl?: string,
  ) {
    if (schemaUrl !== undefined) this.schemaUrl = schemaUrl;
  }

  async waitForAsyncAttributes(): Promise<void> {}

  /** Returns a resource with the attributes of both; those of `other` take precedence. Two different schema URLs cancel out. */
  merge(other: Resource | null): Resource {
    if (other === null) return this;
    const schemaUrls = new Set([this.schemaUrl, other.schemaUrl].filter((url) => url !== undefined));
    const [schemaUrl] = schemaUrls.size === 1 ? schemaUrls : [];
    return new AttributeResource({ ...this.attributes, ...other.attributes }, schemaUrl);
  }

  getRawAttributes(): ReturnType<Resource['getRawAttributes']> {
    return Object.entries(this.attributes);
  }
}

/**
 * Returns the resource of an SDK: the default attributes, overridden by the given ones. `telemetry.sdk.name` is not
 * `opentelemetry`, which the specification reserves for its own SDKs (Resource semantic conventions, Telemetry SDK). A value that no attribute can have is replaced or left out, which is
 * reported.
 */
export function createResource(attributes: Attributes): Resource {
  const { attributes: given, issues } = readAttributes('the resource', attributes);
  for (const { message, path } of issues) report('configuration', message, path);
  return new AttributeResource({
    'service.name': `unknown_service:${basename(process.execPath).replace(/\.exe$/i, '')}`,
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': PACKAGE_NAME,
    'telemetry.sdk.version': PACKAGE_VERSION,
    ...given,
  });
}

/**
 * Returns the attributes of `OTEL_RESOURCE_ATTRIBUTES`: pairs `key=value`, separated by commas, percent-encoded. An
 * invalid pair makes the whole value invalid, as the specification says (Resource SDK, Specifying resource information
 * via an environment variable).
 */
export function parseResourceAttributes(text: string): Attributes | undefined {
  const attributes: Attributes = {};
  for (const pair of text.split(',')) {
    if (pair.trim() === '') continue;
    const [key = '', value, ...rest] = pair.split('=').map((part) => decode(part.trim()));
    if (!key || value === undefined || rest.length > 0) return undefined;
    attributes[key] = value;
  }
  return attributes;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
