import { readFileSync } from 'node:fs';
import { errorMessage } from '../../issues';
import type { Page } from './page-families';

/** How an endpoint is read. */
export interface RequestOptions {
  /** Headers as `Name: value`. */
  readonly header?: readonly string[];
  /** Seconds. */
  readonly timeout: number;
}

const ACCEPT = {
  text: 'text/plain;version=0.0.4;q=1,*/*;q=0.1',
  openmetrics: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5',
};

/** Reports whether a source is the URL of an endpoint. Anything else is a file, or `-` for the standard input. */
export function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source);
}

/**
 * Reads an exposition from an endpoint, a file or, for `-`, the standard input.
 *
 * @throws Error if it cannot be read
 */
export async function readPage(source: string, format: keyof typeof ACCEPT, options: RequestOptions): Promise<Page> {
  if (isUrl(source)) {
    const response = await request(source, options, ACCEPT[format]);
    return { source, text: await response.text(), contentType: response.headers.get('content-type') ?? 'text/plain' };
  }
  const text = readText(source);
  const contentType = /^# EOF\n?$/m.test(text.slice(-10)) ? 'application/openmetrics-text' : 'text/plain';
  return { source, text, contentType };
}

function readText(source: string): string {
  try {
    return readFileSync(source === '-' ? 0 : source, 'utf8');
  } catch (error) {
    throw new Error(
      `${source} cannot be read: ${errorMessage(error)}; expected a URL that begins with http:// or https://, a file, or -`,
    );
  }
}

/**
 * Sends a GET request.
 *
 * @throws Error that names the URL if there is no answer in time, or none with a status of success
 */
export async function request(
  url: string,
  { header = [], timeout }: RequestOptions,
  accept: string,
): Promise<Response> {
  const headers = new Headers({ accept });
  for (const line of header) {
    const colon = line.indexOf(':');
    if (colon <= 0) throw new Error(`invalid header "${line}": expected "Name: value"`);
    headers.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  let response: Response;
  try {
    response = await fetch(url, { headers, signal: AbortSignal.timeout(timeout * 1000) });
  } catch (error) {
    throw new Error(`${url} cannot be read: ${errorMessage((error as Error).cause ?? error)}`);
  }
  if (!response.ok) throw new Error(`${url} cannot be read: status ${response.status} ${response.statusText}`.trim());
  return response;
}
