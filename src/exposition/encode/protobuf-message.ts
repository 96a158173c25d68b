/** Wire types of the protocol buffers encoding. */
const VARINT = 0;
const DOUBLE = 1;
const DELIMITED = 2;

/** A protocol buffers message being written, field by field. */
export class ProtobufMessage {
  private bytes = Buffer.allocUnsafe(64);
  private length = 0;

  string(field: number, value: string): this {
    const size = Buffer.byteLength(value);
    this.tag(field, DELIMITED);
    this.varint(size);
    this.reserve(size);
    this.length += this.bytes.write(value, this.length);
    return this;
  }

  double(field: number, value: number): this {
    this.tag(field, DOUBLE);
    this.reserve(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
    return this;
  }

  /** A whole number of at least 0. */
  integer(field: number, value: number): this {
    this.tag(field, VARINT);
    this.varint(value);
    return this;
  }

  enumeration(field: number, value: number): this {
    return this.integer(field, value);
  }

  /** A whole number, zigzag encoded as `sint32` and `sint64` are. */
  signed(field: number, value: number): this {
    this.tag(field, VARINT);
    this.varint(zigzag(value));
    return this;
  }

  packedSigned(field: number, values: readonly number[]): this {
    const packed = new ProtobufMessage();
    for (const value of values) packed.varint(zigzag(value));
    return this.message(field, packed);
  }

  message(field: number, message: ProtobufMessage): this {
    this.tag(field, DELIMITED);
    this.append(message);
    return this;
  }

  /** The message behind its length, as it stands in a stream of messages. */
  delimited(): Uint8Array {
    const stream = new ProtobufMessage();
    stream.append(this);
    return stream.bytes.subarray(0, stream.length);
  }

  private append(message: ProtobufMessage): void {
    this.varint(message.length);
    this.reserve(message.length);
    message.bytes.copy(this.bytes, this.length, 0, message.length);
    this.length += message.length;
  }

  private tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** Seven bits a byte; by division, because numbers may have more than 32 bits. */
  private varint(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}
