// An app that traces with an HttpInstrumentation of its own, registered before or after the SDK starts.
const { context, trace } = require('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { setHttpRoute, start } = require('meterbridge');

const [order, source] = process.argv.slice(2);
const hooks = { request: 0, ignored: 0 };
const spans = new InMemorySpanExporter();

function startTracing() {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  trace.setGlobalTracerProvider(provider);
  if (order === 'none') return;
  registerInstrumentations({
    tracerProvider: provider,
    instrumentations: [
      new HttpInstrumentation({
        disableOutgoingRequestInstrumentation: true,
        ignoreIncomingRequestHook: ({ url }) => {
          if (url === '/healthz') hooks.ignored++;
          return url === '/healthz';
        },
        requestHook: (span) => {
          hooks.request++;
          span.setAttribute('app.hook', true);
        },
      }),
    ],
  });
  require('node:http');
}

async function main() {
  if (order === 'before') startTracing();
  const sdk = await start({
    systems: [require('meterbridge/systems/ticker').ticker],
    hostMetrics: false,
    shutdownOnExit: false,
    prometheus: { server: false },
    http: { source },
  });
  if (order !== 'before') startTracing();
  const { createServer } = require('node:http');
  const server = createServer((request, response) => {
    setHttpRoute(request, request.url);
    if (order !== 'none') setImmediate(() => response.end('ok'));
    else
      trace
        .getTracer('app')
        .startActiveSpan('manual', (span) => setImmediate(() => response.end('ok', () => span.end())));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  for (const path of ['/a', '/a', '/healthz']) await (await fetch(url + path)).text();
  const page = await sdk.scrape();
  const metrics = createServer((request, response) => sdk.handler(request, response));
  await new Promise((resolve) => metrics.listen(0, '127.0.0.1', resolve));
  const openMetrics = await fetch(`http://127.0.0.1:${metrics.address().port}`, {
    headers: { accept: 'application/openmetrics-text;version=1.0.0' },
  });
  console.log(
    JSON.stringify({
      hooks,
      spans: spans
        .getFinishedSpans()
        .map((span) => ({ name: span.name, hook: span.attributes['app.hook'], ...span.spanContext() })),
      page: page.body,
      openMetrics: await openMetrics.text(),
    }),
  );
  await sdk.shutdown();
  process.exit(0);
}

void main();
