/** A frame is not one that a process of this version writes. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Reads the content of a frame that {@link FrameWriter} wrote. Throws FrameError where it ends early. */
export class FrameReader {
  private at = 0;

  constructor(private readonly frame: Buffer) {}

  get isAtEnd(): boolean {
    return this.at >= this.frame.length;
  }

  byte(): number {
    const value = this.frame[this.at++];
    if (value === undefined) throw new FrameError('the frame ends early');
    return value;
  }

  integer(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    let factor = 0x80;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
  }

  signed(): number {
    const value = this.integer();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  integers(count: number): number[] {
    const values: number[] = [];
    for (let i = 0; i < count; i++) values.push(this.integer());
    return values;
  }

  double(): number {
    const at = this.at;
    if (at + 8 > this.frame.length) throw new FrameError('the frame ends early');
    this.at = at + 8;
    return this.frame.readDoubleLE(at);
  }

  text(): string {
    return this.bytes(this.integer()).toString();
  }

  bytes(length: number): Buffer {
    const end = this.at + length;
    if (end > this.frame.length) throw new FrameError('the frame ends early');
    const bytes = this.frame.subarray(this.at, end);
    this.at = end;
    return bytes;
  }

  rest(): Buffer {
    return this.bytes(this.frame.length - this.at);
  }
}
