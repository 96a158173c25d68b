// Run by `node --test`, as the tests of an app are.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { metrics } from '@opentelemetry/api';
import { deferredInstruments, defineCatalog } from 'meterbridge/instruments';
import { hodei } from 'meterbridge/systems/hodei';
import { collectAndCompare, expectPage, FakeClock, startTestSdk, value } from 'meterbridge/testing';

const require = createRequire(import.meta.url);
const shop = defineCatalog({
  name: 'shop',
  metrics: {
    orders: {
      name: 'shop_orders_total',
      instrument: 'counter',
      description: 'Orders',
      labels: { result: ['paid', 'refused'] },
    },
    packing: { name: 'shop_packing_seconds', instrument: 'histogram', description: 'Packing', buckets: [1] },
  },
});
const { orders, packing } = deferredInstruments(shop);

describe('an app under node:test', () => {
  for (const round of [1, 2]) {
    it(`counts from zero in round ${round}`, async (t) => {
      const clock = new FakeClock();
      const sdk = startTestSdk({ context: t, catalogs: [shop], clock });
      orders.inc({ result: 'paid' });
      await packing.time(async () => clock.advance(500));
      await expectPage(
        sdk,
        `# TYPE shop_orders_total counter
        shop_orders_total{result="paid"} 1
        shop_orders_total{result="refused"} 0
        shop_packing_seconds_bucket{le="1"} 1
        shop_packing_seconds_bucket{le="+Inf"} 1
        shop_packing_seconds_sum 0.5
        shop_packing_seconds_count 1`,
      );
    });
  }

  it('reports a failed comparison as a failed assertion', async (t) => {
    const sdk = startTestSdk({ context: t, catalogs: [shop] });
    await assert.rejects(collectAndCompare(sdk, 'shop_orders_total{result="paid"} 1'), assert.AssertionError);
  });

  it('shuts the SDK down at the end of each test', async () => {
    await startTestSdk().shutdown();
  });
});

describe('modules that are evaluated again', () => {
  const reload = (name) => {
    for (const file of Object.keys(require.cache)) if (!/@opentelemetry/.test(file)) delete require.cache[file];
    return require(name);
  };

  it('record into the series of the first evaluation', async (t) => {
    const sdk = startTestSdk({ context: t });
    hodei.recordJobScheduled('a');
    reload('meterbridge/systems/hodei').hodei.recordJobScheduled('a');
    reload('meterbridge/instruments').deferredInstruments(hodei.catalog).jobsScheduledTotal.inc({ tenant_id: 'a' });
    assert.equal(await value(sdk, 'hodei_jobs_scheduled_total', { tenant_id: 'a' }), 3);
    assert.deepEqual(sdk.diagnostics, []);
  });

  it('start() returns the SDK that runs, and facades record into it until its shutdown and nothing afterwards', async () => {
    const options = { http: false, prometheus: { server: false } };
    const sdk = await reload('meterbridge').start(options);
    const second = reload('meterbridge');
    assert.equal(await second.start({ systems: [hodei] }), sdk);
    const reloaded = second.deferredInstruments(hodei.catalog);
    hodei.recordJobScheduled('a');
    reloaded.jobsScheduledTotal.inc({ tenant_id: 'a' });
    assert.equal(await value(sdk, 'hodei_jobs_scheduled_total'), 2);
    await sdk.shutdown();
    hodei.recordJobScheduled('a');
    reloaded.jobsScheduledTotal.inc({ tenant_id: 'a' });
    assert.equal(reloaded.jobsScheduledTotal.total(), 0);
    assert.equal(hodei.instruments.jobsScheduledTotal.total(), 0);
    assert.doesNotMatch((await sdk.scrape()).body, /hodei_/);
    metrics.disable();
  });
});
