import type { Histogram } from '@opentelemetry/sdk-metrics';
import { ByteWriter } from './bytes';
import { escapeHelp } from './escape';
import type { Family } from './families';
import { bucketBound } from './numbers';

/** The content type of the Prometheus text format 0.0.4. */
export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Writes families in the Prometheus text format 0.0.4, in pieces of some 64 KiB. */
export function* writeText(families: Iterable<Family>): Generator<Uint8Array> {
  const page = new ByteWriter();
  const bounds = new Map<readonly number[], readonly Uint8Array[]>();
  for (const { name, help, type, parts } of families) {
    page.text(`# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`);
    for (const { points, labels: writer } of parts) {
      for (const { attributes, value } of points) {
        const labels = writer.labels(attributes);
        if (type === 'histogram') {
          histogramLines(page, name, labels, value as Histogram, bounds);
        } else {
          page.text(labels === '' ? `${name} ` : `${name}{${labels}} `);
          page.value(value as number);
          page.ascii('\n');
        }
        if (page.isFull) yield page.take();
      }
    }
  }
  if (page.length > 0) yield page.take();
}

function histogramLines(
  page: ByteWriter,
  name: string,
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
  page.text(labels === '' ? `${name}_bucket{le="` : `${name}_bucket{${labels},le="`);
  const end = page.length;
  let cumulative = 0;
  for (let i = 0; i < ends.length; i++) {
    cumulative += buckets.counts[i] ?? 0;
    // The first line begins with the text just written; the others copy it.
    page.againWithCount(i === 0 ? end : start, end, ends[i] as Uint8Array, cumulative);
  }
  const braced = labels === '' ? ' ' : `{${labels}} `;
  // A sum is left out where negative measurements would make it go down.
  if (sum !== undefined) {
    page.text(`${name}_sum${braced}`);
    page.value(sum);
    page.ascii('\n');
  }
  page.text(`${name}_count${braced}`);
  page.value(count);
  page.ascii('\n');
}
