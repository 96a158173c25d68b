// Records through a facade, the API and an HTTP request, and prints which of them the endpoint serves. The first argument
// says how the app starts meterbridge and NodeSDK itself, if it does.
const { createServer } = require('node:http');

const order = process.argv[2] ?? 'preloaded';

async function startNodeSdk() {
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const { PeriodicExportingMetricReader, ConsoleMetricExporter } = require('@opentelemetry/sdk-metrics');
  const exporter = new ConsoleMetricExporter();
  exporter.export = (_metrics, done) => done({ code: 0 });
  new NodeSDK({ metricReaders: [new PeriodicExportingMetricReader({ exporter })] }).start();
}

void (async () => {
  if (order === 'node-sdk-first') await startNodeSdk();
  if (order !== 'preloaded') {
    const { start } = require('meterbridge');
    const { hodei } = require('meterbridge/systems/hodei');
    await start({ systems: [hodei], prometheus: { port: Number(process.env.OTEL_EXPORTER_PROMETHEUS_PORT) } });
  }
  if (order === 'meterbridge-first') await startNodeSdk();
  const { hodei } = require('meterbridge/systems/hodei');
  const { metrics } = require('@opentelemetry/api');
  hodei.recordJobScheduled('tenant');
  metrics.getMeter('app').createCounter('app.orders').add(2);
  const server = createServer((_request, response) => response.end('hello'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  await (await fetch(`http://127.0.0.1:${server.address().port}/`)).text();
  let page = '';
  for (let i = 0; i < 50 && page === ''; i++) {
    page = await fetch(`http://localhost:${process.env.OTEL_EXPORTER_PROMETHEUS_PORT}/api/v1/metrics`).then(
      (response) => response.text(),
      () => new Promise((resolve) => setTimeout(resolve, 100, '')),
    );
  }
  const serves = (pattern) => (pattern.test(page) ? 'ok' : 'not served');
  console.log(
    JSON.stringify({
      'documented metrics': serves(/^hodei_jobs_scheduled_total\{tenant_id="tenant"\} 1$/m),
      'HTTP requests': serves(/^http_server_request_duration_seconds_count\{.*\} 1$/m),
      "the app's own instruments": serves(/^app_orders_total\{.*\} 2$/m),
    }),
  );
  process.exit();
})();
