import { request as httpRequest } from 'node:http';
import { hashSync } from 'bcryptjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exchange, listen } from './servers';

const web = {
  basicAuthUsers: { alice: hashSync('wonder:land', 4), bob: hashSync('builder', 4).replace('$2b$', '$2y$') },
  bearerToken: 'a-token',
  authExcludedPaths: ['/health'],
};
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

/** Sends a request from an address of the loopback network; returns the status and some headers. */
function sendRequest(
  port: number,
  authorization: string | undefined,
  { localAddress = '127.0.0.1', path = '/metrics' } = {},
): Promise<{ status: number | undefined; challenge: string | undefined; retryAfter: string | undefined }> {
  const headers = authorization === undefined ? {} : { authorization };
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path, localAddress, headers, agent: false }, (response) => {
      const { 'www-authenticate': challenge, 'retry-after': retryAfter } = response.headers;
      response.resume().on('end', () => resolve({ status: response.statusCode, challenge, retryAfter }));
    })
      .on('error', reject)
      .end();
  });
}

// The limit of failures must not depend on how fast the machine is.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('authentication', () => {
  it.each([
    ['no credentials', undefined, 401],
    ['a password that contains a colon', basic('alice:wonder:land'), 200],
    ['a password whose hash htpasswd made', basic('bob:builder'), 200],
    ['a wrong password', basic('alice:wonderland'), 401],
    ['the password of another user', basic('alice:builder'), 401],
    ['an unknown user with a known password', basic('carol:builder'), 401],
    ['a user name that objects inherit', basic('constructor:builder'), 401],
    ['a user without a password', basic('alice'), 401],
    ['an empty password', basic('alice:'), 401],
    ['credentials that are not base64', 'Basic !!!!', 401],
    ['a token', 'Bearer a-token', 200],
    ['a token whose scheme is in lower case', 'bearer a-token', 200],
    ['a token after two spaces', 'Bearer  a-token', 200],
    ['a wrong token', 'Bearer b-token', 401],
    ['the beginning of a token', 'Bearer a-tok', 401],
    ['a token and something else', 'Bearer a-token anything', 401],
    ['an empty token', 'Bearer ', 401],
    ['another scheme', 'Digest a-token', 401],
    ['nonsense', '\u00ff', 401],
  ])('answers %s with the right status, also the second time', async (_, authorization, status) => {
    const { port } = await listen({ web });
    for (let i = 0; i < 2; i++) {
      const response = await sendRequest(port, authorization);
      expect(response.status).toBe(status);
      expect(response.challenge).toBe(status === 200 ? undefined : 'Basic realm="metrics", Bearer');
    }
  });

  it('protects every path but those that are excluded, whatever their spelling', async () => {
    const { port } = await listen({ web });
    const status = async (path: string) => (await sendRequest(port, undefined, { path })).status;
    expect(await status('/health')).toBe(200);
    expect(await status('/health?x')).toBe(200);
    for (const path of [
      '/metrics',
      '/',
      '/nothing',
      '/health/',
      '//health',
      '/metrics/../health',
      '/metrics#/health',
    ]) {
      expect(await status(path), path).toBe(401);
    }
  });

  it('limits wrong credentials of one address with 429, and lets others in', async () => {
    const { port } = await listen({ web });
    const statuses: (number | undefined)[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await sendRequest(port, `Bearer wrong-${i}`)).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    // Right credentials from there are not tried either, so that guessing stays slow.
    const limited = await sendRequest(port, basic('bob:builder'));
    expect([limited.status, limited.retryAfter]).toEqual([429, '1']);
    expect((await sendRequest(port, basic('bob:builder'), { localAddress: '127.0.0.2' })).status).toBe(200);
    expect((await sendRequest(port, 'Bearer a-token', { localAddress: '127.0.0.3' })).status).toBe(200);
    vi.advanceTimersByTime(1000);
    expect((await sendRequest(port, basic('bob:builder'))).status).toBe(200);
  });

  it('keeps serving a client whose credentials were verified while others at its address guess', async () => {
    const { port } = await listen({ web });
    expect((await sendRequest(port, basic('bob:builder'))).status).toBe(200);
    for (let i = 0; i < 15; i++) await sendRequest(port, basic(`bob:guess-${i}`));
    expect((await sendRequest(port, basic('bob:another'))).status).toBe(429);
    expect((await sendRequest(port, basic('bob:builder'))).status).toBe(200);
    // What was verified for one address does not help to guess at another.
    expect((await sendRequest(port, basic('bob:builderr'), { localAddress: '127.0.0.2' })).status).toBe(401);
  });

  it('admits a right password while sixty clients send wrong ones', async () => {
    const { port } = await listen({ web: { basicAuthUsers: { alice: hashSync('right', 8) } } });
    const attack = Array.from({ length: 60 }, (_, i) =>
      sendRequest(port, basic(`alice:wrong-${i}`), { localAddress: '127.0.0.9' }),
    );
    const admitted = await sendRequest(port, basic('alice:right'), { localAddress: '127.0.0.2' });
    expect(admitted.status).toBe(200);
    const statuses = (await Promise.all(attack)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(50);
  });

  it('verifies the credentials of concurrent requests once', async () => {
    const { port } = await listen({ web });
    const statuses = await Promise.all(Array.from({ length: 30 }, () => sendRequest(port, basic('alice:wrong'))));
    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([401]));
  });

  it('takes no place of a request while a password is verified', async () => {
    const { port } = await listen({
      web: { basicAuthUsers: { alice: hashSync('x', 10) }, bearerToken: 'b' },
      maxRequests: 1,
    });
    const verifying = Array.from({ length: 5 }, (_, i) => sendRequest(port, basic(`alice:wrong-${i}`)));
    expect((await sendRequest(port, 'Bearer b')).status).toBe(200);
    expect((await Promise.all(verifying)).map(({ status }) => status)).toEqual(Array(5).fill(401));
  });

  it('refuses a path that contains NUL', async () => {
    const { port } = await listen({ web });
    expect(await exchange(port, 'GET /health\0 HTTP/1.1\r\nhost: localhost\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});
