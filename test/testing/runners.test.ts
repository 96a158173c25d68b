import { join } from 'node:path';
import { collectAndCompare, startTestSdk } from 'meterbridge/testing';
import { describe, expect, it, vi } from 'vitest';
import { ROOT, run } from '../servers/processes';

describe('meterbridge/testing', () => {
  it('works under node:test, with modules that are evaluated again', async () => {
    const child = run(
      process.execPath,
      ['--test', '--test-reporter=tap', join(ROOT, 'test/testing/apps/node-test.mjs')],
      {
        env: { ...process.env, NODE_TEST_CONTEXT: undefined },
      },
    );
    expect([(await child.ended).code, child.stdout()]).toEqual([0, expect.stringMatching(/^# tests 6$/m)]);
    expect(child.stdout()).toMatch(/^# pass 6$/m);
  });

  it('sees what a module records that Vitest evaluates again', async () => {
    await using sdk = startTestSdk();
    for (let i = 0; i < 2; i++) {
      vi.resetModules();
      const { instruments } = await import('./shop.js');
      instruments.orders.inc({ result: 'paid' });
    }
    await collectAndCompare(
      sdk,
      'tested_orders_total{result="paid"} 2\ntested_orders_total{result="refused"} 0\ntested_stock 7',
    );
  });
});
