// What the package does with nothing but itself and the API installed, or in a bundle. Prints one JSON object of results.
const { createServer } = require('node:http');
const { buffer } = require('node:stream/consumers');

const results = {};
async function check(name, run) {
  try {
    await run();
    results[name] = 'ok';
  } catch (error) {
    results[name] = String(error.message).split('\n')[0];
  }
}

function expect(condition, message) {
  if (!condition) throw new Error(message);
}

/** Runs with variables of the environment, which are removed afterwards. */
async function withEnvironment(variables, run) {
  Object.assign(process.env, variables);
  try {
    await run();
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name];
  }
}

/** Of the password `secret`. */
const HASH = '$2b$10$upjtrLFCMc1R6iD3tJVPqeB4cT6TBfBcLu2qxe/YK/ITZyQON9CK2';

const { start } = require('meterbridge');
const { hodei } = require('meterbridge/systems/hodei');

async function push(protocol) {
  const requests = [];
  const backend = createServer(async (request, response) => {
    requests.push({ type: request.headers['content-type'], body: (await buffer(request)).toString('latin1') });
    response.writeHead(200, { 'content-type': request.headers['content-type'] });
    response.end(protocol === 'http/json' ? '{}' : '');
  });
  await new Promise((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const variables = {
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${backend.address().port}`,
  };
  await withEnvironment(variables, async () => {
    const sdk = await start({ systems: [hodei] });
    hodei.setJobsQueued(3);
    await sdk.shutdown();
  });
  backend.close();
  expect(requests.length === 1, `${requests.length} requests instead of one`);
  expect(requests[0].body.includes('hodei_jobs_queued'), 'hodei_jobs_queued was not sent');
  const type = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
  expect(requests[0].type === type, `content type ${requests[0].type}`);
}

void (async () => {
  await check('Prometheus', async () => {
    const sdk = await start({ systems: [hodei], prometheus: { port: 0 } });
    hodei.setJobsQueued(3);
    const [url] = sdk.urls;
    const page = await (await fetch(url)).text();
    await sdk.shutdown();
    expect(/^hodei_jobs_queued 3$/m.test(page), 'hodei_jobs_queued is not served');
  });
  await check('password', async () => {
    const sdk = await start({ prometheus: { port: 0, web: { basicAuthUsers: { prometheus: HASH } } } });
    const status = async (password) => {
      const authorization = `Basic ${Buffer.from(`prometheus:${password}`).toString('base64')}`;
      return (await fetch(sdk.urls[0], { headers: { authorization } })).status;
    };
    const statuses = [await status('secret'), await status('wrong')];
    await sdk.shutdown();
    expect(String(statuses) === '200,401', `statuses ${statuses}`);
  });
  await check('dashboard', async () => {
    const sdk = await start({ prometheus: { port: 0, dashboard: true } });
    const page = sdk.urls.find((url) => url.endsWith('/dashboard'));
    const html = await (await fetch(page)).text();
    const assets = [...html.matchAll(/(?:src|href)="(dashboard\/[^"]+)"/g)].map(([, path]) => path);
    expect(assets.length === 4, `${assets.length} assets`);
    for (const asset of assets) {
      const response = await fetch(new URL(asset, page));
      expect(response.status === 200, `${asset}: status ${response.status}`);
      expect((await response.text()).length > 100, `${asset} is empty`);
    }
    await sdk.shutdown();
  });
  await check('OTLP http/protobuf', () => push('http/protobuf'));
  await check('OTLP http/json', () => push('http/json'));
  await check('OTLP grpc names the command that installs it', async () => {
    const messages = [];
    const log = (message) => messages.push(message);
    const logger = { error: log, warn: log, info() {}, debug() {}, verbose() {} };
    const variables = { OTEL_METRICS_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    await withEnvironment(variables, async () => {
      const sdk = await start({ logger });
      await sdk.shutdown();
    });
    const command = 'npm install @opentelemetry/otlp-grpc-exporter-base@';
    expect(
      messages.some((message) => message.includes(command)),
      `messages: ${messages.join('; ')}`,
    );
  });
  console.log(JSON.stringify(results));
})();
