// An app as its authors wrote it: a server of its own, and one documented call.
const http = require('node:http');
const { hodei } = require('meterbridge/systems/hodei');

const server = http.createServer((_request, response) => {
  hodei.recordJobScheduled('tenant-1');
  response.end('ok');
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
