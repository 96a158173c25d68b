import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { streamProcessor } from 'meterbridge/systems/stream-processor';
import { LogFull, type PartitionedLog } from './partitioned-log';
import { INPUT, type Pipeline } from './pipeline';
import type { Results } from './results';

/**
 * Accepts events, one per line: over HTTP, and from files in `inbox`.
 *
 * - `POST /events`: lines of JSON. If the pipeline is too far behind, 429 with the number of accepted lines
 * - `POST /files/:name`: the lines of a file
 * - `GET /results`: the last results of windows
 * - `POST /rejoin`: joins the consumer group again as another member
 */
export function createApi(log: PartitionedLog, pipeline: Pipeline, results: Results, inbox: string): Server {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST' && pathname === '/events')
      json(response, 202, { accepted: await append(log, request) });
    else if (request.method === 'POST' && pathname.startsWith('/files/')) {
      const file = createReadStream(join(inbox, basename(decodeURIComponent(pathname))));
      json(response, 202, { accepted: await append(log, file) });
    } else if (request.method === 'GET' && pathname === '/results') json(response, 200, results.last);
    else if (request.method === 'POST' && pathname === '/rejoin') {
      await pipeline.rejoin();
      json(response, 204);
    } else json(response, 404, { error: `not found: ${pathname}` });
  };
  return createServer((request, response) => {
    answer(request, response).catch((error: Error & { code?: string }) => {
      if (error instanceof PartlyAccepted) json(response, 429, { accepted: error.accepted, error: error.message });
      else json(response, error.code === 'ENOENT' ? 404 : 500, { error: error.message });
    });
  });
}

/** The log accepted only some of the lines. */
class PartlyAccepted extends Error {
  constructor(
    readonly accepted: number,
    message: string,
  ) {
    super(message);
  }
}

/** Appends lines to the log, at the rate at which it accepts them. @returns the number of lines */
async function append(log: PartitionedLog, lines: Readable): Promise<number> {
  let accepted = 0;
  for await (const line of createInterface({ input: lines })) {
    if (line.trim() === '') continue;
    try {
      const partition = await log.produce(INPUT, sensorOf(line), line);
      streamProcessor.recordKafkaMessageProduced(INPUT, partition);
      accepted++;
    } catch (error) {
      if (error instanceof LogFull) throw new PartlyAccepted(accepted, error.message);
      throw error;
    }
  }
  return accepted;
}

/** Returns the sensor of a line, whose readings must stay in order. Lines that are not events share a partition. */
function sensorOf(line: string): string {
  return /"sensor"\s*:\s*"([^"]*)"/.exec(line)?.[1] ?? '';
}

function json(response: ServerResponse, status: number, body?: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
