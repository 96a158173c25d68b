const INITIAL_BYTES = 4096;
/** The bytes before the content of a frame: the length of the rest. */
const LENGTH_BYTES = 4;
/** Up to which numbers can be shifted. */
const MAX_INT32 = 2 ** 31 - 1;

/** Writes one frame at a time: four bytes of length, then numbers and texts. */
export class FrameWriter {
  private buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  private end = LENGTH_BYTES;

  /** The number of bytes written so far. */
  get length(): number {
    return this.end;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.end++] = value;
  }

  /**
   * Writes an integer from 0 to 2^53 - 1, in one byte for each 7 bits. Any other number, which a producer outside the package
   * can have as a count, is written as 0: it must not break the frame.
   */
  integer(value: number): void {
    this.reserve(8);
    let rest = Number.isSafeInteger(value) && value >= 0 ? value : 0;
    while (rest > MAX_INT32) {
      this.buffer[this.end++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    for (; rest >= 0x80; rest >>>= 7) this.buffer[this.end++] = (rest & 0x7f) | 0x80;
    this.buffer[this.end++] = rest;
  }

  /** Writes an integer that can be negative. */
  signed(value: number): void {
    this.integer(value < 0 ? -value * 2 - 1 : value * 2);
  }

  double(value: number): void {
    this.reserve(8);
    this.end = this.buffer.writeDoubleLE(value, this.end);
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.integer(bytes.length);
    this.bytes(bytes);
  }

  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** Begins again. */
  discard(): void {
    this.end = LENGTH_BYTES;
  }

  /** Returns the frame and begins the next. */
  finish(): Buffer {
    this.buffer.writeUInt32LE(this.end - LENGTH_BYTES, 0);
    const frame = Buffer.from(this.buffer.subarray(0, this.end));
    this.discard();
    return frame;
  }

  private reserve(bytes: number): void {
    if (this.end + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.end + bytes));
    this.buffer.copy(larger, 0, 0, this.end);
    this.buffer = larger;
  }
}
