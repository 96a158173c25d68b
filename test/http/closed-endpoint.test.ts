import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, ROOT, run, until } from '../servers/processes';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'closed-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a preloaded endpoint whose security settings are faulty', () => {
  it.each<[string, string | undefined, NodeJS.ProcessEnv, string]>([
    ['an empty token', undefined, { METERBRIDGE_BEARER_TOKEN: '' }, 'METERBRIDGE_BEARER_TOKEN'],
    ['a blank token', undefined, { METERBRIDGE_BEARER_TOKEN: ' \n' }, 'METERBRIDGE_BEARER_TOKEN'],
    [
      'an empty name of a web-config file',
      undefined,
      { METERBRIDGE_WEB_CONFIG_FILE: '' },
      'METERBRIDGE_WEB_CONFIG_FILE',
    ],
    ['an empty web-config file', '', {}, 'web.yml:1:1'],
    ['a misspelt section', 'basic_auth_user:\n  a: b\n', {}, 'web.yml:1:1'],
    ['an alias without an anchor', 'basic_auth_users:\n  prometheus: *secret\n', {}, 'web.yml:2:15'],
    [
      'a header that HTTP cannot send',
      'http_server_config:\n  headers:\n    X-XSS-Protection: "–"\n',
      {},
      'web.yml:3:23',
    ],
  ])('stays closed and reports %s', async (_, file, env, place) => {
    const path = join(folder, 'web.yml');
    if (file !== undefined) writeFileSync(path, file);
    const port = await freePort();
    const child = run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      env: {
        ...process.env,
        NODE_OPTIONS: `--require ${join(ROOT, 'dist/register.js')}`,
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
        ...(file === undefined ? {} : { METERBRIDGE_WEB_CONFIG_FILE: path }),
        ...env,
      },
    });
    try {
      for (const url of ['/metrics', '/health', '/ready', '/nothing']) {
        const response = await until(() => fetch(`http://127.0.0.1:${port}${url}`));
        expect(response.status, url).toBe(401);
      }
      expect(child.stderr()).toContain(place);
    } finally {
      await child.stop('SIGKILL');
    }
  });
});
