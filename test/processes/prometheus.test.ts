import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleOf } from '../process/apps';
import { until } from '../servers/processes';
import { hasPrometheus, PrometheusServer } from '../servers/prometheus';
import { Load, Program } from './programs';

const REQUESTS = 'app_requests_total';

describe.runIf(hasPrometheus)('Prometheus', () => {
  let program: Program;
  let prometheus: PrometheusServer;
  let load: Load;
  beforeAll(async () => {
    program = await Program.start('elected.cjs', { RESPAWN: '1', WORKERS: '3' }, []);
    const app = await program.port();
    const { host, pathname } = new URL(program.metricsUrl);
    prometheus = await PrometheusServer.start([{ job: 'app', target: host, path: pathname }]);
    load = new Load(`http://127.0.0.1:${app}/`, 2);
  });
  afterAll(async () => {
    await load.stop();
    await prometheus.stop();
    await program.stop();
  });

  /** Returns how many scrapes of the counter Prometheus has stored. */
  const scrapes = async () => Number((await prometheus.query(`count_over_time(${REQUESTS}[5m])`))[0]?.value[1] ?? 0);

  it('sees no reset of a counter while workers are killed and replaced, the serving one included', async () => {
    await until(async () => ((await scrapes()) >= 2 ? true : undefined));
    for (const [index, pid] of program.listening().slice(0, 3).entries()) {
      process.kill(pid, index === 1 ? 'SIGTERM' : 'SIGKILL');
      await program.ended(pid);
      await program.listeningCount(4 + index);
      const before = await scrapes();
      await until(async () => ((await scrapes()) >= before + 2 ? true : undefined));
    }
    await load.stop();
    const counted = sampleOf(await program.page(), `${REQUESTS}{path="/",otel_scope_name="app"}`) ?? 0;
    await until(async () => {
      const [last] = await prometheus.query(REQUESTS);
      return Number(last?.value[1]) === counted ? true : undefined;
    });
    const value = async (expression: string) => Number((await prometheus.query(expression))[0]?.value[1]);
    expect(await value(`resets(${REQUESTS}[5m])`)).toBe(0);
    const first = await value(`min_over_time(${REQUESTS}[5m])`);
    // increase() extrapolates to the whole range, from the difference of the last and the first sample.
    expect(await value(`max_over_time(${REQUESTS}[5m])`)).toBe(counted);
    expect(await value(`increase(${REQUESTS}[5m])`)).toBeGreaterThanOrEqual(counted - first);
    expect(await value(`increase(${REQUESTS}[5m])`)).toBeLessThan((counted - first) * 2);
    expect(await value(`min_over_time(rate(${REQUESTS}[5s])[1m:1s])`)).toBeGreaterThanOrEqual(0);
  });
});
