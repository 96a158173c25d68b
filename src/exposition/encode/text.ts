import type { Attributes } from '@opentelemetry/api';
import type { DataPoint, ExponentialHistogram, Histogram } from '@opentelemetry/sdk-metrics';
import type { Family } from '../families';
import { isLegacyName } from '../names/escape';
import { ByteWriter } from './byte-writer';
import type { LabelWriter } from './label-writer';
import { bucketBound } from './numbers';
import { escapeHelp, escapeLabelValue } from './text-escapes';

/** What the text formats do differently. */
export interface TextDialect {
  /** The lines before a family's samples. */
  metadata(family: Family, names: ReadonlySet<string>): string;
  /** An upper bound as the value of `le`. */
  bound(value: number): string;
  /** What follows the value of a sample: an exemplar, or nothing. */
  exemplar?(point: DataPoint<unknown>, above: number, upTo: number): string;
  /** The name of the samples that tell when a family's series began, where it has them. */
  created?(family: Family, names: ReadonlySet<string>): string | undefined;
  /** What the page ends with. */
  readonly end: string;
}

/** The Prometheus text format, 0.0.4 and 1.0.0. They differ in nothing but names outside the legacy set. */
export const PROMETHEUS_TEXT: TextDialect = {
  metadata: ({ name, help, type }) => {
    const written = metadataName(name);
    const shown = type === 'native' ? 'histogram' : type === 'info' ? 'gauge' : type;
    return `# HELP ${written} ${escapeHelp(help)}\n# TYPE ${written} ${shown}\n`;
  },
  bound: bucketBound,
  end: '',
};

const CLOSE = Buffer.from('} ');
const LE = Buffer.from('le="');
const NEXT_LE = Buffer.from(',le="');

/** Writes families as text, in pieces of some 128 KiB. */
export function* writeText(families: readonly Family[], dialect: TextDialect): Generator<Uint8Array> {
  const page = new ByteWriter();
  const bounds = new Bounds(dialect);
  const names = new Set(families.map(({ name }) => name));
  for (const family of families) {
    page.text(dialect.metadata(family, names));
    const { name, type, parts } = family;
    const sample = new SampleName(name);
    const createdName = dialect.created?.(family, names);
    const created = createdName === undefined ? undefined : new SampleName(createdName);
    const histogram = {
      bucket: new SampleName(`${name}_bucket`),
      sum: new SampleName(`${name}_sum`),
      count: new SampleName(`${name}_count`),
    };
    for (const { points, labels: writer } of parts) {
      for (const point of points) {
        if (type === 'histogram') {
          histogramLines(page, histogram, writer, point as DataPoint<Histogram>, bounds);
        } else if (type === 'native') {
          const { value } = point as DataPoint<ExponentialHistogram>;
          histogramLines(page, histogram, writer, { ...point, value: withoutBuckets(value) }, bounds);
        } else {
          sample.begin(page, writer, point.attributes);
          page.value(point.value as number);
          if (type === 'counter') exemplar(page, dialect, point, -Infinity, Infinity);
          page.lineFeed();
        }
        if (created !== undefined) {
          const [seconds, nanoseconds] = point.startTime;
          created.begin(page, writer, point.attributes);
          page.text(`${seconds}.${String(Math.floor(nanoseconds / 1e6)).padStart(3, '0')}\n`);
        }
        if (page.isFull) yield page.take();
      }
    }
  }
  page.text(dialect.end);
  if (page.length > 0) yield page.take();
}

/** A metric's name in a metadata line: quoted where it is outside the legacy set. */
export function metadataName(name: string): string {
  return isLegacyName(name, 'metric') ? name : `"${escapeLabelValue(name)}"`;
}

/** The beginning of samples: `name`, or `{"name"` where the name is outside the legacy set. */
class SampleName {
  /** Before labels, brace included. */
  readonly opened: Uint8Array;
  /** Before the value of a sample without labels. */
  private readonly bare: Uint8Array;

  constructor(name: string) {
    const legacy = isLegacyName(name, 'metric');
    this.opened = Buffer.from(legacy ? `${name}{` : `{"${escapeLabelValue(name)}",`);
    this.bare = Buffer.from(legacy ? `${name} ` : `{"${escapeLabelValue(name)}"} `);
  }

  /** Writes everything before the value. */
  begin(page: ByteWriter, writer: LabelWriter, attributes: Attributes): void {
    const start = page.length;
    page.bytes(this.opened);
    const labelsStart = page.length;
    writer.write(page, attributes);
    if (page.length > labelsStart) {
      page.bytes(CLOSE);
      return;
    }
    page.length = start;
    page.bytes(this.bare);
  }

  /** The same with labels that stand in the piece already. */
  beginAgain(page: ByteWriter, start: number, end: number): void {
    if (start === end) {
      page.bytes(this.bare);
      return;
    }
    page.bytes(this.opened);
    page.again(start, end);
    page.bytes(CLOSE);
  }
}

/** The ends of bucket lines by a histogram's bounds, `0.5"} `. */
class Bounds {
  private readonly known = new Map<readonly number[], readonly Uint8Array[]>();

  constructor(readonly dialect: TextDialect) {}

  of(boundaries: readonly number[]): readonly Uint8Array[] {
    let ends = this.known.get(boundaries);
    if (ends === undefined) {
      ends = [...boundaries.map((bound) => this.dialect.bound(bound)), '+Inf'].map((text) => Buffer.from(`${text}"} `));
      this.known.set(boundaries, ends);
    }
    return ends;
  }
}

function histogramLines(
  page: ByteWriter,
  names: { readonly bucket: SampleName; readonly sum: SampleName; readonly count: SampleName },
  writer: LabelWriter,
  point: DataPoint<Histogram>,
  bounds: Bounds,
): void {
  const { buckets, sum, count } = point.value;
  const { dialect } = bounds;
  const ends = bounds.of(buckets.boundaries);
  const start = page.length;
  page.bytes(names.bucket.opened);
  const labelsStart = page.length;
  writer.write(page, point.attributes);
  const labelsEnd = page.length;
  page.bytes(labelsEnd === labelsStart ? LE : NEXT_LE);
  const end = page.length;
  let cumulative = 0;
  for (let i = 0; i < ends.length; i++) {
    cumulative += buckets.counts[i] ?? 0;
    // The first line begins with the text just written; the others copy it.
    page.againWithCount(i === 0 ? end : start, end, ends[i] as Uint8Array, cumulative);
    exemplar(page, dialect, point, buckets.boundaries[i - 1] ?? -Infinity, buckets.boundaries[i] ?? Infinity);
    page.lineFeed();
  }
  // A sum is left out where negative measurements would make it go down.
  if (sum !== undefined) {
    names.sum.beginAgain(page, labelsStart, labelsEnd);
    page.value(sum);
    page.lineFeed();
  }
  names.count.beginAgain(page, labelsStart, labelsEnd);
  page.value(count);
  page.lineFeed();
}

function exemplar(
  page: ByteWriter,
  dialect: TextDialect,
  point: DataPoint<unknown>,
  above: number,
  upTo: number,
): void {
  if (dialect.exemplar !== undefined && 'exemplars' in point) page.text(dialect.exemplar(point, above, upTo));
}

/** Text has no place for a native histogram's buckets; Go's client library writes its count and sum too. */
function withoutBuckets({ sum, count }: ExponentialHistogram): Histogram {
  return { ...(sum === undefined ? {} : { sum }), count, buckets: { boundaries: NO_BOUNDARIES, counts: [count] } };
}

const NO_BOUNDARIES: number[] = [];
