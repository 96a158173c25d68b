import { createServer, get, type IncomingHttpHeaders, type RequestListener, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import zlib from 'node:zlib';
import { AggregationType, InstrumentType } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { PrometheusReader } from '../../src/exporter/prometheus-reader';
import { parseExposition } from '../../src/exposition/decode/parser';
import { HttpServer, type HttpServerOptions } from '../../src/http/http-server';
import { listenToDiagnostics } from '../diagnostics';
import { serve } from '../served';
import { run } from '../servers/processes';

const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.shutdown();
});

async function listen(
  reader: PrometheusReader,
  options: HttpServerOptions = {},
): Promise<{ port: number; url: string }> {
  const server = new HttpServer({ host: '127.0.0.1', port: 0 }, reader.routes('/metrics'), options);
  servers.push(server);
  await server.start();
  return { port: server.port ?? 0, url: `http://127.0.0.1:${server.port}/metrics` };
}

function sendRequest(
  url: string,
  headers: Record<string, string>,
): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(pieces) }));
      response.on('error', reject);
    }).on('error', reject);
  });
}

/** What middleware does that replaces `write`, as the package compression does: callbacks of writes are not passed on. */
function withoutCallbacks(handler: RequestListener): RequestListener {
  return (request, response) => {
    const write = response.write.bind(response) as (chunk: unknown) => boolean;
    response.write = (chunk: unknown) => write(chunk);
    handler(request, response);
  };
}

describe('a page behind middleware', () => {
  it('arrives whole if the callbacks of writes are never called', async () => {
    const { reader, meter } = serve({ targetInfoEnabled: false });
    const gauge = meter.createGauge('many');
    for (let i = 0; i < 1900; i++) gauge.record(i, { i: `value-${i}`.padEnd(300, 'x') });
    const server = createServer(withoutCallbacks(reader.handler));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { body } = await sendRequest(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {});
    server.close();
    expect(parseExposition(body.toString()).get('many')?.samples).toHaveLength(1900);
  });
});

describe('compression of a page', () => {
  const decoders: Record<string, (body: Buffer) => Buffer> = {
    gzip: zlib.gunzipSync,
    br: zlib.brotliDecompressSync,
    ...('zstdDecompressSync' in zlib ? { zstd: zlib.zstdDecompressSync as (body: Buffer) => Buffer } : {}),
  };

  it.each(Object.keys(decoders))('compression of a page with %s returns the same page', async (encoding) => {
    const { reader, meter } = serve({ targetInfoEnabled: false });
    const gauge = meter.createGauge('many');
    for (let i = 0; i < 1900; i++) gauge.record(i, { i: `value-${i}`.padEnd(300, 'x') });
    const { url } = await listen(reader);
    const plain = await sendRequest(url, {});
    const packed = await sendRequest(url, { 'accept-encoding': encoding });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(packed.headers).toMatchObject({ 'content-encoding': encoding, vary: 'accept, accept-encoding' });
    expect(packed.body.length).toBeLessThan(plain.body.length / 3);
    expect(decoders[encoding]?.(packed.body).equals(plain.body)).toBe(true);
  });

  it('compression of a page stops when the client disconnects in the middle of the page', async () => {
    const { reader, meter } = serve({ targetInfoEnabled: false });
    const gauge = meter.createGauge('many');
    for (let i = 0; i < 1900; i++) gauge.record(i, { i: `${Math.random()}`.repeat(60) });
    const { url } = await listen(reader);
    for (let i = 0; i < 5; i++) {
      await new Promise<void>((resolve) => {
        const request = get(url, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
          response.once('data', () => {
            request.destroy();
            resolve();
          });
        });
        request.on('error', () => {});
      });
    }
    expect(zlib.gunzipSync((await sendRequest(url, { 'accept-encoding': 'gzip' })).body).toString()).toContain('many{');
  });
});

describe('a callback that never answers', () => {
  it('a callback that never answers leaves out only its own metric, within the timeout of the scrape', async () => {
    const diagnostics = listenToDiagnostics();
    const { reader, meter } = serve({ targetInfoEnabled: false, selfMetrics: true });
    meter.createObservableGauge('hangs').addCallback(() => new Promise(() => {}));
    meter.createObservableGauge('answers').addCallback((result) => result.observe(1));
    meter.createCounter('counts').add(2);
    const { url } = await listen(reader);
    const started = Date.now();
    for (let i = 1; i <= 2; i++) {
      const response = await fetch(url, { headers: { 'x-prometheus-scrape-timeout-seconds': '1' } });
      expect(response.status).toBe(200);
      const families = parseExposition(await response.text());
      expect(families.get('answers')?.samples[0]?.value).toBe(1);
      expect(families.get('counts_total')?.samples[0]?.value).toBe(2);
      expect(families.has('hangs')).toBe(false);
      const errors = families.get('meterbridge_scrape_errors_total')?.samples;
      expect(errors?.find(({ labels }) => labels.get('reason') === 'callback')?.value).toBe(i);
    }
    expect(Date.now() - started).toBeLessThan(5000);
    expect(diagnostics.messages()).toHaveLength(1);
    diagnostics.stop();
  });

  it('a callback that never answers does not delay a scrape beyond its timeout: 503 with the reason if nothing can be collected', async () => {
    const diagnostics = listenToDiagnostics();
    const reader = new PrometheusReader();
    reader.setMetricProducer({ collect: () => new Promise(() => {}) });
    const { url } = await listen(reader);
    const response = await fetch(url, { headers: { 'x-prometheus-scrape-timeout-seconds': '0.5' } });
    expect(response.status).toBe(503);
    expect(await response.text()).toMatch(/^metrics cannot be collected: .*0\.45 s/);
    diagnostics.stop();
  });
});

