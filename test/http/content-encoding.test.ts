import { describe, expect, it } from 'vitest';
import { negotiateEncoding } from '../../src/http/content-encoding';

describe('negotiateEncoding', () => {
  it.each<[string | undefined, string]>([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'gzip'],
    ['br;q=1, gzip;q=0.5', 'br'],
    ['gzip;q=0.5, br ; q=1.000', 'br'],
    ['gzip;q=0', 'identity'],
    ['gzip;q=2', 'identity'],
    ['deflate', 'identity'],
    ['identity, gzip;q=0.5', 'identity'],
    ['identity;q=0.5, gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['*', 'identity'],
    ['zstd, gzip;q=0.1', 'gzip'],
    [`gzip${' '.repeat(2000)}`, 'identity'],
  ])('answers Accept-Encoding %j with %s where gzip and br are offered', (header, encoding) => {
    expect(negotiateEncoding(header, ['gzip', 'br'])).toBe(encoding);
  });
});
