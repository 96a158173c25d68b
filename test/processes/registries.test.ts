import { afterEach, describe, expect, it, vi } from 'vitest';
import { sampleOf } from '../process/apps';
import { until } from '../servers/processes';
import { Program } from './programs';

let program: Program | undefined;
afterEach(async () => {
  await program?.stop();
  program = undefined;
});

/** Returns the samples of a family, without HELP and TYPE. */
function samplesOf(page: string, family: string): string[] {
  return page.split('\n').filter((line) => new RegExp(`^${family}(_[a-z]+)?[{ ]`).test(line));
}

describe.each(['cluster', 'thread'])('children of kind %s with prom-client registries', (KIND) => {
  it('have their metrics on the page of all, each kind merged by its rule', async () => {
    program = await Program.start('registries.cjs', { KIND, ENDING: 'stay' });
    await program.port();
    const running = program;
    // What is read at a scrape alone arrives with the next one, and not with the counts before it.
    await vi.waitFor(
      async () => {
        const page = await running.page();
        expect(samplesOf(page, 'process_start_time_seconds')).toHaveLength(4);
        expect(sampleOf(page, 'mails')).toBe(31);
        expect(sampleOf(page, 'jobs{queue="mail"}')).toBe(31);
        expect(samplesOf(page, 'wait_seconds')).toEqual([
          'wait_seconds_bucket{le="1"} 0',
          'wait_seconds_bucket{le="10"} 4',
          'wait_seconds_bucket{le="+Inf"} 4',
          'wait_seconds_sum 20',
          'wait_seconds_count 4',
        ]);
        expect(sampleOf(page, 'pooled')).toBe(12);
        expect(sampleOf(page, 'oldest')).toBe(7);
        expect(samplesOf(page, 'build').sort()).toEqual([
          'build{process="0"} 1',
          'build{process="1"} 2',
          'build{process="2"} 2',
          'build{process="3"} 2',
        ]);
        expect(samplesOf(page, 'nodejs_version_info').map((line) => line.split(' ')[1])).toEqual(['1']);
        const lag = sampleOf(page, 'nodejs_eventloop_lag_min_seconds') ?? 0;
        expect(lag).toBeLessThanOrEqual(sampleOf(page, 'nodejs_eventloop_lag_max_seconds') ?? 0);
        expect(samplesOf(page, 'size_bytes')).toEqual([
          'size_bytes_sum{kind="common"} 7',
          'size_bytes_count{kind="common"} 4',
          'size_bytes_sum{kind="child"} 6',
          'size_bytes_count{kind="child"} 3',
        ]);
      },
      { timeout: 30_000, interval: 100 },
    );
    expect(program.child.stderr()).toBe('');
  });

  it('leave what they have counted on the page when they end, and nothing else', async () => {
    program = await Program.start('registries.cjs', { KIND, ENDING: 'return' });
    await until(() => (program?.child.stdout().includes('allEnded') ? true : undefined));
    const page = await program.pageWith('meterbridge_processes{state="current"}', 1);
    expect(sampleOf(page, 'jobs{queue="mail"}')).toBe(31);
    expect(sampleOf(page, 'mails')).toBe(31);
    expect(sampleOf(page, 'wait_seconds_count')).toBe(4);
    expect(sampleOf(page, 'pooled')).toBe(3);
    expect(samplesOf(page, 'build')).toEqual(['build{process="0"} 1']);
    expect(samplesOf(page, 'size_bytes').slice(-2)).toEqual([
      'size_bytes_sum{kind="child"} 6',
      'size_bytes_count{kind="child"} 3',
    ]);
  });

  it('lose no count of the default registry if they call process.exit()', async () => {
    program = await Program.start('registries.cjs', {
      KIND,
      ENDING: 'exit',
      METERBRIDGE_PROCESS_SYNC_INTERVAL: '60000',
    });
    await until(() => (program?.child.stdout().includes('allEnded') ? true : undefined));
    const page = await program.pageWith('meterbridge_processes{state="current"}', 1);
    expect(sampleOf(page, 'jobs{queue="mail"}')).toBe(31);
    expect(sampleOf(page, 'jobs{queue="late"}')).toBe(3);
  });
});

describe('a worker that calls process.exit()', () => {
  it('loses nothing of what the system does not accept at once', async () => {
    program = await Program.start('registries.cjs', { KIND: 'cluster', COUNT: '1', ENDING: 'exit', LATE: '1500' });
    await until(() => (program?.child.stdout().includes('allEnded') ? true : undefined));
    const page = await program.pageWith('meterbridge_processes{state="current"}', 1);
    expect(page.match(/^jobs\{queue="late \d+ x+"\} 1$/gm)).toHaveLength(1500);
    expect(sampleOf(page, 'jobs{queue="late"}')).toBe(1);
    expect(sampleOf(page, 'jobs{queue="mail"}')).toBe(11);
  });
});

describe('equal processes with prom-client registries', () => {
  it('have their metrics on the page of the one that serves, which collects its registry once per scrape', async () => {
    program = await Program.start('registries.cjs', { KIND: 'elected', ENDING: 'stay' }, []);
    await program.port();
    await program.pageWith('meterbridge_processes{state="current"}', 3);
    const page = await program.pageWith('mails', 30);
    expect(sampleOf(page, 'jobs{queue="mail"}')).toBe(30);
    expect(sampleOf(page, 'pooled')).toBe(9);
    expect(sampleOf(page, 'oldest')).toBe(7);
    const reads = sampleOf(await program.page(), 'reads{process="0"}') ?? Number.NaN;
    expect(sampleOf(await program.page(), 'reads{process="0"}')).toBe(reads + 1);
  });

  it('keep the counts of the default registry when the one that serves calls process.exit()', async () => {
    program = await Program.start('registries.cjs', { KIND: 'elected', ENDING: 'stay' }, []);
    await program.port();
    const page = await program.pageWith('meterbridge_processes{state="current"}', 3);
    await program.pageWith('jobs{queue="mail"}', 30);
    const serving = Number(/^pid\{process="0"\} (\d+)$/m.exec(page)?.[1]);
    process.kill(serving, 'SIGUSR2');
    await program.pageWith('meterbridge_processes{state="current"}', 2);
    expect(sampleOf(await program.pageWith('jobs{queue="mail"}', 30), 'jobs{queue="end"}')).toBe(1);
  });
});

describe('a worker whose registry cannot be collected', () => {
  it('keeps its last values on the page, and is counted once when it recovers', async () => {
    program = await Program.start('registries.cjs', { KIND: 'cluster', ENDING: 'stay' });
    await program.port();
    await program.pageWith('jobs{queue="mail"}', 31);
    await program.pageWith('mails', 31);
    for (const count of [3, 6]) {
      program.child.process.kill('SIGUSR2');
      await until(() => (program?.child.stdout().split('{"set":').length === count + 1 ? true : undefined));
      const page = await program.page();
      expect(sampleOf(page, 'jobs{queue="mail"}')).toBe(31);
      expect(sampleOf(page, 'failing')).toBe(4);
    }
  });
});
