import type { IncomingMessage, RequestOptions } from 'node:http';
import { urlToHttpOptions } from 'node:url';
import type { RegistryContentType } from './content-types';
import { register } from './default-registry';
import type { Registry } from './registry';

/** Options of a {@link Pushgateway}: those of `http.request()`, and one more. */
export interface PushgatewayOptions extends RequestOptions {
  /** Whether a push without a job name is an error. `true` by default. */
  readonly requireJobName?: boolean;
}

/** What metrics are pushed under. */
export interface PushParameters {
  /** The name of the job. */
  readonly jobName: string;
  /** Further labels of the group. None by default. */
  readonly groupings?: Readonly<Record<string, string>>;
}

/** The answer of a Pushgateway. */
export interface PushResult {
  /** The response. */
  readonly resp: IncomingMessage;
  /** The body of the response. */
  readonly body: string;
}

/** Pushes the metrics of a registry to a Prometheus Pushgateway, as the `Pushgateway` of prom-client. */
export class Pushgateway<C extends RegistryContentType = RegistryContentType> {
  private readonly isJobRequired: boolean;
  private readonly options: RequestOptions;
  private readonly registry: Registry<C>;

  /**
   * @param url the URL of the Pushgateway, without `/metrics`
   * @param options options of the requests. With the header `Content-Encoding: gzip` bodies are compressed
   * @param registry the default registry by default
   */
  constructor(
    private readonly url: string,
    options?: PushgatewayOptions | null,
    registry?: Registry<C> | null,
  ) {
    const { requireJobName = true, ...requestOptions } = options ?? {};
    this.isJobRequired = requireJobName;
    this.options = requestOptions;
    this.registry = registry ?? (register as unknown as Registry<C>);
  }

  /** Adds metrics to a group, in place of those of the same names. Rejects if the Pushgateway does not accept them. */
  pushAdd(parameters: Partial<PushParameters> = {}): Promise<PushResult> {
    return this.send('POST', parameters);
  }

  /** Replaces all metrics of a group. Rejects if the Pushgateway does not accept them. */
  push(parameters: Partial<PushParameters> = {}): Promise<PushResult> {
    return this.send('PUT', parameters);
  }

  /** Removes all metrics of a group. Rejects if the Pushgateway does not accept it. */
  delete(parameters: Partial<PushParameters> = {}): Promise<PushResult> {
    return this.send('DELETE', parameters);
  }

  private send(
    method: 'POST' | 'PUT' | 'DELETE',
    { jobName, groupings = {} }: Partial<PushParameters>,
  ): Promise<PushResult> {
    if (this.isJobRequired && !jobName) throw new Error('Missing jobName parameter');
    const labels = jobName ? Object.entries({ job: jobName, ...groupings }) : [];
    const group = labels.map(([name, value]) => `/${encodeURIComponent(name)}/${encodeURIComponent(value)}`).join('');
    return this.request(method, `/metrics${group}`);
  }

  private request(method: string, path: string): Promise<PushResult> {
    const url = new URL(this.url);
    url.pathname = url.pathname.replace(/\/$/, '') + path;
    const headers = { ...(this.options.headers as Record<string, string> | undefined) };
    if (method === 'DELETE') delete headers['Content-Encoding'];
    // Loaded here, because few apps push.
    const { request: send } = require(
      url.protocol === 'https:' ? 'node:https' : 'node:http',
    ) as typeof import('node:http');
    return new Promise((resolve, reject) => {
      const request = send({ ...urlToHttpOptions(url), ...this.options, headers, method }, (response) => {
        readBody(response).then((text) => {
          const { statusCode = 0 } = response;
          if (statusCode < 400) resolve({ resp: response, body: text });
          else reject(new Error(`push failed with status ${statusCode}, ${text}`));
        }, reject);
      });
      request.on('error', reject);
      request.on('timeout', () => request.destroy(new Error('Pushgateway request timed out')));
      if (method === 'DELETE') {
        request.end();
        return;
      }
      this.registry.metrics().then(
        (text) => request.end(headers['Content-Encoding'] === 'gzip' ? compress(text) : text),
        (error: Error) => request.destroy(error),
      );
    });
  }
}

function compress(text: string): Buffer {
  const { gzipSync } = require('node:zlib') as typeof import('node:zlib');
  return gzipSync(text);
}

async function readBody(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return body;
}
