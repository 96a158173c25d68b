import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Exemplar } from '../../../src/collection/points';
import type { CollectedStream } from '../../../src/collection/slices';
import { writeProtobuf } from '../../../src/exposition/encode/protobuf';
import { type Diagnostics, listenToDiagnostics } from '../../diagnostics';
import { encode, histogram, plan, type Series, stream } from '../streams';

/** The fields of a message by number, each with all of its values: numbers, or bytes. */
type Fields = Map<number, (number | Buffer)[]>;

/** Decodes a message by the rules of the protocol buffers encoding, without its schema. */
function decode(bytes: Buffer): Fields {
  const fields: Fields = new Map();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++] as number;
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    let value: number | Buffer;
    if (type === 0) value = varint();
    else if (type === 1) {
      value = bytes.readDoubleLE(at);
      at += 8;
    } else {
      const size = varint();
      value = bytes.subarray(at, at + size);
      at += size;
    }
    const values = fields.get(field) ?? [];
    values.push(value);
    fields.set(field, values);
  }
  return fields;
}

const messages = (fields: Fields | undefined, field: number) =>
  (fields?.get(field) ?? []).map((value) => decode(value as Buffer));
const text = (fields: Fields | undefined, field: number) => fields?.get(field)?.[0]?.toString();
const labels = (fields: Fields | undefined) =>
  Object.fromEntries(messages(fields, 1).map((label) => [text(label, 1), text(label, 2)]));
const numbers = (fields: Fields | undefined, field: number) => fields?.get(field) ?? [];

/** The `MetricFamily` messages of a page. */
function families(streams: readonly CollectedStream[]) {
  const encoded = encode(writeProtobuf, plan(streams).families);
  const page = Buffer.concat(encoded.pieces);
  // A stream of messages behind their lengths reads like one message with a tag left out: give each the tag of field 1.
  const found: Fields[] = [];
  for (let at = 0; at < page.length; ) {
    let size = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = page[at++] as number;
      size += (byte % 128) * scale;
      if (byte < 128) break;
    }
    found.push(decode(page.subarray(at, at + size)));
    at += size;
  }
  return { ...encoded, found };
}

const exemplar: Exemplar = {
  value: 0.7,
  timestamp: [1_700_000_030, 250_000_000],
  traceId: 'abc',
  filteredAttributes: { user: 'alice' },
};

const native = (scale: number, more: Partial<ExponentialHistogram> = {}): ExponentialHistogram => ({
  count: 6,
  sum: 12,
  scale,
  zeroCount: 0,
  positive: { offset: 2, bucketCounts: [1, 2, 3] },
  negative: { offset: 0, bucketCounts: [] },
  ...more,
});

