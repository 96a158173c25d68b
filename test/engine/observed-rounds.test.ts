import type { ObservableResult } from '@opentelemetry/api';
import { type CollectionResult, createAllowListAttributesProcessor } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CollectedPoint } from '../../src/collection/points';
import { MeterProvider } from '../../src/engine/meter-provider';
import { allMetrics, CUMULATIVE, DELTA, TestReader } from './readers';

/** What one callback does in one round. */
interface CallbackRound {
  readonly observations: readonly { readonly id: number; readonly kept: number; readonly value: number }[];
  readonly fails: boolean;
  /** Observes after an `await`. */
  readonly waits: boolean;
}

interface Round {
  readonly callbacks: readonly CallbackRound[];
  /** The readers that collect, one after another. Each of them runs the callbacks. */
  readonly readers: readonly number[];
}

const LIMITS = [100, 100, 3] as const;
const TEMPORALITIES = [CUMULATIVE, DELTA, CUMULATIVE] as const;
type Kind = 'Gauge' | 'UpDownCounter' | 'Counter';

const callbackRound: fc.Arbitrary<CallbackRound> = fc.record({
  observations: fc.array(
    fc.record({ id: fc.integer({ min: 0, max: 7 }), kept: fc.integer({ min: 0, max: 1 }), value: fc.nat(50) }),
    { maxLength: 12 },
  ),
  fails: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  waits: fc.boolean(),
});
const round: fc.Arbitrary<Round> = fc.record({
  callbacks: fc.tuple(callbackRound, callbackRound),
  readers: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 }),
});

/** What a reader has to be given, worked out from the specification for one stream. */
class Model {
  private previous = new Set<string>();
  private readonly reported = new Map<string, number>();

  constructor(
    private readonly kind: Kind,
    private readonly isDelta: boolean,
    private readonly limit: number,
    private readonly attributes: (id: number, kept: number) => string,
  ) {}

  collect(callbacks: readonly CallbackRound[]): Record<string, number> {
    const completed = callbacks.filter(({ fails }) => !fails);
    // Callbacks that wait complete after the others.
    const ordered = [...completed.filter(({ waits }) => !waits), ...completed.filter(({ waits }) => waits)];
    const last = new Map<string, { set: string; value: number }>();
    for (const { id, kept, value } of ordered.flatMap(({ observations }) => observations)) {
      const key = `${id} ${kept}`;
      // The place of an observation is that of the last one of its set.
      last.delete(key);
      last.set(key, { set: this.attributes(id, kept), value });
    }
    const values = new Map<string, number>();
    const isGauge = this.kind === 'Gauge';
    const record = (set: string, value: number) => values.set(set, isGauge ? value : (values.get(set) ?? 0) + value);
    const observed = [...last.values()];
    for (const { set, value } of observed) if (this.previous.has(set)) record(set, value);
    for (const { set, value } of observed) {
      if (this.previous.has(set)) continue;
      const places = values.size - (values.has('overflow') ? 1 : 0);
      record(values.has(set) || places < this.limit ? set : 'overflow', value);
    }
    this.previous = new Set([...values.keys()].filter((set) => set !== 'overflow'));
    if (isGauge || !this.isDelta) return Object.fromEntries(values);
    return Object.fromEntries([...values].map(([set, value]) => [set, this.delta(set, value)]));
  }

  private delta(set: string, value: number): number {
    const reported = this.reported.get(set) ?? 0;
    this.reported.set(set, value);
    const hasReset = this.kind === 'Counter' && value < reported;
    return hasReset ? value : value - reported;
  }
}

// OpenTelemetry specification, Metrics SDK, Asynchronous instruments, Cardinality limits and Temporality.
describe('Asynchronous instruments', () => {
  it.each<Kind>(['Gauge', 'UpDownCounter', 'Counter'])(
    'give every reader what the callbacks that completed observed, through each view (%s)',
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 6 }), async (rounds) => {
          const readers = LIMITS.map((limit, i) => new TestReader(TEMPORALITIES[i], limit));
          const views = [
            { instrumentName: 'o', name: 'all' },
            {
              instrumentName: 'o',
              name: 'merged',
              attributesProcessors: [createAllowListAttributesProcessor(['kept'])],
            },
          ];
          const provider = new MeterProvider({ readers, views });
          const instrument = provider.getMeter('m')[`createObservable${kind}`]('o');
          let current: readonly CallbackRound[] = [];
          for (let i = 0; i < 2; i++) {
            instrument.addCallback((result) => run(current[i] as CallbackRound, result) as Promise<void>);
          }
          const models = readers.map((_, i) => {
            const isDelta = TEMPORALITIES[i] === DELTA;
            const limit = LIMITS[i] as number;
            return {
              all: new Model(kind, isDelta, limit, (id, kept) => `${id},${kept}`),
              merged: new Model(kind, isDelta, limit, (_id, kept) => `${kept}`),
            };
          });
          for (const { callbacks, readers: collecting } of rounds) {
            current = callbacks;
            for (const index of collecting) {
              const result = await (readers[index] as TestReader).collect();
              const values = (name: string) => valuesByAttributes(result, name);
              const { all, merged } = models[index] as (typeof models)[number];
              expect(values('all')).toEqual(all.collect(callbacks));
              expect(values('merged')).toEqual(merged.collect(callbacks));
            }
          }
        }),
        { numRuns: 150 },
      );
    },
  );
});

function run({ observations, fails, waits }: CallbackRound, result: ObservableResult): unknown {
  const observe = () => {
    for (const { id, kept, value } of observations) result.observe(value, { id, kept });
    if (fails) throw new Error('the callback fails');
  };
  return waits ? Promise.resolve().then(observe) : observe();
}

function valuesByAttributes(result: CollectionResult, name: string): Record<string, unknown> {
  const points = allMetrics(result)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap(({ dataPoints }) => dataPoints as CollectedPoint[]);
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      attributes['otel.metric.overflow'] === true ? 'overflow' : Object.values(attributes).join(),
      value,
    ]),
  );
}
