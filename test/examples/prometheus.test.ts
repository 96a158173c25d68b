import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Catalog, MetricDefinition } from '../../src/instruments';
import { catalog as allsource } from '../../src/systems/generated/allsource';
import { catalog as controlPlane } from '../../src/systems/generated/control-plane';
import { catalog as hodei } from '../../src/systems/generated/hodei';
import { catalog as orchestrator } from '../../src/systems/generated/orchestrator';
import { catalog as streamProcessor } from '../../src/systems/generated/stream-processor';
import { catalog as ticker } from '../../src/systems/generated/ticker';
import { type Child, freePort, ROOT, run, until } from '../servers/processes';
import { hasPrometheus, hasPromtool, PrometheusApi, promtoolCheckMetrics } from '../servers/prometheus';

const BARE_COUNTER = 'counter metrics should have "_total" suffix';
const TOTAL_GAUGE = 'non-counter metrics should not have "_total" suffix';

interface Expected {
  readonly catalog: Catalog;
  /** The documented job. */
  readonly job: string;
  /** The variable that sets the port, and the variable of a second one. */
  readonly ports: readonly string[];
  /** What promtool reports for documented names: gauges named `_total`, counters that are not, abbreviated units. */
  readonly findings: readonly string[];
}

const SYSTEMS: Readonly<Record<string, Expected>> = {
  ticker: {
    catalog: ticker,
    job: 'ticker-poc',
    ports: ['TICKER_PORT', 'TICKER_API_PORT'],
    findings: [`dagda_shards_total ${TOTAL_GAUGE}`, `dagda_workers_total ${TOTAL_GAUGE}`],
  },
  hodei: {
    catalog: hodei,
    job: 'hodei-server',
    ports: ['HODEI_PORT'],
    findings: [
      'hodei_memory_usage_mb metric names should not contain abbreviated units',
      `hodei_workers_total ${TOTAL_GAUGE}`,
    ],
  },
  'stream-processor': {
    catalog: streamProcessor,
    job: 'stream-processor',
    ports: ['STREAM_PROCESSOR_PORT', 'STREAM_PROCESSOR_API_PORT'],
    findings: [
      'aggregation_errors',
      'aggregations_computed',
      'dedup_cache_evictions',
      'dedup_duplicates_found',
      'dedup_events_checked',
      'events_processed',
      'events_received',
      'kafka_messages_consumed',
      'kafka_messages_produced',
      'kafka_offset_commit_errors',
      'late_events',
      'normalization_events',
      'normalization_fill_operations',
      'normalization_gaps_filled',
      'normalization_outliers_detected',
      'out_of_order_events',
      'pipeline_errors',
      'state_cache_hits',
      'state_cache_misses',
      'state_evictions',
      'state_operations',
      'watermark_updates',
      'windows_created',
      'windows_triggered',
    ].map((name) => `processor_${name} ${BARE_COUNTER}`),
  },
  orchestrator: { catalog: orchestrator, job: 'orchestrator', ports: ['ORCHESTRATOR_PORT'], findings: [] },
  allsource: {
    catalog: allsource,
    job: 'allsource-core',
    ports: ['ALLSOURCE_PORT'],
    findings: [
      `compaction_bytes_saved ${BARE_COUNTER}`,
      `compaction_files_merged ${BARE_COUNTER}`,
      `events_ingested_by_type ${BARE_COUNTER}`,
      `parquet_files_total ${TOTAL_GAUGE}`,
      `pipeline_events_filtered ${BARE_COUNTER}`,
      `pipeline_events_processed ${BARE_COUNTER}`,
      `pipelines_registered_total ${TOTAL_GAUGE}`,
      `projection_events_processed ${BARE_COUNTER}`,
      `query_results_total ${TOTAL_GAUGE}`,
      `replay_events_processed ${BARE_COUNTER}`,
      `snapshots_total ${TOTAL_GAUGE}`,
      `storage_entities_total ${TOTAL_GAUGE}`,
      `storage_events_total ${TOTAL_GAUGE}`,
      `wal_segments_total ${TOTAL_GAUGE}`,
      `websocket_messages_sent ${BARE_COUNTER}`,
    ].map((finding) => `allsource_${finding}`),
  },
  'control-plane': {
    catalog: controlPlane,
    job: 'allsource-control-plane',
    ports: ['CONTROL_PLANE_PORT'],
    findings: [`control_plane_core_events_total ${TOTAL_GAUGE}`],
  },
};

function labelsThatMayBeEmpty({ labels = {} }: MetricDefinition): string[] {
  return 'endpoint' in labels ? ['endpoint'] : [];
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly panels?: readonly Panel[];
}

