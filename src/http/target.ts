import type { IncomingMessage } from 'node:http';

/** An absolute-form request target (RFC 9112, 3.2.2). */
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)/i;

/**
 * Turns an absolute-form target, which servers must accept, into origin form.
 *
 * @returns the host that the request is for: the target's if it has one (it replaces the `Host` header), else the header's
 */
export function normalizeTarget(request: IncomingMessage): string | undefined {
  const match = ABSOLUTE.exec(request.url ?? '');
  if (match === null) return request.headers.host;
  const [, host = '', rest = ''] = match;
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  return host;
}

/** Returns the path of the request target, without its query. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
