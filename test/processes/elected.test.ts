import { afterEach, describe, expect, it } from 'vitest';
import { sampleOf } from '../process/apps';
import { until } from '../servers/processes';
import { Load, Program } from './programs';

const REQUESTS = 'app_requests_total{path="/",otel_scope_name="app"}';
const CURRENT = 'meterbridge_processes{state="current"}';
/** The longest time that the serving process has not replicated what it recorded, in milliseconds, with the delay of a busy machine. */
const UNSYNCED_MILLIS = 2000;

let program: Program | undefined;
let load: Load | undefined;
afterEach(async () => {
  await load?.stop();
  await program?.stop();
  load = undefined;
  program = undefined;
});

/** Waits until a number of processes have their metrics on the page. Returns the page. */
function pageOfProcesses(running: Program, count: number): Promise<string> {
  return until(async () => {
    const page = await running.page();
    return sampleOf(page, CURRENT) === count ? page : undefined;
  });
}

/** Returns the process that serves: the one whose gauge has the process label 0. */
function servingProcess(page: string): number {
  return Number(/^app_temperature\{process="0",.*\} (\d+)$/m.exec(page)?.[1]);
}

describe('cluster workers of a primary without metrics', () => {
  it('elect one of them, which serves the metrics of all', async () => {
    program = await Program.start('elected.cjs', {}, []);
    load = new Load(`http://127.0.0.1:${await program.port()}/`);
    await load.answered(100);
    await load.stop();
    const page = await pageOfProcesses(program, 4);
    expect(sampleOf(page, REQUESTS)).toBe(load.total);
    expect(sampleOf(page, 'app_connections{otel_scope_name="app"}')).toBe(4);
    expect(program.listening()).toContain(servingProcess(page));
  });

  it('lose at most one interval of the serving process if it is killed under load, and serve on', async () => {
    program = await Program.start('elected.cjs', { RESPAWN: '1' }, []);
    load = new Load(`http://127.0.0.1:${await program.port()}/`);
    await load.answered(100);
    // Two in a row: the second one has inherited what the first one and its workers had counted.
    let unsynced = 0;
    for (let killed = 1; killed <= 2; killed++) {
      const serving = servingProcess(await pageOfProcesses(program, 4));
      await load.answered(100);
      process.kill(serving, 'SIGKILL');
      await program.ended(serving);
      await program.listeningCount(4 + killed);
      await load.answered(50);
      const times = load.times.get(serving) ?? [];
      unsynced += times.filter((time) => time > (times.at(-1) ?? 0) - UNSYNCED_MILLIS).length;
    }
    await load.stop();
    const page = await pageOfProcesses(program, 4);
    const lost = load.total - (sampleOf(page, REQUESTS) ?? 0);
    expect(lost).toBeLessThanOrEqual(unsynced);
    // An answer that was counted may not have arrived.
    expect(lost).toBeGreaterThanOrEqual(-8);
  });

  it.each(['', '1'])(
    'lose nothing if several of them end at once, the serving one included (own handler: %j)',
    async (HANDLES) => {
      program = await Program.start('elected.cjs', { RESPAWN: '1', WORKERS: '3', HANDLES }, []);
      load = new Load(`http://127.0.0.1:${await program.port()}/`);
      for (let round = 1; round <= 3; round++) {
        await load.answered(50);
        const serving = servingProcess(await pageOfProcesses(program, 3));
        // The one that stays has what the serving one sends; the other one ends while nobody serves.
        const ending = [serving, program.listening().findLast((pid) => pid !== serving) ?? 0];
        for (const pid of ending) process.kill(pid, 'SIGTERM');
        for (const pid of ending) await program.ended(pid);
        await program.listeningCount(3 + 2 * round);
      }
      await load.stop();
      expect(sampleOf(await pageOfProcesses(program, 3), REQUESTS)).toBe(load.total);
    },
  );

  it('lose nothing if all of them are replaced one after the other, the serving one included', async () => {
    program = await Program.start('elected.cjs', { RESPAWN: '1', WORKERS: '2' }, []);
    load = new Load(`http://127.0.0.1:${await program.port()}/`);
    for (const [index, pid] of program.listening().entries()) {
      await load.answered(50);
      await pageOfProcesses(program, 2);
      process.kill(pid, 'SIGTERM');
      await program.ended(pid);
      await program.listeningCount(3 + index);
    }
    await load.stop();
    expect(sampleOf(await pageOfProcesses(program, 2), REQUESTS)).toBe(load.total);
  });
});
