import type { Histogram } from '@opentelemetry/sdk-metrics';
import { ByteWriter } from './bytes';
import { escapeHelp } from './escape';
import type { Family } from './families';
import { bucketBound } from './numbers';

/** The content type of the Prometheus text format 0.0.4. */
export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const OPEN = Buffer.from('{');
const CLOSE = Buffer.from('} ');
const SPACE = Buffer.from(' ');
const LE = Buffer.from('le="');
const NEXT_LE = Buffer.from(',le="');

/** Writes families in the Prometheus text format 0.0.4, in pieces of some 64 KiB. */
export function* writeText(families: Iterable<Family>): Generator<Uint8Array> {
  const page = new ByteWriter();
  const bounds = new Map<readonly number[], readonly Uint8Array[]>();
  for (const { name, help, type, parts } of families) {
    page.text(`# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`);
    const plain = Buffer.from(name);
    const starts = {
      bucket: Buffer.from(`${name}_bucket{`),
      sum: Buffer.from(`${name}_sum`),
      count: Buffer.from(`${name}_count`),
    };
    for (const { points, labels: writer } of parts) {
      for (const { attributes, value } of points) {
        const labels = writer.labels(attributes);
        if (type === 'histogram') {
          histogramLines(page, starts, labels, value as Histogram, bounds);
        } else {
          page.bytes(plain);
          if (labels !== '') {
            page.bytes(OPEN);
            page.text(labels);
          }
          endOfSeries(page, labels !== '', value as number);
        }
        if (page.isFull) yield page.take();
      }
    }
  }
  if (page.length > 0) yield page.take();
}

function histogramLines(
  page: ByteWriter,
  starts: { readonly bucket: Uint8Array; readonly sum: Uint8Array; readonly count: Uint8Array },
  labels: string,
  { buckets, sum, count }: Histogram,
  bounds: Map<readonly number[], readonly Uint8Array[]>,
): void {
  let ends = bounds.get(buckets.boundaries);
  if (ends === undefined) {
    ends = [...buckets.boundaries.map(bucketBound), '+Inf'].map((bound) => Buffer.from(`${bound}"} `));
    bounds.set(buckets.boundaries, ends);
  }
  const start = page.length;
  page.bytes(starts.bucket);
  const labelsStart = page.length;
  page.text(labels);
  const labelsEnd = page.length;
  page.bytes(labels === '' ? LE : NEXT_LE);
  const end = page.length;
  let cumulative = 0;
  for (let i = 0; i < ends.length; i++) {
    cumulative += buckets.counts[i] ?? 0;
    // The first line begins with the text just written; the others copy it.
    page.againWithCount(i === 0 ? end : start, end, ends[i] as Uint8Array, cumulative);
  }
  // A sum is left out where negative measurements would make it go down.
  for (const [name, value] of [
    [starts.sum, sum],
    [starts.count, count],
  ] as const) {
    if (value === undefined) continue;
    page.bytes(name);
    if (labels !== '') {
      page.bytes(OPEN);
      page.again(labelsStart, labelsEnd);
    }
    endOfSeries(page, labels !== '', value);
  }
}

function endOfSeries(page: ByteWriter, hasLabels: boolean, value: number): void {
  page.bytes(hasLabels ? CLOSE : SPACE);
  page.value(value);
  page.lineFeed();
}
