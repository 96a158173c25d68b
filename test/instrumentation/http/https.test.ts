import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setHttpRoute } from 'meterbridge';
import { describe, expect, it } from 'vitest';
import { afterTest, grown, growthOf, listen, measureWith, requests, SOURCES } from './measured';

function createCertificate(): { readonly key: Buffer; readonly cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'https-'));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  const options = ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'cert.pem', '-subj', '/CN=localhost'];
  execFileSync('openssl', ['req', '-x509', ...options], { cwd: folder, stdio: 'ignore' });
  return { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) };
}

describe.each(SOURCES)('HTTPS measured with the source %s', (source) => {
  const running = measureWith(source);

  it('has the scheme https on the server, and the name and port of the server on the client', async () => {
    const server = createServer(createCertificate(), (request, response) => {
      setHttpRoute(request, '/secure');
      response.end('ok');
    });
    const { port } = new URL(await listen(server));
    const work = () =>
      new Promise<void>((resolve, reject) => {
        const options = { port, host: '127.0.0.1', rejectUnauthorized: false, agent: false };
        const request = httpsRequest(options, (response) => response.resume().on('close', resolve));
        request.on('error', reject).end();
      });
    const growth = await growthOf(running.sdk, work, requests('GET', '/secure', 200));
    const [series] = grown(growth, 'http_server_request_duration_seconds_count');
    expect(series).toContain('http_route="/secure"');
    expect(series).toContain('url_scheme="https"');
    const [client] = grown(growth, 'http_client_request_duration_seconds_count');
    expect(client).toContain(`server_address="127.0.0.1",server_port="${port}"`);
  });
});
