import { printable } from '../../issues';
import { HistogramPoint } from './histogram-point';
import type { MetricFamily, MetricFamilyType, Sample } from './metric-family';
import { SUFFIXES } from './openmetrics-types';
import { checkSample, typeLabel } from './sample-rules';
import type { Scanner } from './scanner';

/**
 * A family while it is read. Checks each sample, and that the samples of a metric, which is what has the same labels, and
 * of each of its points, which is what has the same timestamp, are consecutive and complete.
 */
export class OpenMetricsFamily {
  type: MetricFamilyType = 'unknown';
  help: string | undefined;
  unit: string | undefined;
  /** The keywords of the metadata lines so far. */
  readonly metadata = new Set<string>();
  readonly samples: Sample[] = [];

  /** The labels of all metrics so far, as text. */
  private readonly metrics = new Set<string>();
  private metric: string | undefined;
  private timestamp: number | undefined;
  /** The series of the point that is being read. */
  private readonly series = new Set<string>();
  private pointPosition = 0;
  private hasTotal = false;
  private histogram: HistogramPoint | undefined;

  /** @param position where the family begins */
  constructor(
    private readonly scanner: Scanner,
    readonly name: string,
    readonly position: number,
  ) {}

  /** Whether a sample of this name belongs to the family. */
  hasSampleName(name: string): boolean {
    return SUFFIXES[this.type].some(
      (suffix) =>
        name.length === this.name.length + suffix.length && name.startsWith(this.name) && name.endsWith(suffix),
    );
  }

  /** Adds a sample that begins at `position`. */
  add(sample: Sample, position: number): void {
    checkSample(this.scanner, this, sample, position);
    this.beginPoint(sample, position);
    const { name, labels, timestamp } = sample;
    const label = typeLabel(this.type, this.name);
    const series = this.type === 'info' ? labelText(labels) : `${name} ${label === undefined ? '' : labels.get(label)}`;
    if (this.series.has(series)) {
      if (timestamp === undefined) this.scanner.fail('duplicate', 'duplicate series', position);
      return;
    }
    this.series.add(series);
    this.samples.push(sample);
    this.histogram?.add(sample, position);
    this.hasTotal ||= name.endsWith('_total');
  }

  /** Checks the last point, and that the unit fits the type. */
  close(): void {
    this.closePoint();
    if (this.unit !== undefined && (this.type === 'info' || this.type === 'stateset')) {
      this.scanner.fail(
        'invalid_value',
        `${printable(this.name)} is of type ${this.type}, which has no unit`,
        this.position,
      );
    }
  }

  toMetricFamily(): MetricFamily {
    const { name, type, help, unit, samples } = this;
    return { name, type, help, unit, samples };
  }

  /** Closes the point that is being read and begins another one, if the sample is not of the same. */
  private beginPoint({ labels, timestamp }: Sample, position: number): void {
    // The labels of an info metric cannot be told from those of its points, so that all of them count as one metric.
    const isInfo = this.type === 'info';
    const metric = isInfo ? '' : labelText(labels, typeLabel(this.type, this.name));
    if (metric === this.metric) {
      if (timestamp === this.timestamp) return;
      if (!isInfo) this.checkTimestamp(timestamp, position);
    } else if (this.metrics.has(metric)) {
      this.scanner.fail('order', 'the samples of a metric must be consecutive', position);
    }
    this.closePoint();
    this.metrics.add(metric);
    this.metric = metric;
    this.timestamp = timestamp;
    this.pointPosition = position;
    this.series.clear();
    this.hasTotal = false;
    if (this.type === 'histogram' || this.type === 'gaugehistogram') {
      this.histogram = new HistogramPoint(this.scanner, this.type === 'gaugehistogram', position);
    }
  }

  private checkTimestamp(timestamp: number | undefined, position: number): void {
    if (timestamp === undefined || this.timestamp === undefined) {
      this.scanner.fail('missing', 'either all samples of a metric must have a timestamp or none', position);
    }
    if (timestamp < this.timestamp) {
      this.scanner.fail('order', 'the timestamps of a metric must not decrease', position);
    }
  }

  private closePoint(): void {
    if (this.metric === undefined) return;
    this.histogram?.close();
    if (this.type === 'counter' && !this.hasTotal) {
      this.scanner.fail('missing', `the counter has no sample ${printable(`${this.name}_total`)}`, this.pointPosition);
    }
  }
}

/** Returns a text that is equal for equal labels. @param except the label that is left out */
function labelText(labels: ReadonlyMap<string, string>, except?: string): string {
  if (labels.size === 0) return '[]';
  const sorted = [...labels].filter(([name]) => name !== except).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted);
}
