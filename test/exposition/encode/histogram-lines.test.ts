import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../src/exposition/encode/byte-writer';
import { HistogramLines } from '../../../src/exposition/encode/histogram-lines';
import { LabelWriter } from '../../../src/exposition/encode/label-writer';
import { sampleValue } from '../../../src/exposition/encode/numbers';
import { StaticText } from '../../../src/exposition/encode/static-text';
import { escapeLabelValue } from '../../../src/exposition/encode/text-escapes';

const BOUNDS = ['0.5', '1', '+Inf'].map((bound) => new StaticText(`${bound}"} `));
const OTHER_BOUNDS = ['10', '200', '3e+06', '+Inf'].map((bound) => new StaticText(`${bound}"} `));

interface Given {
  readonly label: string | undefined;
  readonly bounds: readonly StaticText[];
  readonly counts: readonly number[];
  readonly sum: number | undefined;
  readonly hasCount: boolean;
  readonly hasExemplars: boolean;
  /** Whether the piece is taken before the histogram is written. */
  readonly isFirst: boolean;
}

const count = fc.oneof(
  fc.nat(12),
  fc.nat(2000),
  fc.constantFrom(0, -0, 9, 10, 99, 100, 999_999_999, 1e9, 2 ** 53, 1e21, 0.5, -1, Number.NaN, Infinity),
);
const given = fc.record({
  label: fc.oneof(
    fc.constantFrom(
      undefined,
      'a',
      'b',
      'ab',
      'é',
      'x'.repeat(60),
      'y'.repeat(600),
      '\x7f\u{10ffff}\x7f'.repeat(9),
      '\u{10ffff}\x7f\uffff'.repeat(7),
    ),
    fc.string({ unit: 'binary' }),
  ),
  bounds: fc.constantFrom(BOUNDS, BOUNDS, BOUNDS, OTHER_BOUNDS),
  counts: fc.array(count, { minLength: 4, maxLength: 4 }),
  sum: fc.option(fc.oneof(fc.double(), fc.nat(), fc.constantFrom(0.1, 1.25)), { nil: undefined, freq: 8 }),
  hasCount: fc.boolean(),
  hasExemplars: fc.constantFrom(false, false, false, true),
  isFirst: fc.constantFrom(false, false, false, true),
});

/** Returns the lines as they must be. */
function expected({ label, bounds, counts, sum, hasCount, hasExemplars }: Given): string {
  const own = label === undefined || label === '' ? '' : `a="${escapeLabelValue(label)}"`;
  const open = own === '' ? '' : `${own},`;
  const braces = own === '' ? '' : `{${own}}`;
  const lines = bounds.map((bound, i) => {
    return `h_bucket{${open}le="${bound.bytes}${sampleValue(counts[i] as number)}${hasExemplars ? ` # ${i}` : ''}`;
  });
  if (sum !== undefined) lines.push(`h_sum${braces} ${sampleValue(sum)}`);
  if (hasCount) lines.push(`h_count${braces} ${sampleValue(counts[bounds.length - 1] as number)}`);
  return `${lines.join('\n')}\n`.toWellFormed();
}

describe('HistogramLines', () => {
  it('writes the same bytes whichever histograms were written before', () => {
    const labels = new LabelWriter({ strategy: 'NoTranslation', escaping: 'underscores' });
    fc.assert(
      fc.property(fc.array(given, { maxLength: 30 }), (histograms) => {
        const page = new ByteWriter();
        const lines = new HistogramLines(page, 'h');
        let text = '';
        for (const { label, bounds, counts, sum, hasCount, hasExemplars, isFirst } of histograms) {
          if (isFirst) text += page.take().toString();
          const values = {
            counts: counts.slice(0, bounds.length),
            sum,
            count: hasCount ? counts[bounds.length - 1] : undefined,
            writeExemplar: hasExemplars ? (bucket: number) => page.text(` # ${bucket}`) : undefined,
          };
          lines.write(bounds, values, labels, label === undefined ? {} : { a: label });
        }
        expect(text + page.take().toString()).toBe(histograms.map(expected).join(''));
      }),
      { numRuns: 500 },
    );
  });

  it('copies lines whose values are longer or shorter than before', () => {
    const page = new ByteWriter();
    const lines = new HistogramLines(page, 'h');
    const labels = new LabelWriter({ strategy: 'NoTranslation', escaping: 'underscores' });
    const write = (a: string, counts: number[], sum: number) =>
      lines.write(BOUNDS, { counts, sum, count: counts[2], writeExemplar: undefined }, labels, { a });
    write('x', [1, 10, 100], 1.5);
    write('y', [22, 22, 22], 1234.25);
    expect(page.take().toString().split('\n').slice(5)).toEqual([
      'h_bucket{a="y",le="0.5"} 22',
      'h_bucket{a="y",le="1"} 22',
      'h_bucket{a="y",le="+Inf"} 22',
      'h_sum{a="y"} 1234.25',
      'h_count{a="y"} 22',
      '',
    ]);
  });
});
