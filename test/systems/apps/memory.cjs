// Prints, as JSON, what the metrics of the stream processor hold in memory: at the start, and after a million events.
const { MeterProvider, PrometheusReader } = require('meterbridge');
const { StreamProcessor } = require('meterbridge/systems/stream-processor');

const EVENTS = 1_000_000;

function heldBytes() {
  for (let i = 0; i < 5; i++) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Creates the registry of all families. What it returns must stay reachable. */
function create() {
  const reader = new PrometheusReader();
  const provider = new MeterProvider({ readers: [reader] });
  return { reader, processor: new StreamProcessor(provider.getMeter('stream-processor')) };
}

async function scrape(reader) {
  let bytes = 0;
  for await (const piece of (await reader.scrape()).body) bytes += piece.length;
  return bytes;
}

function record(processor, i) {
  processor.recordEventReceived();
  processor.recordDedupCheck(i % 100 === 0);
  processor.recordStateOperation('get', i % 2 === 0 ? 'memory' : 'level', (i % 50) / 1000);
  processor.recordKafkaMessageConsumed('orders', i % 8);
  // A label that never repeats is bounded by the cardinality limit.
  processor.recordPipelineError(`error-${i}`);
  processor.recordEventProcessed('success');
  processor.recordEventProcessingDuration((i % 100) / 10_000, 'success');
}

async function main() {
  // Code is loaded and compiled before anything is measured.
  const first = create();
  for (let i = 0; i < 20_000; i++) record(first.processor, i);
  await scrape(first.reader);

  const before = heldBytes();
  const kept = create();
  const registry = heldBytes() - before;
  for (let i = 0; i < 20_000; i++) record(kept.processor, i);
  await scrape(kept.reader);
  const early = heldBytes();
  for (let i = 0; i < EVENTS; i++) record(kept.processor, i);
  await scrape(kept.reader);
  const late = heldBytes();
  console.log(
    JSON.stringify({ registry, growth: late - early, received: kept.processor.instruments.eventsReceived.get() }),
  );
}

void main();
