import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, PIECE_BYTES } from '../../../src/exposition/encode/byte-writer';
import { sampleValue } from '../../../src/exposition/encode/numbers';
import { StaticText } from '../../../src/exposition/encode/static-text';
import { escapeLabelValue } from '../../../src/exposition/encode/text-escapes';

/** Numbers with few decimals, and their neighbours, which have many. */
const decimal = fc
  .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 12 }), fc.constantFrom(0, Number.EPSILON, -Number.EPSILON))
  .map(([digits, decimals, difference]) => (digits / 10 ** decimals) * (1 + difference));

describe('ByteWriter', () => {
  it('writes texts, label values and numbers as UTF-8, whatever their length', () => {
    const step = fc.oneof(
      fc.tuple(fc.constant('text' as const), fc.string({ unit: 'grapheme', maxLength: 200 })),
      fc.tuple(fc.constant('labelValue' as const), fc.string({ unit: 'binary', maxLength: 200 })),
      fc.tuple(
        fc.constant('value' as const),
        fc.oneof(fc.double(), fc.integer(), decimal, fc.constantFrom(-0, 999_999_999, 1e9)),
      ),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const page = new ByteWriter();
        let expected = '';
        for (const [method, argument] of steps) {
          if (method === 'value') {
            page.value(argument);
            expected += sampleValue(argument);
          } else {
            page[method](argument);
            expected += method === 'text' ? argument : escapeLabelValue(argument);
          }
        }
        expect(page.take().toString()).toBe(expected.toWellFormed());
      }),
    );
  });

  it('writes static texts, however often and in whatever order', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.string({ unit: fc.constantFrom('\0', '\x7f', '\u{10ffff}', '\uffff', '\ud800', 'a'), maxLength: 20 }),
    );
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(3), { maxLength: 200 }),
        (texts, order) => {
          const page = new ByteWriter();
          const all = texts.map((each) => new StaticText(each));
          const written = order.map((i) => i % texts.length);
          for (const i of written) page.staticText(all[i] as StaticText);
          expect(page.take().equals(Buffer.concat(written.map((i) => Buffer.from(texts[i] as string))))).toBe(true);
        },
      ),
    );
  });

  it('repeats bytes of the piece, also when the repeated bytes make it grow', () => {
    const page = new ByteWriter();
    const long = 'x'.repeat(PIECE_BYTES - 10);
    page.text(long);
    page.repeat(0, page.length);
    expect(page.take().toString()).toBe(long + long);
  });

  it('discards what is behind an earlier position', () => {
    const page = new ByteWriter();
    page.text('kept');
    const position = page.length;
    page.text(' and discarded');
    page.length = position;
    page.lineFeed();
    expect(page.take().toString()).toBe('kept\n');
  });

  it('never changes a piece that was taken', () => {
    const page = new ByteWriter();
    page.text('first');
    const first = page.take();
    page.text('other');
    expect(first.toString()).toBe('first');
    expect(page.take().toString()).toBe('other');
  });

  it('is full when a piece has about 64 KiB', () => {
    const page = new ByteWriter();
    while (!page.isFull) page.text('x'.repeat(1000));
    expect(page.length).toBeGreaterThan(PIECE_BYTES - 5200);
    expect(page.length).toBeLessThanOrEqual(PIECE_BYTES);
  });
});
