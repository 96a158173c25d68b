import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Intake, PartlyAccepted } from './intake';
import type { Pipeline } from './pipeline';
import type { Results } from './results';

/** The maximum size of a request or a file. */
const MAX_CHARACTERS = 20_000_000;

/**
 * Accepts events, one per line: over HTTP, and from files in `inbox`.
 *
 * - `POST /events`: lines of JSON. If the pipeline stays too far behind, 429 with the number of accepted lines
 * - `POST /files/:name`: the lines of a file
 * - `GET /results`: the last results of windows
 * - `POST /rejoin`: joins the consumer group again as another member
 */
export function createApi(intake: Intake, pipeline: Pipeline, results: Results, inbox: string): Server {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'POST' && pathname === '/events')
      json(response, 202, { accepted: await intake.append(await linesOf(request)) });
    else if (request.method === 'POST' && pathname.startsWith('/files/')) {
      const file = createReadStream(join(inbox, basename(decodeURIComponent(pathname))));
      json(response, 202, { accepted: await intake.append(await linesOf(file)) });
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

/** @throws Error if the body is too large */
async function linesOf(body: Readable): Promise<string[]> {
  let text = '';
  for await (const chunk of body.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_CHARACTERS) throw new Error(`the body has more than ${MAX_CHARACTERS} characters`);
  }
  return text.split('\n');
}

function json(response: ServerResponse, status: number, body?: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
