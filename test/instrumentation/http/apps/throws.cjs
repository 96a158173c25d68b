// A server whose handler throws. With an argument, the app survives it and prints its metrics.
const { createServer, get } = require('node:http');
const { start } = require('meterbridge');

async function main() {
  const sdk = await start({
    systems: [require('meterbridge/systems/ticker').ticker, require('meterbridge/systems/allsource').allsource],
    hostMetrics: false,
    shutdownOnExit: false,
    prometheus: { server: false },
  });
  if (process.argv[2] === 'survives') {
    process.on('uncaughtException', (error) => {
      console.log(error.message);
      // The response is still open: nobody has ended it.
      request.destroy();
      setImmediate(async function print() {
        const { body } = await sdk.scrape();
        // The families of one page can show two moments: one that is listed when the page begins has seen the end of the request.
        if (!body.includes('status="499"')) return void setTimeout(print, 20);
        console.log(body);
        process.exit(0);
      });
    });
  }
  let request;
  const server = createServer(function handler() {
    throw new Error('thrown by the handler');
  });
  server.listen(0, '127.0.0.1', () => {
    request = get({ port: server.address().port, host: '127.0.0.1' }).on('error', () => {});
  });
}

void main();
