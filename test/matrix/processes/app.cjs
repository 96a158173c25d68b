// Counts the requests that it answers. Ends as pm2 asks for it, after the requests in progress.
const { createServer } = require('node:http');
const { metrics } = require('@opentelemetry/api');

const requests = metrics.getMeter('app').createCounter('app_requests');
metrics.getMeter('app').createGauge('app_process').record(process.pid);
const server = createServer((_, response) => {
  requests.add(1);
  response.setHeader('connection', 'close');
  response.end('counted');
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGINT', () => server.close(() => process.exit(0)));
