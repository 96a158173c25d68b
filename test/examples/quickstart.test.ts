import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectAndCompare, value } from 'meterbridge/testing';
import { describe, expect, it } from 'vitest';
import { readCodeBlocks } from '../docs/code-blocks';
import { freePort, ROOT, run, until } from '../servers/processes';

const FOLDER = join(ROOT, 'examples/quickstart');
const PRELOAD = ['--import', 'meterbridge/register'];

/** Runs a file of the quickstart and sends it requests until it serves two orders and a refused one. */
async function serve(file: string, flags: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const [port, app] = [await freePort(), await freePort()];
  const child = run(process.execPath, [...flags, file], {
    cwd: FOLDER,
    env: { ...process.env, ...env, OTEL_EXPORTER_PROMETHEUS_PORT: String(port), PORT: String(app) },
  });
  const page = new URL(`http://localhost:${port}/metrics`);
  try {
    await until(async () => {
      if (child.process.exitCode !== null) throw new Error(child.stderr());
      return ((await fetch(page)).ok && (await fetch(`http://localhost:${app}/`)).ok) || undefined;
    });
    const paid = await value(page, 'shop_orders_total', { result: 'paid' });
    expect(paid).toBeGreaterThanOrEqual(1);
    await (await fetch(`http://localhost:${app}/refuse`)).text();
    await collectAndCompare(
      page,
      `# TYPE shop_orders_total counter
      # HELP shop_orders_total Orders
      shop_orders_total{result="paid"} ${paid}
      shop_orders_total{result="refused"} 1`,
    );
    expect(await value(page, 'shop_packing_seconds_count')).toBe(paid + 1);
    expect(await value(page, 'shop_packing_seconds_bucket', { le: '1' })).toBe(paid + 1);
    expect(await value(page, 'shop_open_carts')).toBe(0);
    expect(child.stderr()).not.toMatch(/meterbridge (?!listening: )/);
  } finally {
    await child.stop();
  }
}

describe('the quickstart', () => {
  it('is the first code of the README', () => {
    const blocks = readCodeBlocks(join(ROOT, 'README.md')).filter(({ file }) => file !== undefined);
    expect(blocks.map(({ file }) => file)).toEqual(['shop.mjs', 'start.mjs']);
    for (const { file = '', source } of blocks) expect(source).toBe(readFileSync(join(FOLDER, file), 'utf8'));
    const prometheus = readFileSync(join(FOLDER, 'prometheus.yml'), 'utf8');
    expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(prometheus);
  });

  it('serves the catalog if it is preloaded', () => serve('shop.mjs', PRELOAD, {}));

  it('serves the catalog if it is started by code', () => serve('start.mjs', [], {}));

  it('serves the names of the registry to an app that uses the OpenTelemetry API alone', () =>
    serve('plain.mjs', PRELOAD, { METERBRIDGE_REGISTRY: '.' }));
});
