/** Limits a rate: `burst` events at once, and one more every `intervalMillis`. */
export class TokenBucket {
  private tokens: number;
  private time: number;

  constructor(
    private readonly burst: number,
    private readonly intervalMillis: number,
    now: number,
  ) {
    this.tokens = burst;
    this.time = now;
  }

  /** Takes a token. Returns false when there is none. @param now milliseconds of a monotonic clock */
  take(now: number): boolean {
    this.tokens = Math.min(this.burst, this.tokens + (now - this.time) / this.intervalMillis);
    this.time = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Returns a token that turned out not to be needed. */
  giveBack(): void {
    this.tokens = Math.min(this.burst, this.tokens + 1);
  }
}
