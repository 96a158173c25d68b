import { DEFAULT_BUCKETS } from '../catalog/definition';
import { isClosed, OTHER_LABEL_VALUE } from '../catalog/labels';
import type { RegistryMetric } from '../registry/registry';
import { ANY, type Interval, NOT_NEGATIVE, ONE, ZERO_OR_ONE } from './interval';
import { ALWAYS, type LabelState, type Labels, MAYBE, OVERFLOW_LABEL } from './labels';
import type { Metric } from './metric';
import type { Kind, VectorType } from './vector';

/** How Prometheus stores histograms: with `_bucket` series, as native histograms, or both. */
export type HistogramForm = 'classic' | 'native' | 'both';
export const HISTOGRAM_FORMS: readonly HistogramForm[] = ['classic', 'native', 'both'];

/** Series of a metric that have one name. */
export interface NamedSeries {
  readonly name: string;
  /** `bare`: the name of a classic histogram, which no series has. */
  readonly role: 'value' | 'bucket' | 'sum' | 'count' | 'created' | 'bare';
  readonly metric: Metric;
}

export interface MetricsOptions {
  /** How Prometheus stores histograms. `classic` by default. */
  readonly histograms?: HistogramForm | undefined;
  /** Labels that service discovery adds in addition to `job` and `instance`. */
  readonly targetLabels?: readonly string[] | undefined;
}

/** The series that Prometheus creates for each target (Prometheus documentation, Automatically generated labels and series). */
const SCRAPE_SERIES =
  'scrape_duration_seconds scrape_samples_scraped scrape_samples_post_metric_relabeling scrape_series_added ' +
  'scrape_timeout_seconds scrape_sample_limit scrape_body_size_bytes';

/** The label of the overflow series, as a metric can have it. */
const OVERFLOW: readonly [string, LabelState] = [OVERFLOW_LABEL, { presence: 'maybe', values: ['true'] }];

const ALERT_LABELS = new Map<string, LabelState>([['alertname', ALWAYS]]);

/** The metrics of registries and of Prometheus itself, found by the names of their series. */
export class Metrics {
  private readonly series = new Map<string, NamedSeries>();
  private readonly form: HistogramForm;
  private readonly targetLabels: ReadonlyMap<string, LabelState>;

  constructor(metrics: Iterable<RegistryMetric>, { histograms = 'classic', targetLabels = [] }: MetricsOptions = {}) {
    this.form = histograms;
    this.targetLabels = new Map([
      ['job', ALWAYS],
      ['instance', ALWAYS],
      ...targetLabels.map((name) => [name, MAYBE] as const),
    ]);
    for (const metric of metrics) this.add(this.fromRegistry(metric));
    this.addGauge('up', ZERO_OR_ONE);
    for (const name of SCRAPE_SERIES.split(' ')) this.addGauge(name, NOT_NEGATIVE);
    this.addGauge(
      'ALERTS',
      ONE,
      new Map([...ALERT_LABELS, ['alertstate', { presence: 'always', values: ['pending', 'firing'] }]]),
    );
    this.addGauge('ALERTS_FOR_STATE', ANY, ALERT_LABELS);
    this.addGauge('target_info', ONE);
  }

  /** The names of all series. */
  names(): string[] {
    return [...this.series.values()].filter(({ role }) => role !== 'bare').map(({ name }) => name);
  }

  /** Returns the series of a name; undefined if there are none. */
  find(name: string): NamedSeries | undefined {
    const found = this.series.get(name);
    if (found !== undefined || !name.endsWith('_created')) return found;
    const metric =
      this.series.get(name.slice(0, -'_created'.length))?.metric ??
      this.series.get(`${name.slice(0, -8)}_total`)?.metric;
    return metric && metric.instrument !== 'gauge' ? { name, role: 'created', metric } : undefined;
  }

  /** Returns the type of the series of a name, before matchers. */
  seriesType({ role, metric, name }: NamedSeries): VectorType {
    const isOpen = ['ALERTS', 'ALERTS_FOR_STATE', 'target_info'].includes(name);
    const known = new Map(isOpen ? metric.labels : [...this.targetLabels, ...metric.labels, OVERFLOW]);
    if (role === 'bucket')
      known.set('le', { presence: 'always', values: metric.buckets && boundTexts(metric.buckets) });
    const labels: Labels = { known, others: isOpen ? 'maybe' : 'never' };
    const kind = seriesKind(role, metric);
    const sumIsCounter = (metric.buckets?.[0] ?? 0) >= 0;
    const total = role === 'sum' && !sumIsCounter ? ANY : NOT_NEGATIVE;
    return {
      type: 'vector',
      kind,
      metric,
      isTotal: kind === 'buckets' || kind === 'histogram',
      labels,
      range: kind === 'gauge' ? (metric.range ?? { ...ANY, nan: false }) : kind === 'histogram' ? ANY : total,
      isFiltered: isOpen,
      isQuantile: false,
      isTimestamp: role === 'created',
    };
  }

  private addGauge(name: string, range: Interval, labels: ReadonlyMap<string, LabelState> = new Map()): void {
    if (!this.series.has(name)) this.add({ name, instrument: 'gauge', unit: undefined, labels, range });
  }

  private add(metric: Metric): void {
    const { name, instrument } = metric;
    const define = (suffix: string, role: NamedSeries['role']) =>
      this.series.set(name + suffix, { name: name + suffix, role, metric });
    if (instrument !== 'histogram') {
      define('', 'value');
      return;
    }
    define('', this.form === 'classic' ? 'bare' : 'value');
    if (this.form === 'native') return;
    define('_bucket', 'bucket');
    define('_sum', 'sum');
    define('_count', 'count');
  }

  private fromRegistry({ name, instrument, unit, labels, buckets, aggregate }: RegistryMetric): Metric {
    return {
      name,
      instrument: instrument === 'updowncounter' ? 'gauge' : instrument,
      unit,
      aggregate,
      labels: new Map(
        labels.map(({ label, values }) => [
          label,
          // A closed label has one more value, under which invalid values are recorded.
          { presence: 'always', values: isClosed(values) ? [...new Set([...values, OTHER_LABEL_VALUE])] : undefined },
        ]),
      ),
      ...(instrument === 'histogram' ? { buckets: buckets ?? DEFAULT_BUCKETS } : {}),
    };
  }
}

function seriesKind(role: NamedSeries['role'], { instrument }: Metric): Kind {
  if (role === 'bucket') return 'buckets';
  if (role === 'sum' || role === 'count') return 'counter';
  if (role === 'created') return 'gauge';
  return role === 'bare' ? 'unknown' : instrument;
}

/** Returns the values of `le`, with and without the fraction that OpenMetrics prints: `1` and `1.0`. */
function boundTexts(buckets: readonly number[]): string[] {
  return [...buckets.flatMap((bound) => (Number.isInteger(bound) ? [`${bound}`, `${bound}.0`] : [`${bound}`])), '+Inf'];
}
