import { describe, expect, it } from 'vitest';
import { Health } from '../../src/http/health';

describe('Health', () => {
  it('reports the version and how long the process has run', () => {
    expect(new Health('1.2.3').health()).toEqual({
      status: 'healthy',
      version: '1.2.3',
      uptime_seconds: Math.floor(process.uptime()),
    });
  });

  it('Health is ready while every check passes', async () => {
    const health = new Health('');
    expect(await health.readiness()).toEqual({ ready: true, checks: [] });
    health.addCheck('queue', () => {});
    const removeDatabase = health.addCheck('database', async () => {
      throw new Error('no connection');
    });
    expect(await health.readiness()).toEqual({
      ready: false,
      checks: [
        { name: 'queue', ready: true, message: null },
        { name: 'database', ready: false, message: 'no connection' },
      ],
    });
    removeDatabase();
    expect((await health.readiness()).ready).toBe(true);
  });

  it('replaces a check of the same name, which its first registration can no longer remove', async () => {
    const health = new Health('');
    const removeFirst = health.addCheck('queue', () => {});
    health.addCheck('queue', () => {
      throw new Error('full');
    });
    removeFirst();
    expect((await health.readiness()).checks).toEqual([{ name: 'queue', ready: false, message: 'full' }]);
  });

  it('reports a check that does not complete in time as not ready', async () => {
    const health = new Health('');
    health.addCheck('queue', () => new Promise(() => {}));
    expect((await health.readiness()).checks).toEqual([
      { name: 'queue', ready: false, message: 'the check timed out after 2 s' },
    ]);
  });

  it('survives whatever a check throws', async () => {
    const health = new Health('');
    health.addCheck('undefined', () => {
      throw undefined;
    });
    health.addCheck('object', () => Promise.reject(Object.create(null)));
    const { checks } = await health.readiness();
    expect(checks.map(({ ready, message }) => [ready, typeof message])).toEqual([
      [false, 'string'],
      [false, 'string'],
    ]);
  });

  it('runs the checks once for concurrent calls', async () => {
    const health = new Health('');
    let runs = 0;
    health.addCheck('queue', () => void runs++);
    await Promise.all(Array.from({ length: 100 }, () => health.readiness()));
    expect(runs).toBe(1);
    await health.readiness();
    expect(runs).toBe(2);
  });
});