describe('the families about the endpoint itself', () => {
  it('the families about the endpoint itself count scrapes, errors and overflow up to the previous scrape', async () => {
    const diagnostics = listenToDiagnostics();
    const { reader, meter } = serve({
      targetInfoEnabled: false,
      selfMetrics: true,
      views: [{ instrumentName: 'limited', aggregationCardinalityLimit: 3 }],
    });
    const counter = meter.createCounter('limited');
    for (let i = 0; i < 10; i++) counter.add(1, { i });
    const { url } = await listen(reader);
    const first = await (await fetch(url)).text();
    const families = parseExposition(await (await fetch(url)).text());
    const value = (name: string) => families.get(name)?.samples.map(({ labels, value: v }) => [...labels.values(), v]);
    expect(value('meterbridge_scrapes_total')).toEqual([['200', 1]]);
    expect(value('meterbridge_scrape_size_bytes')).toEqual([[first.length]]);
    const served = parseExposition(first);
    const series = [...served.values()].reduce((total, { samples }) => total + samples.length, 0);
    expect(value('meterbridge_scrape_series')).toEqual([[series]]);
    const overflow = served.get('limited_total')?.samples.find(({ labels }) => labels.has('otel_metric_overflow'));
    expect(overflow?.value).toBeGreaterThan(5);
    expect(value('meterbridge_overflow_measurements_total')).toEqual([['limited', overflow?.value]]);
    expect(value('meterbridge_scrape_errors_total')).toEqual([
      ['callback', 0],
      ['collect', 0],
      ['encode', 0],
    ]);
    expect(families.get('meterbridge_scrape_duration_seconds')?.samples[0]?.value).toBeGreaterThan(0);
    const off = serve({ selfMetrics: false });
    expect(await off.page()).not.toContain('meterbridge_');
    diagnostics.stop();
  });
});

describe('the limits of the endpoint', () => {
  it('the endpoint disconnects a client that does not read the response in time', async () => {
    const { reader, meter } = serve({ targetInfoEnabled: false });
    const gauge = meter.createGauge('many');
    for (let i = 0; i < 1900; i++) gauge.record(i, { i: `${i}`.padEnd(20_000, 'x') });
    const { port } = await listen(reader);
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\nx-prometheus-scrape-timeout-seconds: 3\r\n\r\n');
    socket.pause();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, 4500));
    let bytes = 0;
    socket.on('data', (data) => {
      bytes += data.length;
    });
    socket.on('error', () => {});
    socket.resume();
    await closed;
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(1900 * 20_000);
  });
});

describe('the shutdown of the endpoint', () => {
  it('the shutdown of the endpoint is not needed for the process to end while a scraper keeps its connection open', async () => {
    const program = `
const { start } = require('meterbridge');
const { get, Agent } = require('node:http');
start({ prometheus: { host: '127.0.0.1', port: 0 }, http: false }).then((sdk) => {
  get(sdk.urls[0], { agent: new Agent({ keepAlive: true }) }, (response) => {
    const { socket } = response;
    response.resume().on('end', () => socket.unref());
  });
});`;
    const child = run(process.execPath, ['-e', program]);
    const started = Date.now();
    expect(await child.ended).toEqual({ code: 0, signal: null });
    expect(child.stderr()).toBe('');
    expect(Date.now() - started).toBeLessThan(5000);
  });
});

describe('options of the exporter', () => {
  it('options of the exporter select the aggregation by the kind of instrument', async () => {
    const { meter, lines } = serve({
      targetInfoEnabled: false,
      scopeInfoEnabled: false,
      defaultAggregation: (instrument) =>
        instrument === InstrumentType.HISTOGRAM
          ? { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1, 2] } }
          : { type: AggregationType.DEFAULT },
    });
    meter.createHistogram('chosen').record(1.5);
    expect(await lines('chosen_bucket')).toEqual([
      'chosen_bucket{le="1"} 0',
      'chosen_bucket{le="2"} 1',
      'chosen_bucket{le="+Inf"} 1',
    ]);
  });

  it('options of the exporter add the start times of series to OpenMetrics pages', async () => {
    const { meter, page } = serve({ targetInfoEnabled: false, scopeInfoEnabled: false, createdSamples: true });
    const before = Date.now() / 1000;
    meter.createCounter('begun').add(1, { a: 'b' });
    meter.createHistogram('took', { advice: { explicitBucketBoundaries: [] } }).record(1);
    meter.createGauge('is').record(1);
    const families = parseExposition(await page('application/openmetrics-text;version=1.0.0'), 'openmetrics');
    const created = [...families.values()].flatMap(({ samples }) =>
      samples.filter(({ name }) => name.endsWith('_created')),
    );
    expect(created.map(({ name, labels }) => [name, Object.fromEntries(labels)])).toEqual([
      ['begun_created', { a: 'b' }],
      ['took_created', {}],
    ]);
    for (const { value } of created) {
      expect(value).toBeGreaterThan(before - 1);
      expect(value).toBeLessThan(Date.now() / 1000 + 1);
    }
    expect(await page()).not.toContain('_created');
  });
});

describe('a HEAD request', () => {
  it('a HEAD request returns the headers of GET without a body', async () => {
    const { reader, meter } = serve();
    meter.createCounter('c').add(1);
    const { url } = await listen(reader);
    const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
      request(url, { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } }, (response) => {
        response.resume();
        resolve(response.headers);
      })
        .on('error', reject)
        .end();
    });
    expect(headers).toMatchObject({
      'content-type': 'text/plain; version=0.0.4; charset=utf-8',
      'content-encoding': 'gzip',
    });
  });
});
