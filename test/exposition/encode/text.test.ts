import { describe, expect, it } from 'vitest';
import type { CollectedStream } from '../../../src/collection/slices';
import { parseExposition } from '../../../src/exposition/decode/parser';
import { openMetricsText } from '../../../src/exposition/encode/openmetrics';
import { PROMETHEUS_TEXT, type TextDialect, writeText } from '../../../src/exposition/encode/text';
import { encode, plan, type Series, stream } from '../streams';

const DIALECTS = [
  ['text', PROMETHEUS_TEXT],
  ['openmetrics', openMetricsText(false)],
] as const;

function write(streams: readonly CollectedStream[], dialect: TextDialect) {
  const encoded = encode((families, options) => writeText(families, dialect, options), plan(streams).families);
  return { ...encoded, page: Buffer.concat(encoded.pieces).toString() };
}

/** A stream that fails behind its last point. */
function failing(name: string, series: readonly Series[]): CollectedStream {
  const whole = stream('gauge', name, series, { slice: 500 });
  return {
    ...whole,
    *slices() {
      yield* whole.slices();
      throw new Error('unreadable');
    },
  };
}

const many = (count: number): Series[] =>
  Array.from({ length: count }, (_, i): Series => [{ id: `series-${i}`.padEnd(40, 'x') }, i]);

describe.each(DIALECTS)('writeText in the format %s', (format, dialect) => {
  it('writeText leaves out a family that cannot be encoded, and keeps the others', () => {
    const streams = [stream('gauge', 'a', [[{}, 1]]), failing('bad', many(10)), stream('gauge', 'z', [[{}, 1]])];
    const { page, failed, series } = write(streams, dialect);
    expect([...parseExposition(page, format).keys()]).toEqual(['a', 'z']);
    expect(failed).toEqual(['bad']);
    expect(series).toBe(2);
  });

  it('ends a family behind its last whole series if the first ones were handed out already', () => {
    const { page, failed } = write([failing('bad', many(6000)), stream('gauge', 'z', [[{}, 1]])], dialect);
    const families = parseExposition(page, format);
    expect(families.get('bad')?.samples.length).toBeGreaterThan(2000);
    expect(families.get('z')?.samples).toHaveLength(1);
    expect(failed).toEqual(['bad']);
  });

  it('writes a large page in pieces of about 64 KiB, whole', () => {
    const { page, pieces } = write([stream('gauge', 'a', many(20_000), { slice: 500 })], dialect);
    expect(parseExposition(page, format).get('a')?.samples).toHaveLength(20_000);
    expect(pieces.length).toBeGreaterThan(8);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024);
  });

  it('writes only the families that are asked for', () => {
    const streams = [stream('gauge', 'a', [[{}, 1]]), stream('gauge', 'b', [[{}, 1]])];
    const encoded = encode(
      (families, options) => writeText(families, dialect, { ...options, accepts: (name) => name === 'b' }),
      plan(streams).families,
    );
    const page = Buffer.concat(encoded.pieces).toString();
    expect([...parseExposition(page, format).keys()]).toEqual(['b']);
  });
});
