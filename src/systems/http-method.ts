const STANDARD = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY'] as const;

/** The value of a `method` label. */
export type HttpMethod = (typeof STANDARD)[number] | '_OTHER';

const methods = new Map<string, HttpMethod>(
  STANDARD.flatMap((method) => [
    [method, method],
    [method.toLowerCase(), method],
  ]),
);

/** A request's method as a label: the standard ones in upper case, `_OTHER` for whatever else a client sends. */
export function httpMethod(method: string): HttpMethod {
  return methods.get(method) ?? '_OTHER';
}
