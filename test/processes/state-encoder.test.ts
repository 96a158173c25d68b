import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SliceProducer } from '../../src/collection/slices';
import { MeterProvider } from '../../src/engine/meter-provider';
import { FrameReader } from '../../src/processes/frame-reader';
import { MergedStore } from '../../src/processes/merged-store';
import { StateDecoder } from '../../src/processes/state-decoder';
import { StateEncoder } from '../../src/processes/state-encoder';
import { TestReader } from '../engine/readers';

/** More than are read at once. */
const SERIES = 250;

const series = fc.nat(2 * SERIES);
/** Numbers that are written in different ways: small, large, negative, and not integers. */
const level = fc.oneof(
  fc.constantFrom(0, -0, 127, 128, 2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER, 2 ** 60),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const change = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('count' as const), series, value: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('set' as const), series, value: level }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), series }) },
);
const sync = fc.record({
  before: fc.array(change, { maxLength: 20 }),
  /** What happens between two steps of the walk, by the number of the step. */
  meanwhile: fc.dictionary(fc.nat(8).map(String), fc.array(change, { minLength: 1, maxLength: 3 }), { maxKeys: 3 }),
});

type Sync = typeof sync extends fc.Arbitrary<infer T> ? T : never;

/** Returns the values of all series but some. */
async function values(producer: SliceProducer, except: ReadonlySet<number>): Promise<Record<string, unknown>> {
  const { streams } = await producer.collectSlices();
  return Object.fromEntries(
    streams.flatMap((stream) =>
      [...stream.slices()]
        .flat()
        .filter(({ attributes }) => !except.has(attributes.id as number))
        .map(({ attributes, value }) => [`${stream.descriptor.name} ${attributes.id}`, value]),
    ),
  );
}

describe('StateEncoder', () => {
  it('sends what the receiver needs to have the values of the sender, whatever begins and ends while they are read', async () => {
    const check = async (syncs: readonly Sync[]) => {
      const reader = new TestReader();
      const meter = new MeterProvider({ readers: [reader] }).getMeter('test');
      const counter = meter.createCounter('count');
      const distribution = meter.createHistogram('seconds');
      const gauge = meter.createGauge('level');
      const store = new MergedStore();
      const decoder = new StateDecoder(store, '1');
      const encoder = new StateEncoder(0);
      const removed = new Set<number>();
      const apply = (changes: Sync['before'] = []) => {
        for (const each of changes) {
          // A series that begins again continues at what it had.
          if (removed.has(each.series)) continue;
          const attributes = { id: each.series };
          if (each.kind === 'count') {
            counter.add(each.value, attributes);
            distribution.record(each.value, attributes);
          } else if (each.kind === 'set') {
            gauge.record(each.value, attributes);
          } else {
            removed.add(each.series);
            counter.remove(attributes);
            distribution.remove(attributes);
            gauge.remove(attributes);
          }
        }
      };
      for (let id = 0; id < SERIES; id++) apply([{ kind: 'count', series: id, value: 1 }]);
      for (const { before, meanwhile } of [...syncs, { before: [], meanwhile: {} }]) {
        apply(before);
        const { streams } = await reader.producer.collectSlices();
        let step = 0;
        const touched = new Set(
          Object.values(meanwhile as Sync['meanwhile']).flatMap((all) => all.map((each) => each.series)),
        );
        for (const frame of encoder.encode(streams, true, 1)) {
          apply((meanwhile as Sync['meanwhile'])[step++]);
          if (frame === undefined) continue;
          const content = new FrameReader(frame.subarray(4));
          content.byte();
          content.integer();
          decoder.apply(content);
        }
        const merged = { collectSlices: async () => ({ streams: store.merge({ streams: [] }, '0', {}) }) };
        expect(await values(merged as unknown as SliceProducer, touched)).toEqual(
          await values(reader.producer, touched),
        );
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(sync, { minLength: 1, maxLength: 6 }), check), { numRuns: 100 });
  });
});
