import { metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { createAllowListAttributesProcessor } from '@opentelemetry/sdk-metrics';
import { type Sdk, start } from 'meterbridge';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OtlpProtocol } from '../../src/otlp/protocols';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import { OtlpBackend } from '../servers/otlp-backend';
import { OtlpGrpcBackend } from '../servers/otlp-grpc-backend';
import { listMetrics, type OtlpMetric } from '../servers/otlp-messages';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const SPAN = trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 });

let http: OtlpBackend;
let grpc: OtlpGrpcBackend;
let diagnostics: Diagnostics;
let sdk: Sdk | undefined;

beforeEach(async () => {
  diagnostics = listenToDiagnostics();
  http = await OtlpBackend.start();
  grpc = await OtlpGrpcBackend.start();
});

afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
  vi.unstubAllEnvs();
  diagnostics.stop();
  await http.stop();
  grpc.stop();
});

/** Starts the SDK with metrics exported over OTLP only, as the environment says. */
async function startWith(protocol: OtlpProtocol, temporality = 'cumulative') {
  vi.stubEnv('OTEL_METRICS_EXPORTER', 'otlp');
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', protocol);
  vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', protocol === 'grpc' ? grpc.endpoint : http.endpoint);
  vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE', temporality);
  vi.stubEnv('OTEL_METRICS_EXEMPLAR_FILTER', 'always_on');
  sdk = await start({
    logger: false,
    shutdownOnExit: false,
    http: false,
    views: ['requests', 'latency'].map((instrumentName) => ({
      instrumentName,
      attributesProcessors: [createAllowListAttributesProcessor(['route'])],
    })),
  });
  return { sdk, meter: metrics.getMeter('app') };
}

function received(name: string): OtlpMetric[] {
  return [...http.accepted, ...grpc.accepted].flatMap(listMetrics).filter((metric) => metric.name === name);
}

describe.each(['http/protobuf', 'http/json', 'grpc'] as const)('over %s', (protocol) => {
  it('exemplars that are exported arrive with their span, their time and the attributes that a view removed', async () => {
    const before = BigInt(Date.now()) * 1_000_000n;
    const { sdk, meter } = await startWith(protocol);
    const attributes = { route: '/', user: 'alice' };
    meter.createCounter('requests').add(2, attributes, SPAN);
    meter.createHistogram('latency').record(30, attributes, SPAN);
    await sdk.forceFlush();
    const exemplars = [
      ...(received('requests')[0]?.sum?.dataPoints ?? []),
      ...(received('latency')[0]?.histogram?.dataPoints ?? []),
    ].flatMap((point) => point.exemplars ?? []);
    expect(exemplars).toMatchObject(
      [2, 30].map((asDouble) => ({
        asDouble,
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        filteredAttributes: [{ key: 'user', value: { stringValue: 'alice' } }],
      })),
    );
    for (const { timeUnixNano = '0' } of exemplars) {
      expect(BigInt(timeUnixNano)).toBeGreaterThanOrEqual(before);
      expect(BigInt(timeUnixNano)).toBeLessThanOrEqual(BigInt(Date.now()) * 1_000_000n);
    }
  });

  it('a backend that fails and recovers has counted every delta that was recorded', async () => {
    const { sdk, meter } = await startWith(protocol, 'delta');
    const counter = meter.createCounter('requests');
    const fail = (isFailing: boolean) => {
      http.answer = isFailing ? 500 : 200;
      grpc.status = isFailing ? 14 : 0;
    };
    for (const isFailing of [false, true, true, false, true, false]) {
      fail(isFailing);
      counter.add(1);
      await sdk.forceFlush();
    }
    const values = received('requests').map(({ sum }) => sum?.dataPoints?.map(({ asDouble }) => asDouble));
    expect(values).toEqual([[1], [3], [2]]);
    expect(diagnostics.messages()).toEqual([
      expect.stringMatching(/export: cannot send/),
      expect.stringMatching(/export: .*again/),
      expect.stringMatching(/export: cannot send/),
      expect.stringMatching(/export: .*again/),
    ]);
  });
});

it('histograms are exponential if the environment prefers that', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION', 'base2_exponential_bucket_histogram');
  const { sdk, meter } = await startWith('http/protobuf');
  for (const value of [1, 2, 4]) meter.createHistogram('size').record(value);
  await sdk.forceFlush();
  expect(received('size')[0]?.exponentialHistogram?.dataPoints).toMatchObject([{ count: 3, sum: 7 }]);
});
