import { expect, it } from 'vitest';
import { run } from '../servers/processes';

/** Returns the OpenTelemetry packages that a process has loaded after it has started, recorded and served a page. */
async function loadedPackages(options: string): Promise<string[]> {
  const source = `
require('meterbridge').start(${options}).then(async (sdk) => {
  const catalog = require('meterbridge/instruments').defineCatalog({
    name: 'loaded',
    metrics: { loads: { name: 'loads_total', instrument: 'counter', description: 'Loads' } },
  });
  sdk.instruments(catalog).loads.add(1);
  const { status } = await sdk.scrape();
  const names = Object.keys(require.cache).map((file) => /node_modules\\/(@opentelemetry\\/[^/]+)/.exec(file)?.[1]);
  console.log(JSON.stringify({ status, names: [...new Set(names.filter(Boolean))].sort() }));
  await sdk.shutdown();
});`;
  const child = run(process.execPath, ['-e', source]);
  expect([(await child.ended).code, child.stderr()]).toEqual([0, '']);
  const { status, names } = JSON.parse(child.stdout()) as { status: number; names: string[] };
  expect(status).toBe(200);
  return names;
}

it('a start for Prometheus alone loads no OpenTelemetry package but the API', async () => {
  expect(await loadedPackages('{ http: false, prometheus: { port: 0 } }')).toEqual(['@opentelemetry/api']);
});
