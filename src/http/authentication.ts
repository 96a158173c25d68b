import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { FailureLimit } from './failure-limit';
import { PasswordVerifier, VerifierBusyError } from './password-verifier';
import type { WebConfig } from './web-config';

/** The result of authentication. */
export type Verdict =
  /** The request may be answered. */
  | 'accepted'
  /** Credentials are missing or wrong. */
  | 'denied'
  /** The client's address had too many wrong credentials; it may try again after a second. */
  | 'limited'
  /** Too many passwords wait to be verified. */
  | 'busy';

const MAX_VERIFIED = 1000;
/** Verified credentials are remembered for this time after their last use, in milliseconds. */
const VERIFIED_MILLIS = 600_000;

/** `Basic` or `Bearer` and one token (RFC 9110, 11.4). */
const CREDENTIALS = /^(basic|bearer) +([\x21-\x7e]+)$/i;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * Authenticates requests by bearer token or basic authentication. Secrets are compared in constant time. Credentials that
 * were verified are remembered per client address, as a keyed hash, so that a scraper is not slowed down by hashing at each
 * scrape, nor locked out by what other clients send.
 */
export class Authenticator {
  /** The value of `WWW-Authenticate`; empty when no authentication is configured. */
  readonly challenge: string;

  private readonly verifier: PasswordVerifier | undefined;
  private readonly token: Buffer | undefined;
  private readonly excludedPaths: ReadonlySet<string>;
  private readonly key = randomBytes(32);
  /** The time at which each verified pair of address and credentials expires, the oldest first. */
  private readonly verified = new Map<string, number>();
  private readonly running = new Map<string, Promise<Verdict>>();
  private readonly failures = new FailureLimit();

  constructor({ basicAuthUsers, bearerToken, authExcludedPaths = [] }: WebConfig) {
    this.verifier =
      basicAuthUsers === undefined ? undefined : new PasswordVerifier(new Map(Object.entries(basicAuthUsers)));
    this.token = bearerToken === undefined ? undefined : this.digest(bearerToken);
    this.excludedPaths = new Set(authExcludedPaths);
    const schemes = [this.verifier && 'Basic realm="metrics"', this.token && 'Bearer'];
    this.challenge = schemes.filter((scheme) => scheme !== undefined).join(', ');
  }

  /**
   * Authenticates a request.
   *
   * @param path the path that is asked for, without its query
   * @throws Error (as a rejection) when passwords cannot be verified at all
   */
  async authenticate(request: IncomingMessage, path: string): Promise<Verdict> {
    if (this.challenge === '' || this.excludedPaths.has(path)) return 'accepted';
    const [, scheme, credentials] = CREDENTIALS.exec(request.headers.authorization ?? '') ?? [];
    if (scheme === undefined || credentials === undefined) return 'denied';
    const address = request.socket.remoteAddress ?? '';
    const key = this.digest(`${address}\n${scheme.toLowerCase()}\n${credentials}`).toString('base64');
    if (this.isRemembered(key)) return 'accepted';
    // A browser asks for several things at once with the same credentials.
    let running = this.running.get(key);
    if (running === undefined) {
      running = this.attempt(address, key, scheme, credentials).finally(() => this.running.delete(key));
      this.running.set(key, running);
    }
    return running;
  }

  /** Ends the verification of passwords. */
  close(): void {
    this.verifier?.close();
  }

  private async attempt(address: string, key: string, scheme: string, credentials: string): Promise<Verdict> {
    if (!this.failures.begin(address)) return 'limited';
    try {
      if (!(await this.verify(address, scheme, credentials))) return 'denied';
    } catch (error) {
      // Another error counts as a failure: a worker that cannot run must not be started again for every request.
      if (!(error instanceof VerifierBusyError)) throw error;
      this.failures.succeeded(address);
      return 'busy';
    }
    this.failures.succeeded(address);
    this.remember(key);
    return 'accepted';
  }

  private async verify(address: string, scheme: string, credentials: string): Promise<boolean> {
    if (scheme.toLowerCase() === 'bearer') {
      return this.token !== undefined && timingSafeEqual(this.digest(credentials), this.token);
    }
    if (this.verifier === undefined || !BASE64.test(credentials)) return false;
    const pair = Buffer.from(credentials, 'base64').toString();
    const colon = pair.indexOf(':');
    return colon >= 0 && this.verifier.verify(address, pair.slice(0, colon), pair.slice(colon + 1));
  }

  private isRemembered(key: string): boolean {
    const expiry = this.verified.get(key);
    if (expiry === undefined || expiry < performance.now()) return false;
    this.remember(key);
    return true;
  }

  private remember(key: string): void {
    this.verified.delete(key);
    this.verified.set(key, performance.now() + VERIFIED_MILLIS);
    if (this.verified.size > MAX_VERIFIED) this.verified.delete(this.verified.keys().next().value as string);
  }

  private digest(text: string): Buffer {
    return createHmac('sha256', this.key).update(text).digest();
  }
}
