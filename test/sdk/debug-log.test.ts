import type { DiagLogger } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { start } from '../../src';
import { hodei } from '../../src/systems/hodei';

/** Runs an SDK that serves one scrape, and returns what it logged at the level debug, and where it listens. */
async function logsOf(logLevel: 'debug' | 'info'): Promise<string[]> {
  const lines: string[] = [];
  const ignore = () => {};
  const logger: DiagLogger = {
    error: ignore,
    warn: ignore,
    info: (message) => void lines.push(message),
    debug: (message) => void lines.push(message),
    verbose: ignore,
  };
  const sdk = await start({ systems: [hodei], http: false, logger, logLevel, prometheus: { port: 0 } });
  hodei.recordJobScheduled('acme');
  hodei.instruments.jobsScheduledTotal.remove({ tenant_id: 'acme' });
  await (await fetch(sdk.urls[0] as string)).text();
  await sdk.shutdown();
  return lines.filter((line) => line.startsWith('meterbridge'));
}

describe('the debug log', () => {
  it('the debug log shows enabled systems, servers, series that begin and end, and scrapes', async () => {
    const log = (await logsOf('debug')).join('\n');
    expect(log).toContain('system enabled: hodei, 18 families');
    expect(log).toMatch(/listening: http:\/\/localhost:\d+/);
    expect(log).toContain('series begins: hodei_jobs_scheduled_total{"tenant_id":"acme"}');
    expect(log).toContain('series ends: hodei_jobs_scheduled_total{"tenant_id":"acme"}');
    expect(log).toMatch(/answered \/api\/v1\/metrics with 200, \d+ bytes/);
  });

  it('the log at the level info says only where metrics are served', async () => {
    expect(await logsOf('info')).toEqual([expect.stringContaining('meterbridge listening: ')]);
  });
});
