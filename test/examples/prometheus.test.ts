import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Catalog } from '../../src/catalog';
import { catalog as hodei } from '../../src/systems/generated/hodei';
import { catalog as ticker } from '../../src/systems/generated/ticker';
import { type Child, freePort, ROOT, run, until } from '../servers/processes';
import { hasPrometheus, hasPromtool, PrometheusApi, promtoolCheckMetrics } from '../servers/prometheus';

const TOTAL_GAUGE = 'non-counter metrics should not have "_total" suffix';

interface Expected {
  readonly catalog: Catalog;
  /** The variable that sets the port, and the variable of a second one. */
  readonly ports: readonly string[];
  /** What promtool dislikes and the documents write: gauges named `_total`, counters that are not, abbreviated units. */
  readonly findings: readonly string[];
}

const SYSTEMS: Readonly<Record<string, Expected>> = {
  ticker: {
    catalog: ticker,
    ports: ['TICKER_PORT', 'TICKER_API_PORT'],
    findings: [`dagda_shards_total ${TOTAL_GAUGE}`, `dagda_workers_total ${TOTAL_GAUGE}`],
  },
  hodei: {
    catalog: hodei,
    ports: ['HODEI_PORT'],
    findings: [
      'hodei_memory_usage_mb metric names should not contain abbreviated units',
      `hodei_workers_total ${TOTAL_GAUGE}`,
    ],
  },
};

/** Labels that Prometheus itself adds. */
const SCRAPED = ['__name__', 'instance', 'job', 'le'];

describe.skipIf(!hasPrometheus || !hasPromtool)('the example systems under a real Prometheus', () => {
  let examples: Child;
  let prometheus: PrometheusApi;
  const pages = new Map<string, string>();

  beforeAll(async () => {
    const ports = await Promise.all(
      [...Object.values(SYSTEMS).flatMap((system) => system.ports), 'PROMETHEUS_PORT'].map(
        async (name) => [name, String(await freePort())] as const,
      ),
    );
    examples = run(process.execPath, ['examples/dist/run.js'], {
      cwd: ROOT,
      env: { ...process.env, ...Object.fromEntries(ports) },
    });
    const url = await until(() => /^Prometheus: +(http:\S+)\/graph$/m.exec(examples.stdout())?.[1], 30_000).catch(
      (error) => {
        throw new Error(`${error}\n${examples.stdout()}${examples.stderr()}`);
      },
    );
    prometheus = new PrometheusApi(url);
    for (const [, system, page] of examples.stdout().matchAll(/^ {2}(\S+) +(http:\S+) +api /gm)) {
      pages.set(system as string, page as string);
    }
    await prometheus.allUp(Object.keys(SYSTEMS).length);
  }, 60_000);

  afterAll(async () => {
    const { code } = await examples.stop('SIGINT');
    expect(code, examples.stderr()).toBe(0);
  });

  it.each(Object.keys(SYSTEMS))(
    'every family of %s is scraped with its type, its help and its labels',
    async (name) => {
      const { catalog } = SYSTEMS[name] as Expected;
      for (const definition of Object.values(catalog.metrics)) {
        const sample = definition.instrument === 'histogram' ? `${definition.name}_bucket` : definition.name;
        const series = await until(async () => {
          const found = await prometheus.query(`${sample}{job="${name}"}`);
          return found.length > 0 ? found : undefined;
        }, 60_000).catch((error) => {
          throw new Error(`${sample}: ${error}`);
        });
        for (const { metric } of series) {
          const labels = Object.keys(metric).filter((label) => !SCRAPED.includes(label));
          expect(labels.sort(), sample).toEqual(Object.keys(definition.labels ?? {}).sort());
        }
        // Prometheus asks for OpenMetrics, in which a counter's family is named without `_total`.
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

  it.each(Object.keys(SYSTEMS))('promtool finds in %s what the document forces, and nothing else', async (name) => {
    const page = await fetch(pages.get(name) as string).then((response) => response.text());
    const { findings } = await promtoolCheckMetrics(page);
    expect(findings).toEqual((SYSTEMS[name] as Expected).findings);
  });

  it('counts what the traffic does', async () => {
    const [requests] = await until(async () => {
      const found = await prometheus.query('sum(increase(http_requests_total{job="ticker",status="200"}[30s]))');
      return Number(found[0]?.value[1] ?? 0) > 0 ? found : undefined;
    }, 30_000);
    expect(requests).toBeDefined();
  }, 40_000);
});
