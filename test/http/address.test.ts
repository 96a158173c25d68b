import { describe, expect, it } from 'vitest';
import { type Address, authority, isLoopback, isTrustedHost, parseAddress } from '../../src/http/address';

describe('parseAddress', () => {
  it.each<[string | number, Address]>([
    [9464, { host: 'localhost', port: 9464 }],
    ['9464', { host: 'localhost', port: 9464 }],
    [':9090', { host: undefined, port: 9090 }],
    ['0.0.0.0:9090', { host: '0.0.0.0', port: 9090 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['metrics.local:0', { host: 'metrics.local', port: 0 }],
  ])('parses %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each(['', 'localhost', ':', ':x', ':65536', '::1:80', 'a:b:1', -1, 1.5])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(RangeError);
  });
});

describe('authority', () => {
  it('puts an IPv6 address in brackets', () => {
    expect([authority('::1', 80), authority('localhost', 80)]).toEqual(['[::1]:80', 'localhost:80']);
  });
});

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.1.2.3', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
  ])('isLoopback returns for %s: %j', (ip, expected) => {
    expect(isLoopback(ip)).toBe(expected);
  });
});

describe('isTrustedHost', () => {
  const allowed = new Set(['metrics.example']);

  it.each([
    'localhost',
    'LOCALHOST:9464',
    'localhost.',
    '127.0.0.1:80',
    '10.1.2.3',
    '[::1]',
    '[::1]:80',
    'Metrics.Example:1',
  ])('accepts %s', (host) => {
    expect(isTrustedHost(host, allowed)).toBe(true);
  });

  it.each(['attacker.example', 'localhost.attacker.example', '127.0.0.1.nip.io', '', 'x', '[attacker.example]'])(
    'refuses %j',
    (host) => {
      expect(isTrustedHost(host, allowed)).toBe(false);
    },
  );
});