describe('writeProtobuf', () => {
  let diagnostics: Diagnostics;
  beforeEach(() => {
    diagnostics = listenToDiagnostics();
  });
  afterEach(() => diagnostics.stop());

  it('writes name, help, type, unit and labels of a family', () => {
    const series: Series[] = [[{ 'a.b': 'x', n: 5 }, 7]];
    const { found } = families([stream('gauge', 'memory', series, { unit: 'By', description: 'Memory' })]);
    expect(found).toHaveLength(1);
    const [family] = found;
    expect([text(family, 1), text(family, 2), numbers(family, 3), text(family, 5)]).toEqual([
      'memory_bytes',
      'Memory',
      [1],
      'bytes',
    ]);
    const [metric] = messages(family, 4);
    expect(labels(metric)).toEqual({ a_b: 'x', n: '5' });
    expect(numbers(messages(metric, 2)[0], 1)).toEqual([7]);
  });

  // OpenTelemetry specification, Prometheus compatibility, "Exemplars": filtered attributes MUST be added as labels.
  it('writes filtered attributes as labels of exemplars', () => {
    const { found } = families([stream('counter', 'c', [[{}, 3, [exemplar]]])]);
    const [counter] = messages(messages(found[0], 4)[0], 3);
    const [written] = messages(counter, 2);
    expect(labels(written)).toEqual({ trace_id: 'abc', user: 'alice' });
    expect(numbers(written, 2)).toEqual([0.7]);
    expect(numbers(messages(written, 3)[0], 1)).toEqual([1_700_000_030]);
    expect(numbers(messages(counter, 3)[0], 2)).toEqual([500_000_000]);
  });

  it('writes cumulative buckets, each with the latest exemplar in its range', () => {
    const { found } = families([stream('histogram', 'h', [[{}, histogram([0.5, 1, 1], [1, 2, 3, 4], 9), [exemplar]]])]);
    const [value] = messages(messages(found[0], 4)[0], 7);
    expect([numbers(value, 1), numbers(value, 2)]).toEqual([[10], [9]]);
    const buckets = messages(value, 3);
    expect(buckets.map((bucket) => [...numbers(bucket, 1), ...numbers(bucket, 2)])).toEqual([
      [1, 0.5],
      [6, 1],
      [10, Infinity],
    ]);
    expect(buckets.map((bucket) => messages(bucket, 3).length)).toEqual([0, 1, 0]);
  });

  it('writes exponential histograms as native ones, with all of their exemplars', () => {
    const { found } = families([stream('native', 'n', [[{}, native(3), [exemplar, exemplar]]])]);
    const [value] = messages(messages(found[0], 4)[0], 7);
    // Zigzag: schema 3 is 6; the span begins one bucket higher; the counts are 1, +1, +1.
    expect(numbers(value, 5)).toEqual([6]);
    expect(numbers(messages(value, 12)[0], 1)).toEqual([6]);
    expect(numbers(messages(value, 12)[0], 2)).toEqual([3]);
    expect((numbers(value, 13)[0] as Buffer).toString('hex')).toBe('020202');
    expect(messages(value, 16)).toHaveLength(2);
  });

  it('lowers the scale of a native histogram to the highest schema', () => {
    const { found } = families([stream('native', 'n', [[{}, native(9)]])]);
    const [value] = messages(messages(found[0], 4)[0], 7);
    expect(numbers(value, 5)).toEqual([16]);
    expect(numbers(messages(value, 12)[0], 2)).toEqual([2]);
    expect((numbers(value, 13)[0] as Buffer).toString('hex')).toBe('0600');
  });

  it('writeProtobuf leaves out native histograms without a sum or with a scale below -4, and keeps the others', () => {
    const { sum: _, ...withoutSum } = native(1);
    const series: Series[] = [
      [{ a: 'no sum' }, withoutSum],
      [{ a: 'coarse' }, native(-5)],
      [{ a: 'kept' }, native(-4)],
    ];
    const { found, series: written } = families([stream('native', 'n', series)]);
    expect(messages(found[0], 4).map(labels)).toEqual([{ a: 'kept' }]);
    expect(written).toBe(1);
    expect(diagnostics.messages()).toHaveLength(2);
  });

  it('writes a family of any size in pieces, with pauses before its first byte', () => {
    const series = Array.from({ length: 50_000 }, (_, i): Series => [{ id: `series-${i}` }, i]);
    const { found, pieces, pauses } = families([
      stream('gauge', 'a', [[{}, 1]]),
      stream('gauge', 'large', series, { slice: 500 }),
      stream('gauge', 'z', [[{}, 1]]),
    ]);
    expect(found.map((family) => text(family, 1))).toEqual(['a', 'large', 'z']);
    expect(messages(found[1], 4)).toHaveLength(50_000);
    expect(pauses).toBeGreaterThan(10);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(300_000);
  });

  it('writeProtobuf leaves out a family that cannot be encoded, and keeps the others', () => {
    const bad = stream('gauge', 'bad', [
      [{}, 1],
      [{ a: 'x' }, 2],
    ]);
    const { found, failed } = families([
      stream('gauge', 'a', [[{}, 1]]),
      {
        ...bad,
        *slices() {
          yield* bad.slices();
          throw new Error('unreadable');
        },
      },
      stream('gauge', 'z', [[{}, 1]]),
    ]);
    expect(found.map((family) => text(family, 1))).toEqual(['a', 'z']);
    expect(failed).toEqual(['bad']);
  });
});
