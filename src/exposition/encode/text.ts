import type { Attributes } from '@opentelemetry/api';
import type { ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { CollectedPoint, Exemplar } from '../../collection/points';
import type { Summary } from '../../collection/summary-point';
import type { Family } from '../families';
import { readPoints } from '../family-points';
import { isLegacyName } from '../names/escape';
import { ByteWriter } from './byte-writer';
import type { EncodeOptions, Pieces } from './encoder';
import { exemplarsOfPoint, latestExemplar } from './exemplars';
import { type BucketLayout, bucketLayout, cumulate } from './histogram-buckets';
import { HistogramLines } from './histogram-lines';
import type { LabelWriter } from './label-writer';
import { bucketBound } from './numbers';
import { SampleName } from './sample-name';
import { StaticText } from './static-text';
import { escapeHelp, escapeLabelValue } from './text-escapes';

/** A family as a text format writes it. */
export interface TextFamily {
  readonly family: Family;
  /** The metadata lines before its samples. */
  readonly head: string;
  /** The name of its samples; those of a histogram add a suffix. */
  readonly sample: string;
  /** Whether its samples may have exemplars. */
  readonly exemplars?: boolean;
  /** The name of samples that hold the start time of its series. None by default. */
  readonly created?: string;
}

/** What the text formats do differently. */
export interface TextDialect {
  /** Returns the families as they are written, in order. */
  layout(families: readonly Family[], conflicting: EncodeOptions['conflicting']): readonly TextFamily[];
  /** Returns an upper bound as the value of `le`, or a quantile as the value of `quantile`. */
  bound(value: number): string;
  /** Returns what follows the value of a sample with an exemplar. */
  exemplar?(exemplar: Exemplar): string;
  /** Whether a histogram or a summary has `_sum` and `_count` samples. It has those that are known by default. */
  hasTotals?(layout: BucketLayout, sum: number | undefined): boolean;
  /** Whether a summary may have a quantile of this value. It may have any by default. */
  isQuantileValue?(value: number): boolean;
  /** What the page ends with. */
  readonly end: string;
}

/** The Prometheus text format, 0.0.4 and 1.0.0. They differ in nothing but names outside the legacy set. */
export const PROMETHEUS_TEXT: TextDialect = {
  layout: (families) =>
    families.map((family) => {
      const { name, help, type } = family;
      const written = metadataName(name);
      const writtenType = type === 'native' ? 'histogram' : type === 'info' ? 'gauge' : type;
      return {
        family,
        sample: name,
        head: `# HELP ${written} ${escapeHelp(help)}\n# TYPE ${written} ${writtenType}\n`,
      };
    }),
  bound: bucketBound,
  end: '',
};

const QUANTILE = new StaticText('quantile="');
const NEXT_QUANTILE = new StaticText(',quantile="');

/** Writes families as text. */
export function* writeText(
  families: readonly Family[],
  dialect: TextDialect,
  { accepts, failed, conflicting, wrote }: EncodeOptions,
): Pieces {
  const page = new ByteWriter();
  const bounds = new BoundTexts(dialect);
  for (const written of dialect.layout(families, conflicting)) {
    const { family } = written;
    if (accepts !== undefined && !accepts(family.name)) continue;
    // Behind this position is what an error discards: the whole family, or what follows its last series in an earlier piece.
    let complete = page.length;
    let isPartlyTaken = false;
    try {
      page.text(written.head);
      const samples = new FamilySamples(page, written, bounds);
      for (const run of readPoints(family)) {
        if (run === undefined) {
          page.reuse(yield undefined);
          continue;
        }
        for (const point of run.points) {
          samples.write(run.labels, point);
          if (page.isFull) {
            page.reuse(yield page.take());
            isPartlyTaken = true;
          }
          if (isPartlyTaken) complete = page.length;
        }
        wrote(run.points.length);
      }
    } catch (error) {
      page.length = complete;
      failed(family, error);
    }
  }
  page.text(dialect.end);
  if (page.length > 0) yield page.take();
}

/** Returns a metric's name as a metadata line has it: quoted if it is outside the legacy set. */
export function metadataName(name: string): string {
  return isLegacyName(name, 'metric') ? name : `"${escapeLabelValue(name)}"`;
}

/** Writes the samples of one family. */
class FamilySamples {
  private readonly sample: SampleName;
  private readonly histogram: HistogramLines;
  private readonly sum: SampleName;
  private readonly count: SampleName;
  private readonly created: SampleName | undefined;
  private readonly counts: number[] = [];
  /** The boundaries of the histogram before, which those of the next one usually are too. */
  private boundaries: readonly number[] | undefined;
  private layout: BucketLayout = { bounds: [], lastCount: [] };
  private boundTexts: readonly StaticText[] = [];

  constructor(
    private readonly page: ByteWriter,
    private readonly written: TextFamily,
    private readonly bounds: BoundTexts,
  ) {
    const { sample, created } = written;
    this.sample = new SampleName(sample);
    this.histogram = new HistogramLines(page, sample);
    this.sum = new SampleName(`${sample}_sum`);
    this.count = new SampleName(`${sample}_count`);
    this.created = created === undefined ? undefined : new SampleName(created);
  }

  write(labels: LabelWriter, point: CollectedPoint): void {
    const { page } = this;
    switch (this.written.family.type) {
      case 'histogram': {
        const { buckets, sum } = point.value as Histogram;
        this.writeHistogram(labels, point, buckets.boundaries, buckets.counts, sum);
        break;
      }
      case 'native': {
        // The text formats have no place for the buckets; Go's client library writes count and sum too.
        const { count, sum } = point.value as ExponentialHistogram;
        this.writeHistogram(labels, point, NO_BOUNDARIES, [count], sum);
        break;
      }
      case 'summary':
        this.writeSummary(labels, point.attributes, point.value as Summary);
        break;
      default:
        this.sample.begin(page, labels, point.attributes);
        page.value(point.value as number);
        this.writeExemplar(point, -Infinity, Infinity);
        page.lineFeed();
    }
    if (this.created !== undefined) {
      const [seconds, nanoseconds] = point.startTime;
      this.created.begin(page, labels, point.attributes);
      page.text(`${seconds}.${String(Math.floor(nanoseconds / 1e6)).padStart(3, '0')}\n`);
    }
  }

  private writeHistogram(
    labels: LabelWriter,
    point: CollectedPoint,
    boundaries: readonly number[],
    bucketCounts: readonly number[],
    sum: number | undefined,
  ): void {
    const { counts } = this;
    const { dialect } = this.bounds;
    if (boundaries !== this.boundaries) {
      this.boundaries = boundaries;
      this.layout = bucketLayout(boundaries) as BucketLayout;
      this.boundTexts = this.bounds.of(this.layout);
    }
    const { layout, boundTexts } = this;
    const total = cumulate(layout, bucketCounts, counts);
    const hasTotals = dialect.hasTotals?.(layout, sum) !== false;
    const values = {
      counts,
      sum: hasTotals ? sum : undefined,
      count: hasTotals ? total : undefined,
      writeExemplar:
        point.exemplars === undefined
          ? undefined
          : (bucket: number) =>
              this.writeExemplar(point, layout.bounds[bucket - 1] ?? -Infinity, layout.bounds[bucket] as number),
    };
    this.histogram.write(boundTexts, values, labels, point.attributes);
  }

  private writeSummary(labels: LabelWriter, attributes: Attributes, { quantiles, sum, count }: Summary): void {
    const { page } = this;
    const { dialect } = this.bounds;
    for (const { quantile, value } of quantiles) {
      if (dialect.isQuantileValue?.(value) === false) continue;
      page.staticText(this.sample.opened);
      const start = page.length;
      labels.write(page, attributes);
      page.staticText(page.length === start ? QUANTILE : NEXT_QUANTILE);
      page.text(`${dialect.bound(quantile)}"} `);
      page.value(value);
      page.lineFeed();
    }
    if (dialect.hasTotals?.(NO_BUCKETS, sum) === false) return;
    this.sum.begin(page, labels, attributes);
    page.value(sum);
    page.lineFeed();
    this.count.begin(page, labels, attributes);
    page.value(count);
    page.lineFeed();
  }

  private writeExemplar(point: CollectedPoint, above: number, upTo: number): void {
    const { dialect } = this.bounds;
    if (this.written.exemplars !== true || point.exemplars === undefined || dialect.exemplar === undefined) return;
    const exemplar = latestExemplar(exemplarsOfPoint(point), above, upTo);
    if (exemplar !== undefined) this.page.text(dialect.exemplar(exemplar));
  }
}

/** The ends of bucket lines, such as `0.5"} `, by the bounds of a histogram. */
class BoundTexts {
  private readonly known = new Map<BucketLayout, readonly StaticText[]>();

  constructor(readonly dialect: TextDialect) {}

  of(layout: BucketLayout): readonly StaticText[] {
    let texts = this.known.get(layout);
    if (texts === undefined) {
      texts = layout.bounds.map((bound) => new StaticText(`${this.dialect.bound(bound)}"} `));
      this.known.set(layout, texts);
    }
    return texts;
  }
}

const NO_BOUNDARIES: readonly number[] = [];
const NO_BUCKETS: BucketLayout = { bounds: [Infinity], lastCount: [] };
