import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { afterEach, describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { createResource, parseResourceAttributes } from '../../src/sdk/resource';

describe('createResource', () => {
  it('has the default attributes of the specification', () => {
    expect(createResource({}).attributes).toEqual({
      'service.name': 'unknown_service:node',
      'telemetry.sdk.language': 'nodejs',
      'telemetry.sdk.name': 'meterbridge',
      'telemetry.sdk.version': version,
    });
  });

  it('prefers the given attributes and leaves out undefined ones', () => {
    const { attributes } = createResource({ 'service.name': 'jobs', zone: undefined });
    expect(attributes['service.name']).toBe('jobs');
    expect(attributes).not.toHaveProperty('zone');
  });

  it('merges like the stock resource: the other takes precedence', () => {
    const ours = createResource({ a: 1, b: 1 });
    const stock = resourceFromAttributes({ a: 1, b: 1 });
    const other = resourceFromAttributes({ b: 2, c: 3 }, { schemaUrl: 'https://opentelemetry.io/schemas/1.37.0' });
    expect(ours.merge(other).attributes).toMatchObject(stock.merge(other).attributes);
    expect(ours.merge(other).schemaUrl).toBe(other.schemaUrl);
    expect(ours.merge(null)).toBe(ours);
  });

  it('has no schema URL after a merge of two different ones', () => {
    const one = resourceFromAttributes({}, { schemaUrl: 'https://example.com/1' });
    const two = resourceFromAttributes({}, { schemaUrl: 'https://example.com/2' });
    expect(createResource({}).merge(one).merge(two).schemaUrl).toBeUndefined();
  });

  it('can be merged into a stock resource', () => {
    const merged = resourceFromAttributes({ a: 1 }).merge(createResource({ b: 2 }));
    expect(merged.attributes).toMatchObject({ a: 1, b: 2, 'telemetry.sdk.name': 'meterbridge' });
  });
});

describe('parseResourceAttributes', () => {
  afterEach(() => {
    delete process.env.OTEL_RESOURCE_ATTRIBUTES;
  });

  it.each(['a=1', ' a = 1 , b=2', 'a=%2C%3D%20x,%C3%A9=1', 'a=', 'a=1,,b=2', 'a=1,a=2'])(
    'reads %j as the stock detector does',
    (text) => {
      process.env.OTEL_RESOURCE_ATTRIBUTES = text;
      expect(parseResourceAttributes(text)).toEqual(detectResources({ detectors: [envDetector] }).attributes);
    },
  );

  it.each(['a', '=1', 'a=1=2', 'a=%E9', 'a=1,b'])('refuses %j as a whole', (text) => {
    expect(parseResourceAttributes(text)).toBeUndefined();
  });
});