interface Configuration {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly { readonly job_name: string; readonly metrics_path?: string }[];
}

/** Labels that Prometheus itself adds. */
const SCRAPED = ['__name__', 'instance', 'job', 'le'];

describe.skipIf(!hasPrometheus || !hasPromtool)('the example systems under a real Prometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'examples-'));
  let examples: Child;
  let prometheus: PrometheusApi;
  let scrapedSince: number;
  const pages = new Map<string, string>();

  beforeAll(async () => {
    const ports = await Promise.all(
      [...Object.values(SYSTEMS).flatMap((system) => system.ports), 'PROMETHEUS_PORT'].map(
        async (name) => [name, String(await freePort())] as const,
      ),
    );
    examples = run(process.execPath, ['examples/dist/run.js'], {
      cwd: ROOT,
      env: { ...process.env, ...Object.fromEntries(ports), DATA_DIR: folder, SCRAPE_INTERVAL: '1s' },
    });
    const url = await until(() => /^Prometheus: +(http:\S+)\/graph,/m.exec(examples.stdout())?.[1], 30_000).catch(
      (error) => {
        throw new Error(`${error}\n${examples.stdout()}${examples.stderr()}`);
      },
    );
    prometheus = new PrometheusApi(url);
    for (const [, system, page] of examples.stdout().matchAll(/^ {2}(\S+) +(http:\S+) +api /gm)) {
      pages.set(system as string, page as string);
    }
    await prometheus.allUp(Object.keys(SYSTEMS).length);
    scrapedSince = Date.now();
  }, 60_000);

  afterAll(async () => {
    const { code } = await examples.stop('SIGINT');
    expect(code, examples.stderr()).toBe(0);
    // The data is kept for the next run.
    expect(existsSync(join(folder, 'prometheus'))).toBe(true);
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(Object.keys(SYSTEMS))(
    'every family of %s is scraped with its type, its help and its labels',
    async (name) => {
      const { catalog, job } = SYSTEMS[name] as Expected;
      for (const definition of Object.values(catalog.metrics)) {
        const sample = definition.instrument === 'histogram' ? `${definition.name}_bucket` : definition.name;
        const series = await until(async () => {
          const found = await prometheus.query(`${sample}{job="${job}"}`);
          return found.length > 0 ? found : undefined;
        }, 60_000).catch((error) => {
          throw new Error(`${sample}: ${error}`);
        });
        for (const { metric } of series) {
          // To Prometheus an empty label does not exist: the endpoint of a request without a route in the control plane.
          const labels = new Set([
            ...Object.keys(metric),
            ...(name === 'control-plane' ? labelsThatMayBeEmpty(definition) : []),
          ]);
          const documented = [...labels].filter((label) => !SCRAPED.includes(label));
          expect(documented.sort(), sample).toEqual(Object.keys(definition.labels ?? {}).sort());
        }
        // Prometheus requests OpenMetrics, in which the name of a counter's family has no `_total`.
        const metadata = await prometheus.metadata();
        const type = definition.instrument === 'updowncounter' ? 'gauge' : definition.instrument;
        const family = type === 'counter' ? definition.name.replace(/_total$/, '') : definition.name;
        const served = type === 'counter' && family === definition.name ? 'unknown' : type;
        expect(metadata[family], family).toContainEqual(
          expect.objectContaining({ type: served, help: definition.description }),
        );
      }
    },
    120_000,
  );

  it.each(Object.keys(SYSTEMS))('promtool reports in %s only what the names of the document cause', async (name) => {
    const page = await fetch(pages.get(name) as string).then((response) => response.text());
    const { findings } = await promtoolCheckMetrics(page);
    // Those of the runtime metrics are in the names of prom-client.
    const documented = [...findings].filter((finding) => !/^(process|nodejs)_/.test(finding));
    expect(documented.sort()).toEqual((SYSTEMS[name] as Expected).findings);
  });

  it.each(['ticker', 'stream-processor', 'orchestrator'])(
    'a real Prometheus answers every query of the document of %s',
    async (name) => {
      const file = readFileSync(join(ROOT, 'semconv', name, 'queries.yaml'), 'utf8');
      const { queries } = parse(file) as { queries: { name: string; query: string }[] };
      for (const { name: title, query } of queries) {
        // A query that filters returns no series while no condition is met, so it only has to be accepted.
        const filters = /[<>]|==|!=/.test(query) && !/vector\(0\)/.test(query);
        const answer = await until(async () => {
          const found = await prometheus.query(query);
          return filters || found.length > 0 ? found : undefined;
        }, 30_000).catch((error) => {
          throw new Error(`${title}: ${error}`);
        });
        expect(Array.isArray(answer), title).toBe(true);
      }
    },
    200_000,
  );

  it.each(Object.keys(SYSTEMS))(
    'every expression of the dashboard of %s returns data',
    async (name) => {
      const { panels } = JSON.parse(readFileSync(join(ROOT, 'semconv', name, 'dashboard.json'), 'utf8')) as {
        panels: Panel[];
      };
      for (const { title, targets = [] } of panels.flatMap((panel) => [panel, ...(panel.panels ?? [])])) {
        for (const { expr } of targets) {
          const query = expr
            .replaceAll('"$job"', `"${SYSTEMS[name]?.job}"`)
            .replaceAll('"$instance"', '".+"')
            .replaceAll('$__rate_interval', '1m');
          await until(async () => ((await prometheus.query(query)).length > 0 ? true : undefined), 30_000).catch(
            (error) => {
              throw new Error(`${title}: ${query}: ${error}`);
            },
          );
        }
      }
      expect(panels.length).toBeGreaterThan(3);
    },
    200_000,
  );

  it('no system is without a successful scrape for longer than the documented interval of 15 seconds, under traffic', async () => {
    const answers = await until(async () => {
      const seconds = Math.floor((Date.now() - scrapedSince) / 1000) - 15;
      if (seconds < 15) return undefined;
      const query = `min by (job) (min_over_time(max_over_time(up[15s])[${seconds}s:1s]))`;
      return prometheus.query(query);
    }, 60_000);
    expect(answers.map(({ value }) => value?.[1])).toEqual(Object.keys(SYSTEMS).map(() => '1'));
  }, 70_000);

  it('the examples run the configuration of the documents, with every rule file and 30 days of retention', async () => {
    const file = /^Prometheus configuration: (\S+)$/m.exec(examples.stdout())?.[1] ?? '';
    const promtool = run('promtool', ['check', 'config', file]);
    expect((await promtool.ended).code, promtool.stdout() + promtool.stderr()).toBe(0);
    const read = (path: string) => parse(readFileSync(path, 'utf8')) as Configuration;
    const [documented, used] = [read(join(ROOT, 'semconv/prometheus.yml')), read(file)];
    const jobs = ({ scrape_configs }: Configuration) =>
      scrape_configs.map(({ job_name, metrics_path }) => [job_name, metrics_path]);
    expect(jobs(used)).toEqual(jobs(documented));
    expect(used.rule_files).toEqual(documented.rule_files.map((path) => join(ROOT, 'semconv', path)));
    const flags = await prometheus.get<Record<string, string>>('/api/v1/status/flags');
    expect(flags['storage.tsdb.retention.time']).toBe('30d');
    const { groups } = await prometheus.get<{ groups: { file: string; rules: { health: string }[] }[] }>(
      '/api/v1/rules',
    );
    expect(groups.flatMap(({ rules }) => rules).filter(({ health }) => health === 'err')).toEqual([]);
    expect(new Set(groups.map((group) => group.file)).size).toBe(documented.rule_files.length);
  });

  it('the control plane of the examples reads its history from this Prometheus', async () => {
    const api = /^ {2}control-plane .* api (\S+)$/m.exec(examples.stdout())?.[1];
    const { datapoints } = await until(async () => {
      const response = await fetch(`${api}/api/v1/dashboard/timeseries?metric=total_events&range=1h`);
      const answer = (await response.json()) as { datapoints: { timestamp: string; value: number | null }[] };
      return (answer.datapoints.at(-1)?.value ?? 0) > 0 ? answer : undefined;
    });
    expect(datapoints.length).toBeGreaterThan(0);
    expect((await fetch(`${api}/ready`)).status).toBe(200);
  });

  it('the counters of every system increase under traffic', async () => {
    for (const query of [
      'increase(http_requests_total{job="ticker-poc",status="200"}[30s])',
      'increase(processor_events_processed{result="success"}[30s])',
      'increase(hodei_jobs_completed_total[30s])',
      'increase(pupsourcing_orchestrator_events_processed_total[30s])',
      'increase(allsource_events_ingested_total[30s])',
      'control_plane_core_health_status{node_id="core-1"}',
    ]) {
      const value = await until(async () => {
        const [series] = await prometheus.query(`sum(${query})`);
        return Number(series?.value[1] ?? 0) > 0 ? series?.value[1] : undefined;
      }, 30_000);
      expect(Number(value), query).toBeGreaterThan(0);
    }
  }, 200_000);
});
