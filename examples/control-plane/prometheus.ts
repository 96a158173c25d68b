import type { Datapoint } from './history';
import { METRICS, type Metric } from './readings';

const ANSWER_MILLIS = 5000;
const MAX_POINTS = 240;
/** Up to an hour, the points are at most a minute apart. */
const MAX_POINTS_OF_AN_HOUR = 60;
const MIN_STEP_SECONDS = 15;

/** Prometheus does not answer the query. */
export class Unreachable extends Error {}

/** A Prometheus server that scrapes the core nodes. */
export class Prometheus {
  constructor(private readonly url: string) {}

  /** @throws Unreachable */
  async since(metric: Metric, from: number): Promise<Datapoint[]> {
    const [start, end] = [from / 1000, Date.now() / 1000];
    const seconds = end - start;
    const step = Math.ceil(
      Math.max(MIN_STEP_SECONDS, Math.min(60, seconds / MAX_POINTS_OF_AN_HOUR), seconds / MAX_POINTS),
    );
    const query = METRICS[metric].replaceAll('$window', `${step * 4}s`);
    const asked = new URLSearchParams({ query, start: String(start), end: String(end), step: String(step) });
    const { result } = await this.ask<{ result: { values: [number, string][] }[] }>(`query_range?${asked}`);
    return (result[0]?.values ?? []).map(([time, text]) => {
      const value = Number(text);
      return { timestamp: new Date(time * 1000).toISOString(), value: Number.isFinite(value) ? value : null };
    });
  }

  /** @throws Unreachable */
  async check(): Promise<void> {
    await this.ask('query?query=1');
  }

  private async ask<T>(path: string): Promise<T> {
    try {
      const response = await fetch(`${this.url}/api/v1/${path}`, { signal: AbortSignal.timeout(ANSWER_MILLIS) });
      const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
      if (status !== 'success') throw new Error(error);
      return data;
    } catch (error) {
      const { message, cause } = error as { message: string; cause?: { message?: string } };
      throw new Unreachable(`Prometheus at ${this.url}: ${cause?.message ?? message}`);
    }
  }
}
