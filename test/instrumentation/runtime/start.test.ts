import { type Catalog, defineCatalog, type Sdk, type StartOptions, start } from 'meterbridge';
import { hodei } from 'meterbridge/systems/hodei';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Diagnostics, listenToDiagnostics } from '../../diagnostics';

let diagnostics: Diagnostics;
let sdk: Sdk | undefined;
beforeEach(() => {
  diagnostics = listenToDiagnostics();
});
afterEach(async () => {
  await sdk?.shutdown();
  sdk = undefined;
  vi.unstubAllEnvs();
  diagnostics.stop();
});

async function names(options: StartOptions = {}): Promise<string[]> {
  sdk = await start({ logger: false, prometheus: { server: false }, ...options });
  const { body } = await sdk.scrape();
  return [...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
}

describe('start()', () => {
  it('serves process_* and nodejs_* by default', async () => {
    const families = await names();
    expect(families).toEqual(expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_version_info']));
    expect(diagnostics.messages()).toEqual([]);
  });

  it('serves them next to the families of a documented system', async () => {
    const families = await names({ systems: [hodei] });
    expect(families).toEqual(expect.arrayContaining(['hodei_workers_total', 'process_resident_memory_bytes']));
  });

  it('serves no runtime metrics if the option says none', async () => {
    expect(await names({ runtimeMetrics: 'none' })).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(process|nodejs)_/)]),
    );
  });

  it('serves the names of OpenTelemetry if the variable says so', async () => {
    vi.stubEnv('METERBRIDGE_RUNTIME_METRICS', 'opentelemetry');
    const families = await names();
    expect(families).toContain('process_cpu_time_seconds_total');
    expect(families).not.toContain('process_cpu_seconds_total');
  });

  it('serves the metric of a catalog in place of the runtime metric of the same name', async () => {
    const catalog: Catalog = defineCatalog({
      name: 'app',
      metrics: {
        start: { name: 'process_start_time_seconds', instrument: 'gauge', description: 'When the app became ready' },
      },
    });
    await names({ catalogs: [catalog] });
    const { body } = (await sdk?.scrape()) ?? { body: '' };
    expect(body).toContain('# HELP process_start_time_seconds When the app became ready');
    expect(body).toContain('\nprocess_start_time_seconds 0\n');
    expect(diagnostics.messages()).toEqual([]);
  });

  it('serves them again after a shutdown and another start', async () => {
    const first = await names();
    await sdk?.shutdown();
    const second = await names();
    expect(second.filter((name) => /^(process|nodejs)_/.test(name)).length).toBeGreaterThanOrEqual(
      first.filter((name) => /^(process|nodejs)_/.test(name) && name !== 'nodejs_gc_duration_seconds').length,
    );
    expect(diagnostics.messages()).toEqual([]);
  });
});
