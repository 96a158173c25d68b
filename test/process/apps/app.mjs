// The same app as a module.
import { createServer } from 'node:http';
import { hodei } from 'meterbridge/systems/hodei';

const server = createServer((_request, response) => {
  hodei.recordJobScheduled('tenant-1');
  response.end('ok');
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port })));
