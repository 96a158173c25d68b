import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { WebConfig } from './web-config';

/** How many accepted pairs of user and password are remembered. */
const MOST_REMEMBERED = 100;

/**
 * Says who may ask. Secrets are compared in constant time, and an unknown user takes as long as a wrong password. A password
 * that was accepted is not hashed again at each scrape.
 */
export class Authenticator {
  /** What a denied client is told to send. */
  readonly challenge: string;

  private readonly users: ReadonlyMap<string, string>;
  private readonly token: string | undefined;
  private readonly excluded: ReadonlySet<string>;
  private readonly key = randomBytes(32);
  private readonly accepted = new Set<string>();
  /** Hashing takes a processor for a while; one is enough. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor({ basicAuthUsers = {}, bearerToken, authExcludedPaths = [] }: WebConfig) {
    this.users = new Map(Object.entries(basicAuthUsers));
    this.token = bearerToken === undefined ? undefined : this.digest(bearerToken);
    this.excluded = new Set(authExcludedPaths);
    const schemes = [this.users.size > 0 ? 'Basic realm="metrics"' : '', this.token === undefined ? '' : 'Bearer'];
    this.challenge = schemes.filter((scheme) => scheme !== '').join(', ');
  }

  /** @param path the path that is asked for, without its query */
  async admits(request: IncomingMessage, path: string): Promise<boolean> {
    if (this.challenge === '' || this.excluded.has(path)) return true;
    const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(' ', 2);
    switch (scheme.toLowerCase()) {
      case 'bearer':
        return this.token !== undefined && isSame(this.digest(credentials), this.token);
      case 'basic':
        return this.users.size > 0 && this.admitsUser(Buffer.from(credentials, 'base64').toString());
      default:
        return false;
    }
  }

  private async admitsUser(pair: string): Promise<boolean> {
    const colon = pair.indexOf(':');
    if (colon < 0) return false;
    const known = this.users.get(pair.slice(0, colon));
    const hash = known ?? (this.users.values().next().value as string);
    const remembered = this.digest(`${hash}\n${pair}`);
    if (this.accepted.has(remembered)) return true;
    const { compare } = require('bcryptjs') as typeof import('bcryptjs');
    const checked = this.turn.then(() => compare(pair.slice(colon + 1), hash.replace(/^\$2x?\$/, '$2a$')));
    this.turn = checked.catch(() => false);
    const isRight = (await checked) && known !== undefined;
    if (isRight) {
      if (this.accepted.size >= MOST_REMEMBERED) this.accepted.clear();
      this.accepted.add(remembered);
    }
    return isRight;
  }

  private digest(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('hex');
  }
}

function isSame(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
