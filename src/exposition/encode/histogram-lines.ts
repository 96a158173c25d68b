import type { Attributes } from '@opentelemetry/api';
import type { ByteWriter } from './byte-writer';
import { countDigits, isSmallCount, writeDigits } from './digits';
import type { LabelWriter } from './label-writer';
import { CLOSE, SampleName } from './sample-name';
import { StaticText } from './static-text';

/** Histograms with labels of more bytes are written line by line. */
const MAX_LABEL_BYTES = 512;
/** Up to this number, bytes are copied one by one faster than by a call out of JavaScript. */
const MAX_BYTEWISE = 40;
/** The room that writing a value and its line feed may need. */
const MAX_VALUE = 80;

const LE = new StaticText('le="');
const NEXT_LE = new StaticText(',le="');

/** What a histogram is written from. */
export interface HistogramValues {
  /** The cumulative count of each bucket. */
  readonly counts: readonly number[];
  /** Absent if no `_sum` line is written. */
  readonly sum: number | undefined;
  /** Absent if no `_count` line is written. */
  readonly count: number | undefined;
  /** Writes what follows the value in the line of a bucket. */
  readonly writeExemplar: ((bucket: number) => void) | undefined;
}

/** Where the lines of a histogram are in the piece that is being written. */
interface Block {
  /** {@link ByteWriter.piece} */
  piece: number;
  start: number;
  /** The position behind the last line, from {@link start} on. */
  size: number;
  /** For each line, the position of its value from {@link start} on, and the number of its characters. */
  readonly valueAt: Int32Array;
  readonly widths: Int32Array;
}

/**
 * Writes the lines of the histograms of one family.
 *
 * A page of histograms is mostly the same bytes again and again. The lines of a histogram are copied from the one before, many
 * at once, and then labels and digits are overwritten, which is faster than to write line by line. It needs labels of the same
 * length, and a copy ends at each line whose value has another length than before.
 */
export class HistogramLines {
  private readonly bucket: SampleName;
  private readonly sum: SampleName;
  private readonly count: SampleName;
  /** The last histogram with labels of each length. */
  private blocks: (Block | undefined)[] = [];
  /** The ends of bucket lines, such as `0.5"} `. */
  private bounds: readonly StaticText[] = [];
  private hasSum = false;
  private hasCount = false;
  /** For each line, the number of bytes between labels and value. */
  private gaps: readonly number[] = [];
  /** The size of a histogram without labels and values. */
  private bareSize = 0;

  constructor(
    private readonly page: ByteWriter,
    name: string,
  ) {
    this.bucket = new SampleName(`${name}_bucket`);
    this.sum = new SampleName(`${name}_sum`);
    this.count = new SampleName(`${name}_count`);
  }

  /**
   * Writes one histogram.
   *
   * @param bounds the ends of bucket lines, such as `0.5"} `; the same list for all histograms with the same buckets
   */
  write(bounds: readonly StaticText[], values: HistogramValues, labels: LabelWriter, attributes: Attributes): void {
    const { page } = this;
    this.setShape(bounds, values.sum !== undefined, values.count !== undefined);
    const start = page.length;
    page.staticText(this.bucket.opened);
    const labelsStart = page.length;
    labels.write(page, attributes);
    const length = page.length - labelsStart;
    if (length === 0 || length > MAX_LABEL_BYTES || !isRegular(values)) {
      this.writeLines(start, labelsStart, values, undefined);
      return;
    }
    const block = this.findBlock(length);
    if (block.piece === page.piece) this.copyLines(block, start, length, values);
    else this.writeLines(start, labelsStart, values, block);
    block.piece = page.piece;
    block.start = start;
    block.size = page.length - start;
  }

  /** Sets which lines there are. */
  private setShape(bounds: readonly StaticText[], hasSum: boolean, hasCount: boolean): void {
    if (bounds === this.bounds && hasSum === this.hasSum && hasCount === this.hasCount) return;
    this.bounds = bounds;
    this.hasSum = hasSum;
    this.hasCount = hasCount;
    this.blocks = [];
    const totals = [...(hasSum ? [this.sum] : []), ...(hasCount ? [this.count] : [])];
    this.gaps = [...bounds.map((bound) => NEXT_LE.length + bound.length), ...totals.map(() => CLOSE.length)];
    const openings =
      bounds.length * this.bucket.opened.length + totals.reduce((sum, { opened }) => sum + opened.length, 0);
    this.bareSize = this.gaps.reduce((sum, gap) => sum + gap, openings);
  }

  private findBlock(length: number): Block {
    let block = this.blocks[length];
    if (block === undefined) {
      const lines = this.gaps.length;
      block = { piece: -1, start: 0, size: 0, valueAt: new Int32Array(lines), widths: new Int32Array(lines) };
      this.blocks[length] = block;
    }
    return block;
  }

