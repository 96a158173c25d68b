// An app that knows nothing of meterbridge. Prints the page of the endpoint after one request.
const { createServer, request } = require('node:http');

const page = async () => (await fetch(`http://127.0.0.1:${process.env.OTEL_EXPORTER_PROMETHEUS_PORT}/metrics`)).text();

async function main() {
  const server = createServer((_request, response) => response.end('ok'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  await new Promise((resolve, reject) => {
    request(`http://127.0.0.1:${server.address().port}/`, { agent: false }, (response) =>
      response.resume().on('end', resolve),
    )
      .on('error', reject)
      .end();
  });
  for (let attempt = 0; attempt < 50; attempt++) {
    const text = await page().catch(() => '');
    if (/^http_requests_total\{.*\} 1$/m.test(text) || attempt === 49) {
      console.log(text);
      process.exit();
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

void main();
