import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FormatName, negotiateEncoding, negotiateFormat } from '../../src/exposition/negotiation';

const PROTOBUF = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited';

describe('the format', () => {
  it.each<[string | undefined, FormatName, string]>([
    [undefined, 'text-0.0.4', 'underscores'],
    ['', 'text-0.0.4', 'underscores'],
    ['*/*', 'text-0.0.4', 'underscores'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text-0.0.4', 'underscores'],
    ['text/plain;version=1.0.0;escaping=allow-utf-8', 'text-1.0.0', 'allow-utf-8'],
    ['text/plain; version=1.0.0', 'text-1.0.0', 'underscores'],
    ['text/plain;version=0.0.4;escaping=allow-utf-8', 'text-0.0.4', 'underscores'],
    ['application/openmetrics-text', 'openmetrics-0.0.1', 'underscores'],
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
  ])('for Accept %s is %s with %s', (accept, name, escaping) => {
    expect(negotiateFormat(accept)).toMatchObject({ name, escaping });
  });

  it('is what a real Prometheus asks for first', () => {
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

  it('is a legal answer to whatever is asked', () => {
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

describe('the encoding', () => {
  it.each<[string | undefined, string]>([
    [undefined, 'identity'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'gzip'],
    ['br;q=1, gzip;q=0.5', 'br'],
    ['gzip;q=0', 'identity'],
    ['deflate', 'identity'],
    ['identity, gzip;q=0.5', 'identity'],
    ['GZIP', 'gzip'],
    ['*', 'identity'],
  ])('for Accept-Encoding %s is %s', (header, encoding) => {
    expect(negotiateEncoding(header, ['gzip', 'br'])).toBe(encoding);
  });
});
