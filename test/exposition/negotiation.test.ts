import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FormatName, negotiateFormat } from '../../src/exposition/negotiation';

const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

describe('negotiateFormat', () => {
  it.each<[string | undefined, FormatName, string]>([
    [undefined, 'text-0.0.4', 'underscores'],
    ['', 'text-0.0.4', 'underscores'],
    ['*/*', 'text-0.0.4', 'underscores'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text-0.0.4', 'underscores'],
    ['text/plain;version=1.0.0;escaping=allow-utf-8', 'text-1.0.0', 'allow-utf-8'],
    ['text/plain; version=1.0.0', 'text-1.0.0', 'underscores'],
    ['text/plain;version=0.0.4;escaping=allow-utf-8', 'text-0.0.4', 'underscores'],
    ['application/openmetrics-text', 'openmetrics-1.0.0', 'underscores'],
    ['application/openmetrics-text;escaping=allow-utf-8', 'openmetrics-1.0.0', 'allow-utf-8'],
    ['application/openmetrics-text;version=0.0.1', 'openmetrics-0.0.1', 'underscores'],
    ['application/openmetrics-text;version=0.0.1;escaping=allow-utf-8', 'openmetrics-0.0.1', 'underscores'],
    ['application/openmetrics-text;version=1.0.0;escaping=allow-utf8', 'openmetrics-1.0.0', 'underscores'],
    [`${PROTOBUF};escaping=dots`, 'protobuf', 'dots'],
    ['application/openmetrics-text;version=1.0.0;escaping=values', 'openmetrics-1.0.0', 'values'],
    ['application/openmetrics-text;version=2.0.0', 'text-0.0.4', 'underscores'],
    ['application/openmetrics-text;version=2.0.0,text/plain;version=1.0.0;q=0.5', 'text-1.0.0', 'underscores'],
    ['application/openmetrics-text;version=1.0.0;escaping=nonsense', 'openmetrics-1.0.0', 'underscores'],
    ['APPLICATION/OpenMetrics-Text;VERSION="1.0.0"', 'openmetrics-1.0.0', 'underscores'],
    [PROTOBUF, 'protobuf', 'underscores'],
    ['application/vnd.google.protobuf;proto=other;encoding=delimited', 'text-0.0.4', 'underscores'],
    [`text/plain;q=0.5,${PROTOBUF};q=0.4`, 'text-0.0.4', 'underscores'],
    [`text/plain;q=0.4,${PROTOBUF};q=0.5`, 'protobuf', 'underscores'],
    ['application/openmetrics-text;version=1.0.0;q=0,text/plain;q=0.1', 'text-0.0.4', 'underscores'],
    ['text/plain;q=0', 'text-0.0.4', 'underscores'],
    [';;;,,,q=1', 'text-0.0.4', 'underscores'],
    [`x${',text/plain;version=1.0.0'.repeat(1000)}`, 'text-0.0.4', 'underscores'],
  ])('answers Accept %s with %s, escaped by %s', (accept, name, escaping) => {
    expect(negotiateFormat(accept)).toMatchObject({ name, escaping });
  });

  it('answers Prometheus 2.42 and 3 with the format that they prefer, and names the escaping in its content type', () => {
    const of242 =
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    expect(negotiateFormat(of242).contentType).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
    );
    const of3 =
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
    expect(negotiateFormat(of3)).toMatchObject({ name: 'openmetrics-1.0.0', escaping: 'allow-utf-8' });
    expect(negotiateFormat(undefined).contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('names no escaping scheme in the content type of the formats that have none', () => {
    const openMetrics = negotiateFormat('application/openmetrics-text;version=0.0.1;escaping=allow-utf-8');
    expect(openMetrics.contentType).toBe('application/openmetrics-text; version=0.0.1; charset=utf-8');
    const text = negotiateFormat('text/plain;version=0.0.4;escaping=allow-utf-8');
    expect(text.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  it('answers any header with the content type of a known format', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom(PROTOBUF, 'text/plain', ';version=1.0.0', ';q=0.5', ',', '"', '*/*'),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const { contentType } = negotiateFormat(parts.join(''));
        expect(contentType).toMatch(/^(text\/plain|application\/(openmetrics-text|vnd\.google\.protobuf)); [ -~]+$/);
      }),
    );
  });
});
