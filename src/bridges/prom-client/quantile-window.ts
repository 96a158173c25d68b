/** What this file uses of `tdigest`, which has no types. */
interface Digest {
  push(value: number): void;
  percentile(quantile: number): number | undefined;
  compress(): void;
  size(): number;
}

interface TDigestModule {
  readonly TDigest: new () => Digest;
}

/**
 * Estimates quantiles of measurements, of all or of those within a time: as many digests as that time has parts
 * take every measurement, and one after the other is emptied. Quantiles are those of the digest that is emptied next.
 */
export class QuantileWindow {
  private readonly digests: Digest[];
  private readonly partMillis: number;
  private next = 0;
  private rotatedAt = Date.now();

  /**
   * @param maxAgeSeconds how long a measurement counts. All measurements count by default
   * @param parts the number of steps in which measurements cease to count
   */
  constructor(maxAgeSeconds?: number, parts?: number) {
    const isLimited = Boolean(maxAgeSeconds && parts);
    this.partMillis = isLimited ? ((maxAgeSeconds as number) * 1000) / (parts as number) : Infinity;
    this.digests = Array.from({ length: isLimited ? (parts as number) : 1 }, createDigest);
  }

  /** The number of distinct values that the quantiles are made of. */
  get size(): number {
    return this.current().size();
  }

  push(value: number): void {
    this.current();
    for (const digest of this.digests) digest.push(value);
  }

  /** Returns the value of a quantile, 0 without measurements. */
  quantile(quantile: number): number {
    return this.current().percentile(quantile) ?? 0;
  }

  compress(): void {
    for (const digest of this.digests) digest.compress();
  }

  reset(): void {
    for (const i of this.digests.keys()) this.digests[i] = createDigest();
  }

  private current(): Digest {
    const steps = Math.ceil((Date.now() - this.rotatedAt) / this.partMillis) - 1;
    if (steps > 0) {
      this.rotatedAt += steps * this.partMillis;
      for (let step = 0; step < Math.min(steps, this.digests.length); step++) {
        this.digests[(this.next + step) % this.digests.length] = createDigest();
      }
      this.next = (this.next + steps) % this.digests.length;
    }
    return this.digests[this.next] as Digest;
  }
}

/** Loaded with the first summary, because few apps have one. */
function createDigest(): Digest {
  const { TDigest } = require('tdigest') as TDigestModule;
  return new TDigest();
}
