import { MeterProvider, PrometheusBridge } from 'meterbridge';
import { StreamProcessor } from 'meterbridge/systems/stream-processor';

const EVENTS = 1_000_000;
const DISTINCT = 10_000_000;
const BACKENDS = ['memory', 'level'] as const;

function served(): { bridge: PrometheusBridge; provider: MeterProvider } {
  const bridge = new PrometheusBridge({ preventServerStart: true });
  return { bridge, provider: new MeterProvider({ readers: [bridge] }) };
}

async function scrape(bridge: PrometheusBridge): Promise<void> {
  for (const piece of (await bridge.expose()).body) if (piece.length === 0) throw new Error('an empty piece');
}

/** Megabytes on the heap and in buffers, after everything that can go has gone. */
function heldMegabytes(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** Whether memory stays: events through a facade, and a label with ever new values. */
export async function benchGrowth(): Promise<void> {
  console.log('\n### Memory held over time (MB)\n\n| | before | half way | after |\n|---|---:|---:|---:|');
  await row(`${EVENTS} events through the stream-processor facade`, (processor, i) => {
    processor.recordEventReceived();
    processor.recordDedupCheck(i % 100 === 0);
    processor.recordStateOperation('get', BACKENDS[i & 1] as string, (i % 50) / 1000);
    processor.recordKafkaMessageConsumed('orders', i & 7);
    processor.recordEventProcessed('success');
    processor.recordEventProcessingDuration((i % 100) / 10_000, 'success');
  });
  await row(
    `${DISTINCT} distinct values of a label`,
    (processor, i) => processor.recordPipelineError(`error-${i}`),
    DISTINCT,
  );
}

async function row(
  label: string,
  step: (processor: StreamProcessor, i: number) => void,
  times: number = EVENTS,
): Promise<void> {
  const { bridge, provider } = served();
  const processor = new StreamProcessor(provider.getMeter('stream-processor'));
  for (let i = 0; i < 10_000; i++) step(processor, i);
  await scrape(bridge);
  const before = heldMegabytes();
  let middle = 0;
  for (let i = 0; i < times; i++) {
    step(processor, i);
    if (i % 250_000 === 0) await scrape(bridge);
    if (i === times / 2) middle = heldMegabytes();
  }
  await scrape(bridge);
  const cells = [before, middle, heldMegabytes()].map((value) => value.toFixed(1));
  console.log(`| ${label} | ${cells.join(' | ')} |`);
}
