import { describe, expect, it } from 'vitest';
import { isRequestPath, RouteError, Router } from '../../src/http/router';
import { textHandler } from './servers';

const handler = textHandler('');

function issuesOf(...paths: string[]): readonly { code: string; path: string }[] {
  try {
    new Router(paths.map((path) => ({ path, handler })));
    return [];
  } catch (error) {
    if (!(error instanceof RouteError)) throw error;
    return error.issues.map(({ code, path }) => ({ code, path }));
  }
}

describe('Router', () => {
  it('refuses two routes with one path, and lists every issue', () => {
    expect(issuesOf('/metrics', '/health', '/metrics', 'x')).toEqual([
      { code: 'duplicate', path: '/metrics' },
      { code: 'invalid_value', path: 'path' },
    ]);
  });

  it('lists the paths of routes that are not hidden', () => {
    const router = new Router([
      { path: '/metrics', handler },
      { path: '/dashboard/data.json', handler, isListed: false },
    ]);
    expect(router.listedPaths).toEqual(['/metrics']);
  });
});

describe('isRequestPath', () => {
  it.each(['/', '/metrics', '/api/v1/metrics', '/m%C3%A9trics', '/a/b.c~d_e-f', '/a//b', '/..a'])(
    'accepts %s',
    (path) => {
      expect(isRequestPath(path)).toBe(true);
    },
  );

  it.each([
    '',
    'metrics',
    '/é',
    '/a b',
    '/metrics?x',
    '/metrics#x',
    '/%',
    '/%zz',
    '/a/../b',
    '/.',
    '/a/..',
    5,
    undefined,
  ])('refuses %j, which no request can have', (path) => {
    expect(isRequestPath(path)).toBe(false);
  });
});
