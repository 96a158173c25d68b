import { type Sdk, start } from 'meterbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../servers/processes';
import { hasPrometheus, PrometheusServer } from '../../servers/prometheus';

/** The queries of the panels of Grafana's dashboard 11159, "NodeJS Application Dashboard", and of its variable. */
const QUERIES = [
  'irate(process_cpu_user_seconds_total{instance=~"$instance"}[2m]) * 100',
  'irate(process_cpu_system_seconds_total{instance=~"$instance"}[2m]) * 100',
  'irate(process_cpu_seconds_total{instance=~"$instance"}[2m]) * 100',
  'nodejs_eventloop_lag_seconds{instance=~"$instance"}',
  'sum(nodejs_version_info{instance=~"$instance"}) by (version)',
  'sum(changes(process_start_time_seconds{instance=~"$instance"}[1m]))',
  'process_resident_memory_bytes{instance=~"$instance"}',
  'nodejs_heap_size_total_bytes{instance=~"$instance"}',
  'nodejs_heap_size_used_bytes{instance=~"$instance"}',
  'nodejs_external_memory_bytes{instance=~"$instance"}',
  'nodejs_active_handles_total{instance=~"$instance"}',
  'nodejs_active_requests_total{instance=~"$instance"}',
  'nodejs_heap_space_size_total_bytes{instance=~"$instance"}',
  'nodejs_heap_space_size_used_bytes{instance=~"$instance"}',
  'nodejs_heap_space_size_available_bytes{instance=~"$instance"}',
  'count(nodejs_version_info) by (instance)',
];

describe.skipIf(!hasPrometheus)('a Prometheus server that scrapes a process without metrics of its own', () => {
  let sdk: Sdk;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    sdk = await start({ logger: false, prometheus: { port: 0 } });
    const [url = ''] = sdk.urls;
    const { host, pathname } = new URL(url);
    prometheus = await PrometheusServer.start([{ job: 'app', target: host, path: pathname }]);
    await prometheus.allUp(1);
    // irate() needs two scrapes.
    await until(async () => {
      const [series] = await prometheus.query('count_over_time(process_cpu_seconds_total[1m])');
      return Number(series?.value[1]) > 1 ? true : undefined;
    });
  }, 60_000);

  afterAll(async () => {
    await prometheus?.stop();
    await sdk?.shutdown();
  });

  it.each(QUERIES)('returns data for %s', async (query) => {
    const result = await prometheus.query(query.replace('$instance', '.*'));
    expect(result.length).toBeGreaterThan(0);
    for (const { value } of result) expect(Number(value[1])).toBeGreaterThanOrEqual(0);
  });
});
