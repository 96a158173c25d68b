import { afterEach, describe, expect, it } from 'vitest';
import { sampleOf } from '../process/apps';
import { until } from '../servers/processes';
import { Program } from './programs';

const JOBS = 'app_jobs_total{kind="work",otel_scope_name="app"}';

let program: Program | undefined;
afterEach(async () => {
  await program?.stop();
  program = undefined;
});

const ENDINGS = [
  { ending: 'stay', what: 'run on' },
  { ending: 'return', what: 'end because nothing is left to do' },
  { ending: 'exit', what: 'call process.exit()' },
  { ending: 'exit at once', what: 'call process.exit() in the first turn of the event loop' },
];

describe.each(['thread', 'process'])('a pool of children, each a %s', (KIND) => {
  it.each(ENDINGS)('has all counts on one page if they $what', async ({ ending }) => {
    program = await Program.start('pool.cjs', { KIND, ENDING: ending });
    const page = await program.pageWith(JOBS, 30);
    expect(sampleOf(page, 'app_jobs_total{kind="main",otel_scope_name="app"}')).toBe(1);
    expect(sampleOf(page, 'app_durations_count{otel_scope_name="app"}')).toBe(30);
    expect(sampleOf(page, 'app_durations_bucket{otel_scope_name="app",le="1"}')).toBe(6);
    expect(sampleOf(page, 'app_durations_sum{otel_scope_name="app"}')).toBe(135);
    if (ending !== 'stay') {
      await until(() => (program?.child.stdout().includes('allEnded') ? true : undefined));
      await program.pageWith('meterbridge_processes{state="current"}', 1);
      expect(sampleOf(await program.page(), JOBS)).toBe(30);
    }
    expect(program.child.stderr()).toBe('');
  });

  it('measures each process once, and the event loop and the heap of each thread', async () => {
    program = await Program.start('pool.cjs', { KIND, ENDING: 'stay' });
    const running = program;
    const processes = KIND === 'thread' ? 1 : 4;
    // What callbacks observe arrives with a scrape, and not with the counts before it.
    const page = await until(async () => {
      const text = await running.pageWith(JOBS, 30);
      return text.match(/^process_start_time_seconds\b/gm)?.length === processes ? text : undefined;
    });
    expect(page.match(/^process_cpu_seconds_total /gm)).toHaveLength(1);
    expect(page.match(/^nodejs_eventloop_lag_p99_seconds /gm)).toHaveLength(1);
  });

  it('finds its parent without the environment of the parent', async () => {
    program = await Program.start('pool.cjs', { KIND, ENDING: 'stay', BARE: '1' });
    await program.pageWith(JOBS, 30);
    expect(program.child.stderr()).toBe('');
  });

  it('delivers nothing but the messages of the app over the channel of the app', async () => {
    program = await Program.start('pool.cjs', { KIND, ENDING: 'stay', COUNT: '2' });
    await program.pageWith(JOBS, 20);
    const line = await until(() =>
      program?.child
        .stdout()
        .split('\n')
        .find((each) => each.startsWith('{"seen"')),
    );
    const seen = (JSON.parse(line) as { seen: unknown[] }).seen.map((message) => JSON.stringify(message)).sort();
    expect(seen).toEqual(['"recorded"', '"recorded"', '{"echo":"hello"}', '{"echo":"hello"}']);
  });

  it.each(['separate', 'off'])('keeps the counts of children away if METERBRIDGE_PROCESSES is %s', async (mode) => {
    program = await Program.start('pool.cjs', { KIND, ENDING: 'return', METERBRIDGE_PROCESSES: mode });
    await until(() => (program?.child.stdout().includes('allEnded') ? true : undefined));
    const page = await program.page();
    expect(sampleOf(page, 'app_jobs_total{kind="main",otel_scope_name="app"}')).toBe(1);
    expect(sampleOf(page, JOBS)).toBeUndefined();
  });
});
