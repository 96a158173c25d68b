// Shuts a push reader down while the backend hangs, and one while the collection does.
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { createPushReaders } from '../../../dist/otlp/create-push-readers.js';

async function shutDown(connect) {
  const [reader] = createPushReaders({
    exporters: ['otlp'],
    protocol: 'http/protobuf',
    exportIntervalMillis: 600_000,
    exportTimeoutMillis: 600_000,
    temporality: 'delta',
    histogramAggregation: 'explicit_bucket_histogram',
  });
  connect(reader);
  await reader.shutdown({ timeoutMillis: 200 }).catch((error) => console.log(error.message));
}

await shutDown((reader) => {
  const provider = new MeterProvider({ readers: [reader] });
  provider.getMeter('app').createCounter('requests').add(1);
});
await shutDown((reader) => reader.setMetricProducer({ collect: () => new Promise(() => {}) }));