  /** Writes line by line, behind the labels of the first line. */
  private writeLines(
    start: number,
    labelsStart: number,
    { counts, sum, count, writeExemplar }: HistogramValues,
    block: Block | undefined,
  ): void {
    const { page, bounds } = this;
    const labelsEnd = page.length;
    page.staticText(labelsEnd === labelsStart ? LE : NEXT_LE);
    const end = page.length;
    for (let i = 0; i < bounds.length; i++) {
      // The first line begins with the text just written; the others copy it.
      if (i > 0) page.repeat(start, end);
      page.staticText(bounds[i] as StaticText);
      this.writeValue(counts[i] as number, start, i, block);
      writeExemplar?.(i);
      page.lineFeed();
    }
    let line = bounds.length;
    if (sum !== undefined) {
      this.sum.beginRepeated(page, labelsStart, labelsEnd);
      this.writeValue(sum, start, line++, block);
      page.lineFeed();
    }
    if (count !== undefined) {
      this.count.beginRepeated(page, labelsStart, labelsEnd);
      this.writeValue(count, start, line, block);
      page.lineFeed();
    }
  }

  /** Writes the value of a line, and sets in the block where it is. */
  private writeValue(value: number, start: number, line: number, block: Block | undefined): void {
    const { page } = this;
    const at = page.length;
    page.value(value);
    if (block === undefined) return;
    block.valueAt[line] = at - start;
    block.widths[line] = page.length - at;
  }

  /** Copies the lines of a block, behind the labels of the first line, and sets in the block where the values of the copy are. */
  private copyLines(block: Block, start: number, length: number, values: HistogramValues): void {
    const { page } = this;
    const { valueAt, widths, start: source } = block;
    const { counts, sum, count } = values;
    const lines = valueAt.length;
    const buckets = counts.length;
    const bytes = page.reserve(this.bareSize + lines * (length + MAX_VALUE));
    /** What is copied next, from the start of the block on; the first line has its own labels already. */
    let from = page.length - start;
    /** How far the copy is behind the position in the block. */
    let shift = 0;
    for (let line = 0; line < lines; line++) {
      const at = valueAt[line] as number;
      const width = widths[line] as number;
      valueAt[line] = at + shift;
      const isSum = line === buckets && sum !== undefined;
      const digits = isSum ? -1 : countDigits(line < buckets ? (counts[line] as number) : (count as number));
      if (digits === width) continue;
      bytes.copyWithin(start + shift + from, source + from, source + at);
      page.length = start + shift + at;
      if (isSum) page.value(sum);
      else page.length += digits;
      const end = page.length;
      widths[line] = end - (start + shift + at);
      page.lineFeed();
      from = at + width + 1;
      shift = page.length - start - from;
    }
    bytes.copyWithin(start + shift + from, source + from, source + block.size);
    page.length = start + shift + block.size;
    this.overwrite(bytes, start, source, length, block, values);
  }

  /** Writes labels and values into copied lines. The labels of the first line are those of all. */
  private overwrite(
    bytes: Uint8Array,
    start: number,
    source: number,
    length: number,
    { valueAt, widths }: Block,
    { counts, count }: HistogramValues,
  ): void {
    const { gaps } = this;
    const lines = valueAt.length;
    const opening = this.bucket.opened.length;
    const labels = start + opening;
    const before = source + opening;
    // All that differs is between these positions in the labels.
    let low = 0;
    while (low < length && bytes[before + low] === bytes[labels + low]) low++;
    let high = length;
    while (high > low && bytes[before + high - 1] === bytes[labels + high - 1]) high--;
    for (let line = 1; line < lines; line++) {
      const at = start + (valueAt[line] as number) - (gaps[line] as number) - length;
      if (high - low > MAX_BYTEWISE) bytes.copyWithin(at + low, labels + low, labels + high);
      else for (let i = low; i < high; i++) bytes[at + i] = bytes[labels + i] as number;
    }
    for (let line = 0; line < counts.length; line++) {
      writeDigits(bytes, start + (valueAt[line] as number), counts[line] as number, widths[line] as number);
    }
    if (count === undefined) return;
    writeDigits(bytes, start + (valueAt[lines - 1] as number), count, widths[lines - 1] as number);
  }
}

/** Returns whether the lines have nothing but small counts and a sum. */
function isRegular({ counts, count, writeExemplar }: HistogramValues): boolean {
  if (writeExemplar !== undefined || !isSmallCount(count ?? 0)) return false;
  for (let i = 0; i < counts.length; i++) if (!isSmallCount(counts[i] as number)) return false;
  return true;
}
