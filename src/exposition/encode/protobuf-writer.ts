/** Wire types of the protocol buffers encoding. */
const VARINT = 0;
const DOUBLE = 1;
const DELIMITED = 2;
/** Up to this length, ASCII characters are written one by one, with a length of one byte. */
const SHORT = 42;

/**
 * A protocol buffers message being written, field by field, into one growing buffer.
 *
 * Invariants: {@link begin} and {@link end} nest; `end` may move the bytes behind its `begin`, so a position is valid only
 * until the message around it ends. What {@link take} returned never changes.
 */
export class ProtobufWriter {
  private bytes = Buffer.allocUnsafe(4096);
  length = 0;

  string(field: number, value: string): void {
    this.tag(field, DELIMITED);
    if (value.length <= SHORT && this.writeShort(value)) return;
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.reserve(size);
    this.length += this.bytes.write(value, this.length);
  }

  double(field: number, value: number): void {
    this.tag(field, DOUBLE);
    this.reserve(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
  }

  /** Writes an enumeration's value or a whole number of at least 0. */
  integer(field: number, value: number): void {
    this.tag(field, VARINT);
    this.varint(value);
  }

  /** Writes a whole number, zigzag encoded as `sint32` and `sint64` are. */
  signed(field: number, value: number): void {
    this.tag(field, VARINT);
    this.varint(zigzag(value));
  }

  packedSigned(field: number, values: readonly number[]): void {
    const start = this.begin(field);
    for (const value of values) this.varint(zigzag(value));
    this.end(start);
  }

  /**
   * Begins a message in a field. Returns what {@link end} needs.
   *
   * @param lengthBytes the number of bytes that the length of the message probably takes
   */
  begin(field: number, lengthBytes = 1): number {
    this.tag(field, DELIMITED);
    this.reserve(lengthBytes);
    this.length += lengthBytes;
    return this.length;
  }

  /**
   * Ends the message that began at `start`: writes its length in front of it. It moves if its length takes another number of
   * bytes.
   *
   * @param lengthBytes as it was given to {@link begin}
   */
  end(start: number, lengthBytes = 1): void {
    const size = this.length - start;
    const needed = varintBytes(size);
    if (needed !== lengthBytes) {
      this.reserve(needed);
      this.bytes.copyWithin(start + needed - lengthBytes, start, this.length);
    }
    this.length = start - lengthBytes;
    this.varint(size);
    this.length += size;
  }

  /**
   * Writes a message in a field below 16, of an integer in field 1 and then of bytes that are encoded already.
   *
   * @param rest up to 100 bytes
   */
  counted(field: number, integer: number, rest: Uint8Array): void {
    this.reserve(rest.length + 13);
    const { bytes } = this;
    bytes[this.length] = field * 8 + DELIMITED;
    const start = this.length + 2;
    bytes[start] = 8 + VARINT;
    this.length = start + 1;
    this.varint(integer);
    let at = this.length;
    for (let i = 0; i < rest.length; i++) bytes[at++] = rest[i] as number;
    bytes[start - 1] = at - start;
    this.length = at;
  }

  /** Writes the length that precedes a message in a stream of messages. */
  delimiter(size: number): void {
    this.varint(size);
  }

  /** Writes what another writer holds. */
  append(other: ProtobufWriter): void {
    this.reserve(other.length);
    other.bytes.copy(this.bytes, this.length, 0, other.length);
    this.length += other.length;
  }

  /** Returns the bytes written so far; what is written next belongs to another piece. */
  take(): Buffer {
    const piece = this.bytes.subarray(0, this.length);
    this.bytes = Buffer.allocUnsafe(this.bytes.length);
    this.length = 0;
    return piece;
  }

  private writeShort(value: string): boolean {
    this.reserve(value.length + 1);
    const { bytes, length } = this;
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) return false;
      bytes[length + 1 + i] = code;
    }
    bytes[length] = value.length;
    this.length += value.length + 1;
    return true;
  }

  private tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** Seven bits a byte; by division as long as the number has more than 31 bits. */
  private varint(value: number): void {
    this.reserve(10);
    const { bytes } = this;
    // What no integer field can hold must not write without end.
    let rest = Math.min(value, 2 ** 63);
    let at = this.length;
    while (rest > 0x7fffffff) {
      bytes[at++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    for (; rest >= 128; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
    bytes[at] = rest;
    this.length = at + 1;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
