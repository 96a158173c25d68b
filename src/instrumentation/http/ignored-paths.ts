import type { HttpRequest } from '../../instruments/http-recorder';

/**
 * Returns a predicate for the requests of listed paths.
 *
 * @param paths paths such as `/healthz`, or beginnings of paths with an asterisk at the end, such as `/assets/*`
 */
export function ignorePaths(paths: readonly string[]): (request: HttpRequest) => boolean {
  const exact = new Set(paths.filter((path) => !path.endsWith('*')));
  const prefixes = paths.filter((path) => path.endsWith('*')).map((path) => path.slice(0, -1));
  return ({ url = '' }) => {
    const end = url.indexOf('?');
    const path = end === -1 ? url : url.slice(0, end);
    return exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix));
  };
}
