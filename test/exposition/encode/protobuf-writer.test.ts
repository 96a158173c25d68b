import { describe, expect, it } from 'vitest';
import { ProtobufWriter } from '../../../src/exposition/encode/protobuf-writer';

function hex(write: (writer: ProtobufWriter) => void): string {
  const writer = new ProtobufWriter();
  write(writer);
  return writer.take().toString('hex');
}

describe('ProtobufWriter', () => {
  // The examples of the protocol buffers documentation, "Encoding".
  it('writes numbers as the documentation of protocol buffers encodes them', () => {
    expect(hex((writer) => writer.integer(1, 150))).toBe('089601');
    expect(hex((writer) => writer.signed(1, -1))).toBe('0801');
    expect(hex((writer) => writer.signed(1, 2147483647))).toBe('08feffffff0f');
    expect(hex((writer) => writer.integer(1, 2 ** 53))).toBe('088080808080808010');
    expect(hex((writer) => writer.double(1, 1))).toBe('09000000000000f03f');
    expect(hex((writer) => writer.packedSigned(6, [1, -2]))).toBe('32020203');
  });

  it('writes short, long and non-ASCII strings behind their length', () => {
    expect(hex((writer) => writer.string(2, 'testing'))).toBe('120774657374696e67');
    expect(hex((writer) => writer.string(2, 'ü'))).toBe('1202c3bc');
    expect(hex((writer) => writer.string(2, 'x'.repeat(200)))).toBe(`12c801${'78'.repeat(200)}`);
  });

  it.each([0, 1, 127, 128, 16_384, 100_000])('writes a message of %d bytes behind its length', (size) => {
    const writer = new ProtobufWriter();
    const start = writer.begin(3);
    const before = writer.length;
    if (size > 0) writer.append(filled(size));
    expect(writer.length - before).toBe(size);
    writer.end(start);
    writer.integer(1, 1);
    const length: number[] = [];
    for (let rest = size; ; rest = Math.floor(rest / 128)) {
      length.push(rest >= 128 ? (rest % 128) + 128 : rest);
      if (rest < 128) break;
    }
    expect(writer.take().toString('hex')).toBe(`1a${Buffer.from(length).toString('hex')}${'78'.repeat(size)}0801`);
  });

  it('writes messages within messages', () => {
    expect(
      hex((writer) => {
        const outer = writer.begin(4);
        const inner = writer.begin(1);
        writer.string(1, 'x'.repeat(130));
        writer.end(inner);
        writer.end(outer);
      }),
    ).toBe(`22880${'10a85010a8201'}${'78'.repeat(130)}`);
  });

  it('never changes bytes that were taken', () => {
    const writer = new ProtobufWriter();
    writer.integer(1, 1);
    const first = writer.take();
    writer.integer(1, 2);
    expect(first.toString('hex')).toBe('0801');
  });
});

function filled(size: number): ProtobufWriter {
  const writer = new ProtobufWriter();
  // A string field's tag and length come first; they are cut off again.
  writer.string(1, 'x'.repeat(size * 2 + 10));
  const bytes = writer.take().subarray(-size);
  const content = new ProtobufWriter();
  for (const _ of bytes) content.delimiter(0x78);
  return content;
}
