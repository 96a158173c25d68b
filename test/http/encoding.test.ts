import { describe, expect, it } from 'vitest';
import { type Encoding, negotiateEncoding } from '../../src/http/encoding';

describe('negotiateEncoding', () => {
  it.each<[string | undefined, Encoding]>([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['br, gzip', 'br'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['gzip;q=0, br', 'br'],
    ['gzip;q=0', 'identity'],
    ['identity, gzip;q=0.5', 'identity'],
    ['*', 'identity'],
    ['deflate, gzip ; q = 0.5', 'gzip'],
    ['deflate', 'identity'],
    ['gzip;q=2, br;q=0.1', 'br'],
    ['gzip;q=0.1234', 'identity'],
    [`gzip${' '.repeat(5000)}`, 'identity'],
  ])('chooses for %j: %s', (header, expected) => {
    expect(negotiateEncoding(header, ['gzip', 'br'])).toBe(expected);
  });

  it('never chooses what is not offered', () => {
    expect(negotiateEncoding('zstd, br;q=0.1', ['gzip'])).toBe('identity');
  });
});
