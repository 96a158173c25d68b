// The wire format of Protocol Buffers, as far as requests are changed and added to here.

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/** A message in pieces. */
export type Chunks = readonly Uint8Array[];

/**
 * Returns a message in which the contents of one repeated length-delimited field are replaced, as pieces; undefined if
 * nothing is.
 *
 * @param replace returns the new content of the occurrence, or undefined to keep it
 * @param replacedField the field that gets the new contents; the same one by default
 */
export function replaceField(
  message: Uint8Array,
  field: number,
  replace: (content: Uint8Array, occurrence: number) => Chunks | undefined,
  replacedField = field,
): Chunks | undefined {
  const chunks: Uint8Array[] = [];
  const wanted = field * 8 + DELIMITED;
  let copied = 0;
  let occurrence = 0;
  let position = 0;
  const readVarint = () => {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = message[position++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  };
  while (position < message.length) {
    const start = position;
    const tag = readVarint();
    switch (tag & 7) {
      case VARINT:
        readVarint();
        break;
      case FIXED64:
        position += 8;
        break;
      case FIXED32:
        position += 4;
        break;
      default: {
        const length = readVarint();
        const content = message.subarray(position, position + length);
        position += length;
        const replaced = tag === wanted ? replace(content, occurrence++) : undefined;
        if (replaced === undefined) break;
        const size = replaced.reduce((total, chunk) => total + chunk.length, 0);
        chunks.push(message.subarray(copied, start), varint(replacedField * 8 + DELIMITED), varint(size));
        for (const chunk of replaced) chunks.push(chunk);
        copied = position;
      }
    }
  }
  if (chunks.length === 0) return undefined;
  chunks.push(message.subarray(copied));
  return chunks;
}

// Field numbers below 16 have a tag of one byte.

export function text(field: number, value: string): Buffer {
  return delimited(field, Buffer.from(value));
}

export function delimited(field: number, content: Uint8Array): Buffer {
  const length = varint(content.length);
  const bytes = Buffer.allocUnsafe(1 + length.length + content.length);
  bytes[0] = field * 8 + DELIMITED;
  bytes.set(length, 1);
  bytes.set(content, 1 + length.length);
  return bytes;
}

export function double(field: number, value: number): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = field * 8 + FIXED64;
  bytes.writeDoubleLE(value, 1);
  return bytes;
}

export function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = field * 8 + FIXED64;
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value), 1);
  return bytes;
}

/** An `int64` or a `bool`. A negative number has the bits of its two's complement. */
export function integer(field: number, value: number): Buffer {
  return Buffer.concat([Buffer.of(field * 8 + VARINT), varint(value < 0 ? BigInt.asUintN(64, BigInt(value)) : value)]);
}

function varint(value: number | bigint): Buffer {
  if (value < 128) return Buffer.of(Number(value));
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
