/**
 * The number of bytes that are written at once, as a little-endian double. No such bytes of a text are a NaN, whose bytes could change:
 * the last two would be a byte from F0 and 7F, or the last one FF, which are no UTF-8.
 */
export const WORD_BYTES = 8;
/** How often a text is written byte by byte. Most texts of a page with many families are written less often. */
const BYTEWISE_WRITES = 16;

/** A text that is written again and again. */
export class StaticText {
  /** The bytes of the text as UTF-8. */
  readonly bytes: Uint8Array;
  /** The same bytes, and zeros up to a multiple of eight, as doubles. Absent before the text was written often. */
  words: Float64Array | undefined = undefined;
  private writes = 0;

  constructor(text: string) {
    this.bytes = Buffer.from(text);
  }

  /** The number of bytes. */
  get length(): number {
    return this.bytes.length;
  }

  /** Counts that the text was written byte by byte. */
  countWrite(): void {
    if (++this.writes !== BYTEWISE_WRITES) return;
    const padded = new Uint8Array(Math.ceil(this.length / WORD_BYTES) * WORD_BYTES);
    padded.set(this.bytes);
    const view = new DataView(padded.buffer);
    const words = new Float64Array(padded.length / WORD_BYTES);
    for (let i = 0; i < words.length; i++) words[i] = view.getFloat64(i * WORD_BYTES, true);
    this.words = words;
  }
}
