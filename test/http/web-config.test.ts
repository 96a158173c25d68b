import { describe, expect, it } from 'vitest';
import { openSslCipher } from '../../src/http/tls-config';
import {
  checkWebConfig,
  closedWebConfig,
  headerValue,
  type WebConfig,
  WebConfigError,
} from '../../src/http/web-config';
import { listen } from './servers';

/** Returns the issues of a configuration that may have any type, as `path code`. */
function issuesOf(config: unknown): string[] {
  try {
    checkWebConfig(config as WebConfig, 'web');
    return [];
  } catch (error) {
    if (!(error instanceof WebConfigError)) throw error;
    return error.issues.map(({ code, path }) => `${path} ${code}`);
  }
}

describe('checkWebConfig', () => {
  it.each<[unknown, string[]]>([
    [{}, ['web missing_value']],
    [{ bearerToken: undefined }, ['web missing_value']],
    [{ bearerTokn: 'a' }, ['web.bearerTokn unknown_key', 'web missing_value']],
    [null, ['web invalid_value']],
    ['web-config.yml', ['web invalid_value']],
    [{ bearerToken: '' }, ['web.bearerToken invalid_value']],
    [{ bearerToken: 'two words' }, ['web.bearerToken invalid_value']],
    [{ bearerToken: 'new\nline' }, ['web.bearerToken invalid_value']],
    [{ bearerToken: 5 }, ['web.bearerToken invalid_value']],
    [{ basicAuthUsers: {} }, ['web.basicAuthUsers invalid_value']],
    [{ basicAuthUsers: { a: 'secret' } }, ['web.basicAuthUsers.a invalid_value']],
    [{ basicAuthUsers: { a: 5 } }, ['web.basicAuthUsers.a invalid_value']],
    [{ headers: { 'X-Frame-Options': 5 } }, ['web.headers.X-Frame-Options invalid_value']],
    [{ headers: { 'x-frame-options': 'deny' } }, ['web.headers.x-frame-options unknown_key']],
    [
      { rateLimit: { intervalMillis: 0, burst: 1.5 } },
      ['web.rateLimit.intervalMillis invalid_value', 'web.rateLimit.burst invalid_value'],
    ],
    [{ authExcludedPaths: ['health', '/ready'] }, ['web.authExcludedPaths invalid_value']],
    [{ tls: {} }, ['web.tls.certFile missing_value', 'web.tls.keyFile missing_value']],
    [{ tls: { certFile: '', keyFile: 'b' } }, ['web.tls.certFile invalid_value']],
    [{ tls: { certFile: 'a', keyFile: 'b', curvePreferences: ['X448'] } }, ['web.tls.curvePreferences invalid_value']],
  ])('finds in %j: %j', (config, issues) => {
    expect(issuesOf(config)).toEqual(issues);
  });

  it('accepts a configuration that admits nobody', () => {
    expect(issuesOf(closedWebConfig())).toEqual([]);
  });
});

describe('headerValue', () => {
  it('turns line breaks into spaces, as Go does', () => {
    expect(headerValue("default-src 'none';\n  img-src 'self'\r\n")).toBe("default-src 'none';   img-src 'self'");
  });
});

describe('configured headers', () => {
  it('replace the headers that every response has', async () => {
    const headers = { 'X-Frame-Options': 'sameorigin', 'X-XSS-Protection': '0', 'Strict-Transport-Security': ' \n' };
    const { url } = await listen({
      web: { headers: { ...headers, 'Content-Security-Policy': "default-src 'self'\n" } },
    });
    for (const path of ['/metrics', '/nothing', `/${'x'.repeat(5000)}`]) {
      const response = await fetch(url + path);
      expect(response.headers.get('x-frame-options')).toBe('sameorigin');
      expect(response.headers.get('x-xss-protection')).toBe('0');
      expect(response.headers.get('content-security-policy')).toBe("default-src 'self'");
      expect(response.headers.get('strict-transport-security')).toBeNull();
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});

describe('the rate limit', () => {
  it('answers 429 beyond the burst, but always answers probes', async () => {
    const { url } = await listen({ web: { rateLimit: { intervalMillis: 1e9, burst: 2 } } });
    const statuses = async (path: string) => {
      const found: number[] = [];
      for (let i = 0; i < 3; i++) found.push((await fetch(url + path)).status);
      return found;
    };
    expect(await statuses('/metrics')).toEqual([200, 200, 429]);
    expect(await statuses('/health')).toEqual([200, 200, 200]);
  });
});

describe('openSslCipher', () => {
  it.each([
    ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
    ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
    ['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
  ])('openSslCipher of %s is %s', (iana, openssl) => {
    expect(openSslCipher(iana)).toBe(openssl);
  });
});
