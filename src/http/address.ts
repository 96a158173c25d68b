import { isIP } from 'node:net';
import { printable } from '../issues';

/** The address that a server listens on. */
export interface Address {
  /** A host name or an IP address; undefined means all interfaces. */
  readonly host: string | undefined;
  /** From 0 to 65535; 0 lets the system choose a free port. */
  readonly port: number;
}

/**
 * Parses `host:port`, `[::1]:port`, `:port` (all interfaces, as in Go) or a bare port (`localhost`).
 *
 * @throws RangeError when the text is none of these
 */
export function parseAddress(text: string | number): Address {
  const match = /^(?:(?<host>[^:[\]]*|\[[^\]]+\]):)?(?<port>\d{1,5})$/.exec(String(text));
  const port = Number(match?.groups?.port);
  if (match === null || !(port <= 65_535)) {
    throw new RangeError(`invalid address ${printable(text)}: expected host:port, :port or a port from 0 to 65535`);
  }
  const host = match.groups?.host;
  if (host === undefined) return { host: 'localhost', port };
  return { host: host === '' ? undefined : host.replace(/^\[|\]$/g, ''), port };
}

/** Returns a host and port as a URL has them: an IPv6 address in brackets. */
export function authority(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Returns whether an IP address is reachable from this machine only. */
export function isLoopback(ip: string): boolean {
  return /^(::ffff:)?127\./.test(ip) || ip === '::1';
}

/**
 * Returns whether a `Host` header can be trusted on a loopback address. A web page can make its own host name resolve to
 * 127.0.0.1 (DNS rebinding) and then read what is served there; it cannot make the browser send one of these hosts.
 *
 * @param header the `Host` header, or the authority of an absolute request target
 * @param allowed further host names, in lower case and without a port
 */
export function isTrustedHost(header: string, allowed: ReadonlySet<string>): boolean {
  const host = header.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '');
  return host === 'localhost' || isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0 || allowed.has(host);
}
