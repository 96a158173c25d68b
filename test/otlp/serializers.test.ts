import * as transformer from '@opentelemetry/otlp-transformer';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CollectedPoint, Exemplar } from '../../src/collection/points';
import { createJsonSerializer, createProtobufSerializer } from '../../src/otlp/serializers';
import { type Diagnostics, listenToDiagnostics } from '../diagnostics';
import {
  decodeJsonRequest,
  decodeProtobufRequest,
  encodeProtobufResponse,
  listMetrics,
  type OtlpExemplar,
  type OtlpPoint,
  type OtlpRequest,
} from '../servers/otlp-messages';
import { resourceMetrics } from './arbitraries';

const { JsonMetricsSerializer, ProtobufMetricsSerializer } = transformer;
const protobuf = createProtobufSerializer(transformer);
const json = createJsonSerializer(transformer);

let diagnostics: Diagnostics;
beforeEach(() => {
  diagnostics = listenToDiagnostics();
});
afterEach(() => diagnostics.stop());

/** Returns the points of a request in the order of its metrics. */
function listPoints(request: OtlpRequest): OtlpPoint[] {
  return listMetrics(request).flatMap(
    ({ sum, gauge, histogram, exponentialHistogram }) =>
      (sum ?? gauge ?? histogram ?? exponentialHistogram)?.dataPoints ?? [],
  );
}

function listSourcePoints({ scopeMetrics }: ResourceMetrics): CollectedPoint[] {
  return scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(({ dataPoints }) => dataPoints as CollectedPoint[]));
}

/** Returns the same metrics without exemplars. */
function withoutExemplars({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics {
  return {
    resource,
    scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((metric) => ({
        ...metric,
        dataPoints: (metric.dataPoints as CollectedPoint[]).map(({ exemplars: _, ...point }) => point),
      })),
    })) as ResourceMetrics['scopeMetrics'],
  };
}

/** Returns what a backend must read for an exemplar, with the value as a number and attributes as key and text. */
function expected({ value, timestamp, traceId, spanId, filteredAttributes }: Exemplar): object {
  return {
    // 0 and -0 are equal for an integer.
    value: value + 0,
    time: String(BigInt(timestamp[0]) * 1_000_000_000n + BigInt(timestamp[1])),
    traceId,
    spanId,
    attributes: Object.entries(filteredAttributes).map(([key, attribute]) => [key, String(attribute)]),
  };
}

function received({ asInt, asDouble, timeUnixNano, traceId, spanId, filteredAttributes = [] }: OtlpExemplar): object {
  return {
    value: Number(asInt ?? asDouble) + 0,
    time: timeUnixNano ?? '0',
    traceId,
    spanId,
    attributes: filteredAttributes.map(({ key = '', value }) => [key, textOf(value)]),
  };
}

function textOf(value: object): string {
  const { arrayValue, ...scalar } = value as { arrayValue?: { values?: object[] } };
  if (arrayValue !== undefined) return (arrayValue.values ?? []).map(textOf).join();
  const [content] = Object.values(scalar);
  return String(typeof content === 'number' ? content + 0 : content);
}

describe.each([
  { name: 'protobuf', own: protobuf, stock: ProtobufMetricsSerializer, decode: decodeProtobufRequest },
  { name: 'JSON', own: json, stock: JsonMetricsSerializer, decode: decodeJsonRequest },
])('the $name serializer', ({ own, stock, decode }) => {
  it('writes the same bytes as the stock serializer when there are no exemplars', () => {
    fc.assert(
      fc.property(resourceMetrics({ exemplars: false }), (metrics) => {
        expect(Buffer.from(own.serializeRequest(metrics) ?? [])).toEqual(
          Buffer.from(stock.serializeRequest(metrics) ?? []),
        );
      }),
    );
  });

  it('writes every exemplar so that an independent decoder reads it back, and changes nothing else', () => {
    fc.assert(
      fc.property(resourceMetrics({ exemplars: true }), (metrics) => {
        const request = decode(own.serializeRequest(metrics) as Uint8Array);
        const points = listPoints(request);
        const sources = listSourcePoints(metrics);
        expect(points.map(({ exemplars = [] }) => exemplars.map(received))).toEqual(
          sources.map(({ exemplars = [] }) => exemplars.map(expected)),
        );
        for (const point of points) delete (point as { exemplars?: unknown }).exemplars;
        expect(request).toEqual(decode(stock.serializeRequest(withoutExemplars(metrics)) as Uint8Array));
      }),
    );
  });
});

describe('deserializeResponse', () => {
  it('a response with a partial success is reported once, with the number of rejected points and the reason', () => {
    for (let i = 0; i < 3; i++) protobuf.deserializeResponse(encodeProtobufResponse(7));
    json.deserializeResponse(Buffer.from('{"partialSuccess":{"rejectedDataPoints":"7","errorMessage":"too old"}}'));
    expect(diagnostics.messages()).toEqual([expect.stringMatching(/rejected 7 data points: too old/)]);
  });

  it('a response with a warning is reported once', () => {
    for (let i = 0; i < 3; i++) {
      json.deserializeResponse(Buffer.from('{"partialSuccess":{"errorMessage":"deprecated"}}'));
    }
    expect(diagnostics.messages()).toEqual([expect.stringMatching(/deprecated/)]);
  });

  it('a response that is not OTLP is reported once', () => {
    for (let i = 0; i < 3; i++) json.deserializeResponse(Buffer.from('<html>'));
    protobuf.deserializeResponse(Buffer.from([0xff, 0xff, 0xff]));
    expect(diagnostics.messages()).toEqual([expect.stringMatching(/not OTLP/)]);
  });

  it('a response that is complete is not reported', () => {
    protobuf.deserializeResponse(encodeProtobufResponse());
    protobuf.deserializeResponse(new Uint8Array());
    json.deserializeResponse(new Uint8Array());
    json.deserializeResponse(Buffer.from('{}'));
    json.deserializeResponse(Buffer.from('{"partialSuccess":null}'));
    json.deserializeResponse(Buffer.from('{"partialSuccess":{}}'));
    expect(diagnostics.messages()).toEqual([]);
  });
});
