import { type Reader, Writer } from '@platformatic/kafka';

const UNKNOWN_MEMBER = 25;

/** A consumer group. A member that joins replaces the one before, as after a session that has expired. */
interface Group {
  generation: number;
  member: string | undefined;
  readonly committed: Map<string, bigint>;
}

/** The consumer groups of a broker, and its answers to the requests about them. */
export class Groups {
  private readonly byName = new Map<string, Group>();

  /** Returns the offset that a group has committed, or `undefined`. */
  committed(group: string, topic: string, partition: number): bigint | undefined {
    return this.byName.get(group)?.committed.get(`${topic} ${partition}`);
  }

  findCoordinator(reader: Reader, port: number): Writer {
    reader.readInt8();
    const keys = reader.readArray((r) => r.readString(), true, false);
    return Writer.create()
      .appendInt32(0)
      .appendArray(keys, (w, key) =>
        w
          .appendString(key)
          .appendInt32(1)
          .appendString('127.0.0.1')
          .appendInt32(port)
          .appendInt16(0)
          .appendString(null),
      );
  }

  private group(name: string): Group {
    const group = this.byName.get(name) ?? { generation: 0, member: undefined, committed: new Map() };
    this.byName.set(name, group);
    return group;
  }

  join(reader: Reader): Writer {
    const group = this.group(reader.readString());
    reader.readInt32();
    reader.readInt32();
    const id = reader.readString();
    reader.readNullableString();
    const type = reader.readString();
    const [protocol] = reader.readArray((r) => ({ name: r.readString(), metadata: r.readBytes() }));
    const member = id === '' ? `member-${group.generation + 1}` : id;
    group.generation++;
    group.member = member;
    return Writer.create()
      .appendInt32(0)
      .appendInt16(0)
      .appendInt32(group.generation)
      .appendString(type)
      .appendString(protocol?.name ?? null)
      .appendString(member)
      .appendBoolean(false)
      .appendString(member)
      .appendArray([member], (w, each) =>
        w
          .appendString(each)
          .appendString(null)
          .appendBytes(protocol?.metadata ?? Buffer.alloc(0)),
      );
  }

  sync(reader: Reader): Writer {
    reader.readString();
    reader.readInt32();
    const member = reader.readString();
    reader.readNullableString();
    const type = reader.readNullableString();
    const protocol = reader.readNullableString();
    const assignments = reader.readArray((r) => ({ member: r.readString(), assignment: r.readBytes() }));
    const own = assignments.find((each) => each.member === member)?.assignment ?? Buffer.alloc(0);
    return Writer.create().appendInt32(0).appendInt16(0).appendString(type).appendString(protocol).appendBytes(own);
  }

  heartbeat(reader: Reader): Writer {
    const group = this.group(reader.readString());
    reader.readInt32();
    return Writer.create()
      .appendInt32(0)
      .appendInt16(reader.readString() === group.member ? 0 : UNKNOWN_MEMBER);
  }

  leave(reader: Reader): Writer {
    const group = this.group(reader.readString());
    const members = reader.readArray((r) => {
      const member = r.readString();
      r.readNullableString();
      r.readNullableString();
      return member;
    });
    if (members.some((member) => member === group.member)) group.member = undefined;
    return Writer.create()
      .appendInt32(0)
      .appendInt16(0)
      .appendArray(members, (w, member) => w.appendString(member).appendString(null).appendInt16(0));
  }

  commitOffsets(reader: Reader): Writer {
    const group = this.group(reader.readString());
    const generation = reader.readInt32();
    const isMember = reader.readString() === group.member && generation === group.generation;
    reader.readNullableString();
    const topics = reader.readArray((r) => ({
      name: r.readString(),
      partitions: r.readArray((p) => {
        const index = p.readInt32();
        const offset = p.readInt64();
        p.readInt32();
        p.readNullableString();
        return { index, offset };
      }),
    }));
    for (const { name, partitions } of isMember ? topics : []) {
      for (const { index, offset } of partitions) group.committed.set(`${name} ${index}`, offset);
    }
    return Writer.create()
      .appendInt32(0)
      .appendArray(topics, (w, { name, partitions }) =>
        w
          .appendString(name)
          .appendArray(partitions, (p, { index }) => p.appendInt32(index).appendInt16(isMember ? 0 : UNKNOWN_MEMBER)),
      );
  }

  fetchOffsets(reader: Reader): Writer {
    const groups = reader.readArray((r) => ({
      id: r.readString(),
      topics: r.readArray((t) => ({
        name: t.readString(),
        indexes: t.readArray((p) => p.readInt32(), true, false),
      })),
    }));
    return Writer.create()
      .appendInt32(0)
      .appendArray(groups, (w, { id, topics }) =>
        w
          .appendString(id)
          .appendArray(topics, (t, { name, indexes }) =>
            t.appendString(name).appendArray(indexes, (p, index) =>
              p
                .appendInt32(index)
                .appendInt64(this.committed(id, name, index) ?? -1n)
                .appendInt32(-1)
                .appendString(null)
                .appendInt16(0),
            ),
          )
          .appendInt16(0),
      );
  }
}
