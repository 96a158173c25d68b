const ANSWER_MILLIS = 5000;

/** The number of jobs of a tenant that may run at once. */
export interface Quotas {
  /** @throws Error if the quota cannot be determined */
  limit(tenant: string): Promise<number>;
}

/** The same quota for every tenant. */
export class FixedQuotas implements Quotas {
  constructor(private readonly jobs: number) {}

  async limit(): Promise<number> {
    return this.jobs;
  }
}

/** Quotas of another service: `GET URL?tenant=NAME` answers `{"limit": 4}`. */
export class RemoteQuotas implements Quotas {
  constructor(private readonly url: string) {}

  async limit(tenant: string): Promise<number> {
    const url = new URL(this.url);
    url.searchParams.set('tenant', tenant);
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MILLIS) });
    const { limit } = (await response.json()) as { limit?: unknown };
    if (!response.ok || typeof limit !== 'number') throw new Error(`no quota of ${tenant}: status ${response.status}`);
    return limit;
  }
}
