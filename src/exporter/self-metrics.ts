import type { DataPoint } from '@opentelemetry/sdk-metrics';
import { LabelWriter } from '../exposition/encode/label-writer';
import type { Family } from '../exposition/families';
import type { ResponseStats } from '../http/handlers';

/** Why a scrape was not all that it should have been. */
export type ScrapeFault = 'callback' | 'collect' | 'encode';

const labels = new LabelWriter({ strategy: undefined, escaping: 'underscores' });

/**
 * What the endpoint says of itself, as of the scrape before:
 *
 * | family | type | labels | meaning |
 * |---|---|---|---|
 * | `meterbridge_scrapes_total` | counter | `code` | Pages that were asked for and answered in full, by HTTP status |
 * | `meterbridge_scrape_duration_seconds` | gauge | | How long the last page took, from the request to the last byte |
 * | `meterbridge_scrape_size_bytes` | gauge | | The size of the last page before compression |
 * | `meterbridge_scrape_series` | gauge | | Series on the last page; a histogram is one |
 * | `meterbridge_scrape_errors_total` | counter | `reason` | `callback`: a callback threw or gave no answer in time, and its metric is missing; `collect`, `encode`: there was no page |
 * | `meterbridge_overflow_measurements_total` | counter | `metric` | Measurements that went to the overflow series of a metric |
 */
export class SelfMetrics {
  private readonly began = timeOf(Date.now());
  private readonly scrapes = new Map<string, number>();
  private readonly faults = new Map<ScrapeFault, number>([
    ['callback', 0],
    ['collect', 0],
    ['encode', 0],
  ]);
  private last: ResponseStats | undefined;
  private series = 0;

  answered(answer: ResponseStats): void {
    const code = String(answer.status);
    this.scrapes.set(code, (this.scrapes.get(code) ?? 0) + 1);
    if (answer.status === 200) this.last = answer;
  }

  failed(fault: ScrapeFault): void {
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
  }

  collected(families: readonly Family[]): void {
    this.series = 0;
    for (const { parts } of families) for (const { points } of parts) this.series += points.length;
  }

  /** @param overflowed measurements that went to overflow series, by metric */
  families(overflowed: ReadonlyMap<string, number>): Family[] {
    const { last } = this;
    const families = [
      this.family('scrapes_total', 'counter', 'Pages answered in full, by HTTP status', 'code', this.scrapes),
      this.family('scrape_errors_total', 'counter', 'Faults of scrapes, by reason', 'reason', this.faults),
      this.family(
        'overflow_measurements_total',
        'counter',
        'Measurements that went to the overflow series of a metric',
        'metric',
        overflowed,
      ),
    ];
    if (last !== undefined) {
      families.push(
        this.gauge('scrape_duration_seconds', 'How long the last page took, in seconds', last.seconds),
        this.gauge('scrape_size_bytes', 'The size of the last page before compression, in bytes', last.bytes),
        this.gauge('scrape_series', 'Series on the last page', this.series),
      );
    }
    return families.filter(({ parts }) => parts.some(({ points }) => points.length > 0));
  }

  private gauge(name: string, help: string, value: number): Family {
    return this.family(name, 'gauge', help, undefined, new Map([['', value]]));
  }

  private family(
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    label: string | undefined,
    values: ReadonlyMap<string, number>,
  ): Family {
    const endTime = timeOf(Date.now());
    const points: DataPoint<number>[] = [...values].map(([key, value]) => ({
      startTime: this.began,
      endTime,
      attributes: label === undefined ? {} : { [label]: key },
      value,
    }));
    return { name: `meterbridge_${name}`, help, type, unit: '', parts: [{ points, labels }] };
  }
}

function timeOf(millis: number): [number, number] {
  return [Math.floor(millis / 1000), (millis % 1000) * 1e6];
}
