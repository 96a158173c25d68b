import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigurationError, type Sdk, start } from '../../src';
import { hodei } from '../../src/systems/hodei';

describe('a required endpoint', () => {
  let sdk: Sdk | undefined;
  afterEach(() => sdk?.shutdown());

  it('start rejects and leaves nothing behind if the port of a required endpoint is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const options = {
      logger: false,
      http: false,
      runtimeMetrics: 'none',
      prometheus: { host: '127.0.0.1', port, required: true },
    } as const;
    const error = await start(options).then(
      () => undefined,
      (reason) => reason as ConfigurationError,
    );
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error?.issues).toEqual([
      { code: 'listen', path: 'prometheus.port', message: expect.stringContaining(String(port)) },
    ]);
    await new Promise((resolve) => other.close(resolve));
    sdk = await start(options);
    expect(sdk.urls).toContain(`http://127.0.0.1:${port}/metrics`);
  });
});

describe('values of a running SDK', () => {
  it('gather returns the families that the endpoint serves, and reset sets the metrics of a facade back', async () => {
    const sdk = await start({ systems: [hodei], prometheus: { server: false }, http: false, runtimeMetrics: 'none' });
    try {
      hodei.setWorkersHealthy(3);
      hodei.recordJobScheduled('acme');
      hodei.recordSchedulingLatency(0.02);
      const families = await sdk.gather();
      expect(families.get('hodei_workers_healthy')).toMatchObject({ type: 'gauge', samples: [{ value: 3 }] });
      expect(families.get('hodei_scheduling_latency_seconds')?.samples.at(-1)).toMatchObject({ value: 1 });
      hodei.reset();
      const after = await sdk.gather();
      expect(after.get('hodei_workers_healthy')?.samples).toMatchObject([{ value: 0 }]);
      expect(after.get('hodei_jobs_scheduled_total')?.samples ?? []).toEqual([]);
      expect(after.get('hodei_scheduling_latency_seconds')?.samples.at(-1)).toMatchObject({ value: 0 });
    } finally {
      await sdk.shutdown();
    }
  });
});
