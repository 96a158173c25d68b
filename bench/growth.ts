import { MeterProvider, PrometheusReader } from 'meterbridge';
import { StreamProcessor } from 'meterbridge/systems/stream-processor';
import { FLOOR, printTable } from './measure';

const EVENTS = 1_000_000;
const DISTINCT = 10_000_000;
const BACKENDS = ['memory', 'level'] as const;

function served(): { reader: PrometheusReader; provider: MeterProvider } {
  const reader = new PrometheusReader();
  return { reader, provider: new MeterProvider({ readers: [reader] }) };
}

async function scrape(reader: PrometheusReader): Promise<void> {
  for await (const piece of (await reader.scrape()).body) if (piece.length === 0) throw new Error('an empty piece');
}

/** Returns the megabytes on the heap and in buffers after garbage collection. */
function heldMegabytes(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** Measures the memory over time: of events recorded through a facade, and of a label whose values are always new. */
export async function benchGrowth(): Promise<void> {
  const rows = new Map<string, ReadonlyMap<string, number>>();
  const events = await measure((processor, i) => {
    processor.recordEventReceived();
    processor.recordDedupCheck(i % 100 === 0);
    processor.recordStateOperation('get', BACKENDS[i & 1] as string, (i % 50) / 1000);
    processor.recordKafkaMessageConsumed('orders', i & 7);
    processor.recordEventProcessed('success');
    processor.recordEventProcessingDuration((i % 100) / 10_000, 'success');
  });
  rows.set(`${EVENTS} events through the stream-processor facade`, events);
  const distinct = await measure((processor, i) => processor.recordPipelineError(`error-${i}`), DISTINCT);
  rows.set(`${DISTINCT} distinct values of a label`, distinct);
  printTable('Memory held over time', 'MB', rows);
}

async function measure(
  step: (processor: StreamProcessor, i: number) => void,
  times: number = EVENTS,
): Promise<ReadonlyMap<string, number>> {
  const floor = heldMegabytes();
  const { reader, provider } = served();
  const processor = new StreamProcessor(provider.getMeter('stream-processor'));
  for (let i = 0; i < 10_000; i++) step(processor, i);
  await scrape(reader);
  const before = heldMegabytes();
  let middle = 0;
  for (let i = 0; i < times; i++) {
    step(processor, i);
    if (i % 250_000 === 0) await scrape(reader);
    if (i === times / 2) middle = heldMegabytes();
  }
  await scrape(reader);
  return new Map([
    ['before', before],
    ['halfway', middle],
    ['after', heldMegabytes()],
    [`${FLOOR}the process without metrics`, floor],
  ]);
}
