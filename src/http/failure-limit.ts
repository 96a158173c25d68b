import { TokenBucket } from './token-bucket';

/** Failures that an address may have at once. */
const BURST = 10;
/** An address may have one more failure after this time, in milliseconds. */
const INTERVAL_MILLIS = 1000;
const MAX_ADDRESSES = 1000;

/** Limits the rate of failed authentication per client address. */
export class FailureLimit {
  private readonly buckets = new Map<string, TokenBucket>();

  /** Counts an attempt that may fail. Returns false when the address had too many failures. */
  begin(address: string): boolean {
    const now = performance.now();
    const network = networkOf(address);
    const bucket = this.buckets.get(network) ?? new TokenBucket(BURST, INTERVAL_MILLIS, now);
    // The least recently used entry is first.
    this.buckets.delete(network);
    this.buckets.set(network, bucket);
    if (this.buckets.size > MAX_ADDRESSES) this.buckets.delete(this.buckets.keys().next().value as string);
    return bucket.take(now);
  }

  /** The attempt did not fail. */
  succeeded(address: string): void {
    this.buckets.get(networkOf(address))?.giveBack();
  }
}

/** Returns what one client can be assumed to have: an IPv4 address, or an IPv6 network of 64 bits. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':');
    while (groups.length + rest.length < 8) groups.push('0');
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
