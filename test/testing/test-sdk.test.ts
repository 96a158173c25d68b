import { metrics } from '@opentelemetry/api';
import { ConfigurationError } from 'meterbridge';
import { Hodei, hodei } from 'meterbridge/systems/hodei';
import { collectAndCompare, count, FakeClock, startTestSdk, value } from 'meterbridge/testing';
import { describe, expect, it } from 'vitest';
import { ManualReader } from '../instruments/manual-reader';
import { catalog, instruments } from './shop';

const ZERO = `
  # TYPE tested_orders_total counter
  tested_orders_total{result="paid"} 0
  tested_orders_total{result="refused"} 0
`;

describe('startTestSdk', () => {
  it.each([1, 2])('starts at zero in each test (%i)', async () => {
    await using sdk = startTestSdk({ catalogs: [catalog] });
    await collectAndCompare(sdk, ZERO);
    instruments.orders.inc({ result: 'paid' });
    expect(await value(sdk, 'tested_orders_total', { result: 'paid' })).toBe(1);
  });

  it('records what deferred instruments and exported facades record', async () => {
    await using sdk = startTestSdk({ catalogs: [hodei] });
    hodei.recordJobScheduled('a');
    instruments.baskets.record(3, { country: 'DE' });
    expect(await value(sdk, 'hodei_jobs_scheduled_total', { tenant_id: 'a' })).toBe(1);
    expect(await value(sdk, 'tested_baskets')).toBe(3);
    expect(await value(sdk, 'tested_stock')).toBe(7);
  });

  it('isolates any number of SDKs that are not registered', async () => {
    const [first, second] = [startTestSdk({ register: false }), startTestSdk({ register: false })];
    new Hodei(first.getMeter('hodei')).recordJobScheduled('a');
    second.instruments(catalog).orders.add(2, { result: 'paid' });
    instruments.orders.inc({ result: 'paid' });
    expect(await count(first, 'hodei_jobs_scheduled_total', 'tested_orders_total')).toBe(1);
    expect(await value(second, 'tested_orders_total', { result: 'paid' })).toBe(2);
    await Promise.all([first.shutdown(), second.shutdown()]);
  });

  it('refuses to start while another SDK is registered, and starts after its shutdown', async () => {
    const first = startTestSdk();
    expect(() => startTestSdk()).toThrow(ConfigurationError);
    await first.shutdown();
    const second = startTestSdk();
    await second.shutdown();
    await second.shutdown();
  });

  it('records nothing after its shutdown, with any handle', async () => {
    const sdk = startTestSdk({ catalogs: [catalog, hodei] });
    const own = sdk.instruments(catalog);
    const handles = [own.orders.byValue('paid'), instruments.orders.bind({ result: 'paid' })];
    const plain = metrics.getMeter('plain').createCounter('plain');
    for (const each of handles) each.inc();
    await sdk.shutdown();
    for (const each of handles) each.inc();
    hodei.recordJobScheduled('a');
    plain.add(1);
    own.orders.inc({ result: 'paid' });
    instruments.orders.inc({ result: 'paid' });
    expect(handles.map((each) => each.get())).toEqual([0, 0]);
    expect([own.orders.total(), instruments.orders.total()]).toEqual([0, 0]);
    expect(hodei.instruments.jobsScheduledTotal.total()).toBe(0);
  });

  it('shuts down at the end of the test whose context it is given', async ({ onTestFinished }) => {
    const disposers: (() => Promise<void>)[] = [];
    startTestSdk({ context: { after: (dispose) => disposers.push(dispose) } });
    await disposers[0]?.();
    startTestSdk({ context: { onTestFinished } });
    expect(metrics.getMeterProvider().getMeter('x')).toHaveProperty('scope.name', 'x');
  });

  it('lists diagnostics, and reports a cause again in the next SDK', async () => {
    for (let i = 0; i < 2; i++) {
      await using sdk = startTestSdk({ catalogs: [catalog] });
      instruments.orders.inc({ result: 'payed' as 'paid' });
      instruments.orders.inc({ result: 'payed' as 'paid' });
      expect(sdk.diagnostics).toEqual([expect.stringMatching(/^meterbridge label: .*payed/)]);
    }
  });

  it('reset brings series back to zero, and keeps instruments, handles, callbacks and facades', async () => {
    await using sdk = startTestSdk({ catalogs: [catalog] });
    const handle = instruments.orders.byValue('paid');
    const facade = new Hodei(sdk.getMeter('hodei'));
    const plain = metrics.getMeter('plain').createCounter('plain');
    const record = () => {
      handle.add(2);
      facade.recordJobScheduled('a');
      facade.instruments.jobsQueued.record(4);
      plain.add(1);
      instruments.packing.record(1);
    };
    record();
    instruments.orders.inc({ result: 'payed' as 'paid' });
    sdk.reset();
    await collectAndCompare(sdk, `${ZERO}\ntested_stock 7`, 'plain_total');
    expect(await value(sdk, 'tested_packing_seconds_count')).toBe(0);
    expect([facade.instruments.jobsQueued.get(), await count(sdk, 'hodei_jobs_scheduled_total')]).toEqual([0, 0]);
    expect(sdk.diagnostics).toEqual([]);
    record();
    expect(await value(sdk, 'plain_total')).toBe(1);
    expect(await value(sdk, 'hodei_jobs_scheduled_total')).toBe(1);
    expect(handle.get()).toBe(2);
  });

  it('gives timers exactly the time that its clock was advanced by', async () => {
    const clock = new FakeClock();
    const real = performance.now;
    const sdk = startTestSdk({ clock });
    const timer = instruments.packing.startTimer();
    clock.advance(1500);
    expect(timer.stop()).toBe(1.5);
    await instruments.packing.time(async () => clock.advance(250));
    expect(instruments.packing.get()).toEqual({ count: 2, sum: 1.75 });
    await sdk.shutdown();
    expect(performance.now).toBe(real);
  });

  it('starts series at the time of its clock', async () => {
    const clock = new FakeClock(Date.UTC(2030, 0, 1));
    const reader = new ManualReader();
    await using sdk = startTestSdk({ clock, register: false, readers: [reader] });
    clock.advance(60_000);
    sdk.instruments(catalog).orders.inc({ result: 'paid' });
    clock.advance(1000);
    const [point] = (await reader.metrics()).get('tested_orders_total')?.dataPoints ?? [];
    const seconds = Date.UTC(2030, 0, 1, 0, 1) / 1000;
    expect([point?.startTime[0], point?.endTime[0]]).toEqual([seconds, seconds + 1]);
  });

  it('a clock refuses to be turned back', () => {
    const clock = new FakeClock();
    for (const millis of [-1, Number.NaN, Infinity]) expect(() => clock.advance(millis)).toThrow(RangeError);
    expect(clock.now()).toBe(Date.UTC(2026, 0, 1));
  });
});
