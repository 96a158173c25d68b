import { describe, expect, it } from 'vitest';
import { defineCatalog } from '../../src/instruments';
import { planEndpoints } from '../../src/sdk/endpoints';
import type { StartOptions } from '../../src/sdk/options';
import { ConfigurationError, resolveSettings } from '../../src/sdk/settings';
import { allsource } from '../../src/systems/allsource';
import { hodei } from '../../src/systems/hodei';
import { ticker } from '../../src/systems/ticker';

const shop = {
  catalog: defineCatalog({
    name: 'shop',
    metrics: { orders: { name: 'shop_orders_total', instrument: 'counter', description: 'Orders' } },
  }),
};

const plan = (options: StartOptions) => planEndpoints(resolveSettings(options, {}).settings);

describe('planEndpoints', () => {
  it('uses localhost:9464/metrics without a documented system', () => {
    const expected = [{ host: 'localhost', port: 9464, path: '/metrics' }];
    expect(plan({})).toEqual(expected);
    expect(plan({ systems: [shop] })).toEqual(expected);
  });

  it('uses the documented port and path of one system', () => {
    expect(plan({ systems: [hodei] })).toEqual([{ host: 'localhost', port: 8080, path: '/api/v1/metrics' }]);
    expect(plan({ systems: [shop, hodei] })).toEqual([{ host: 'localhost', port: 8080, path: '/api/v1/metrics' }]);
  });

  it('prefers the configured port and path', () => {
    const prometheus = { host: '::1', port: 0, path: '/prom' };
    expect(plan({ systems: [hodei], prometheus })).toEqual([prometheus]);
  });

  it('serves several systems at one endpoint if a port is configured', () => {
    expect(plan({ systems: [hodei, allsource], prometheus: { port: 9000 } })).toEqual([
      { host: 'localhost', port: 9000, path: '/metrics' },
    ]);
  });

  it('serves several systems at their own endpoints, and everything else at the first', () => {
    const [first, second, ...others] = plan({ systems: [hodei, ticker] });
    expect([first?.port, second?.port, others]).toEqual([8080, 3001, []]);
    const families = ['hodei_jobs_queued', 'dagda_status', 'target_info'];
    expect(families.map((family) => first?.filter?.(family))).toEqual([true, false, true]);
    expect(families.map((family) => second?.filter?.(family))).toEqual([false, true, false]);
  });

  it('refuses two systems that are documented at one port', () => {
    expect(() => plan({ systems: [hodei, allsource] })).toThrow(ConfigurationError);
  });
});
