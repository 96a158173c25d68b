import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { normalizeTarget, pathOf } from '../../src/http/target';

const request = (url: string, host?: string) => ({ url, headers: { host } }) as unknown as IncomingMessage;

describe('normalizeTarget', () => {
  it.each([
    ['http://a.example:80/metrics?x=1', 'a.example:80', '/metrics?x=1'],
    ['HTTPS://A.example/', 'A.example', '/'],
    ['http://a.example', 'a.example', '/'],
    ['http://a.example?x=1', 'a.example', '/?x=1'],
    ['http://user@a.example/m', 'user@a.example', '/m'],
    ['http:///m', '', '/m'],
    ['/metrics', 'host.example', '/metrics'],
    ['//metrics', 'host.example', '//metrics'],
    ['/http://a.example/', 'host.example', '/http://a.example/'],
    ['*', 'host.example', '*'],
  ])('turns %s into the host %s and the target %s', (url, host, target) => {
    const message = request(url, 'host.example');
    expect(normalizeTarget(message)).toBe(host);
    expect(message.url).toBe(target);
  });
});

describe('pathOf', () => {
  it('returns the path without its query', () => {
    expect([pathOf(request('/a?b?c')), pathOf(request('/a')), pathOf(request('?b'))]).toEqual(['/a', '/a', '']);
  });
});
