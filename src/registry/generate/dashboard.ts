import type { QueryVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { DashboardSpec, PanelSpec, RowSpec } from '../dashboard-spec';
import type { Registry, RegistryMetric } from '../registry';
import { groupBySection } from './sections';

const SELECTOR = 'job=~"$job",instance=~"$instance"';
const HEIGHT = 8;

/**
 * Returns a Grafana dashboard as JSON: the panels of the specification, then a collapsed row for each section of the
 * registry, with a panel for each metric.
 *
 * @throws Error naming the package to install when Grafana's builders are not installed
 */
export function dashboardJson(spec: DashboardSpec, registry: Registry): string {
  const grafana = loadGrafanaBuilders();
  const { DashboardBuilder, DatasourceVariableBuilder, RowBuilder } = grafana.dashboard;
  const dashboard = new DashboardBuilder(spec.title)
    .uid(`meterbridge-${registry.name}`)
    .description(registry.description)
    .tags(['meterbridge', registry.name])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .readonly()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(createLabelVariable(grafana, 'job', 'Job', `label_values(${findPlainMetric(registry)}, job)`))
    .withVariable(
      createLabelVariable(
        grafana,
        'instance',
        'Instance',
        `label_values(${findPlainMetric(registry)}{job=~"$job"}, instance)`,
      ),
    );
  for (const row of spec.rows) {
    dashboard.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) dashboard.withPanel(createPanel(grafana, panel));
  }
  for (const { title, panels } of metricRows(registry)) {
    const row = new RowBuilder(title).collapsed(true);
    for (const panel of panels) row.withPanel(createPanel(grafana, panel));
    dashboard.withRow(row);
  }
  return `${JSON.stringify(dashboard.build(), null, 2)}\n`;
}

/** Loads Grafana's builders only when a dashboard is generated: few registries have one, and the package is large. */
function loadGrafanaBuilders(): Builders {
  const name = '@grafana/grafana-foundation-sdk';
  try {
    return {
      dashboard: require(`${name}/dashboard`),
      timeseries: require(`${name}/timeseries`),
      stat: require(`${name}/stat`),
      common: require(`${name}/common`),
      prometheus: require(`${name}/prometheus`),
    };
  } catch (error) {
    throw new Error(`a dashboard.yaml requires the package ${name}: run "npm install ${name}" (${error})`);
  }
}

interface Builders {
  readonly dashboard: typeof import('@grafana/grafana-foundation-sdk/dashboard');
  readonly timeseries: typeof import('@grafana/grafana-foundation-sdk/timeseries');
  readonly stat: typeof import('@grafana/grafana-foundation-sdk/stat');
  readonly common: typeof import('@grafana/grafana-foundation-sdk/common');
  readonly prometheus: typeof import('@grafana/grafana-foundation-sdk/prometheus');
}

function createLabelVariable(
  { dashboard }: Builders,
  label: string,
  title: string,
  query: string,
): QueryVariableBuilder {
  return new dashboard.QueryVariableBuilder(label)
    .label(title)
    .datasource({ type: 'prometheus', uid: '$datasource' })
    .query(query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.+');
}

/** Returns a metric whose series carry only the labels of the scrape target, if there is one; any metric otherwise. */
function findPlainMetric({ metrics }: Registry): string {
  return (
    (metrics.find(({ instrument, labels }) => instrument !== 'histogram' && labels.length === 0) ?? metrics[0])?.name ??
    ''
  );
}

function createPanel(grafana: Builders, spec: PanelSpec) {
  const { dashboard, timeseries, stat, common } = grafana;
  const isStat = spec.type === 'stat';
  const builder = isStat
    ? new stat.PanelBuilder().reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    : createTimeSeriesPanel(grafana, spec, new timeseries.PanelBuilder());
  builder
    .title(spec.title)
    .description(spec.description)
    .datasource({ type: 'prometheus', uid: '$datasource' })
    .unit(spec.unit ?? 'short')
    .span(spec.width ?? 12)
    .height(isStat ? HEIGHT / 2 : HEIGHT);
  if (spec.threshold !== undefined) {
    builder.thresholds(
      new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps([
        { value: null, color: 'green' },
        { value: spec.threshold, color: 'red' },
      ]),
    );
  }
  spec.queries.forEach(({ expr, legend }, i) => {
    builder.withTarget(
      new grafana.prometheus.DataqueryBuilder()
        .expr(expr.trim().replaceAll('$sel', SELECTOR))
        .legendFormat(legend)
        .refId(String.fromCharCode(65 + i)),
    );
  });
  return builder;
}

function createTimeSeriesPanel(
  { common }: Builders,
  { stacked = false, threshold }: PanelSpec,
  panel: InstanceType<Builders['timeseries']['PanelBuilder']>,
) {
  const { GraphThresholdsStyleMode, LegendDisplayMode, LegendPlacement, StackingMode } = common;
  panel
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true),
    )
    .fillOpacity(stacked ? 30 : 8);
  if (stacked) panel.stacking(new common.StackingConfigBuilder().mode(StackingMode.Normal));
  if (threshold !== undefined) {
    panel.thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line));
  }
  return panel;
}

/** Returns a row for each section of the registry's document, with a panel for each metric. */
function metricRows({ metrics }: Registry): RowSpec[] {
  return [...groupBySection(metrics)].map(([section, own]) => ({
    title: `All metrics: ${section}`,
    panels: own.map(metricPanel),
  }));
}

const UNITS: Readonly<Record<string, string>> = { s: 's', By: 'bytes', '%': 'percent', MBy: 'decmbytes' };

function metricPanel({ name, instrument, unit, labels, brief, aggregate }: RegistryMetric): PanelSpec {
  const keys = labels.map(({ label }) => label);
  const legend = keys.length === 0 ? name : keys.map((key) => `{{${key}}}`).join(' ');
  const by = keys.length === 0 ? '' : ` by (${keys.join(', ')})`;
  const common = { title: name, description: brief, width: 8 };
  if (instrument === 'histogram') {
    const queries = [0.5, 0.95, 0.99].map((quantile) => ({
      expr: `histogram_quantile(${quantile}, sum by (le) (rate(${name}_bucket{$sel}[$__rate_interval])))`,
      legend: `p${quantile * 100}`,
    }));
    return { ...common, unit: UNITS[unit] ?? 'short', queries };
  }
  if (instrument === 'counter') {
    return { ...common, unit: 'cps', queries: [{ expr: `sum${by} (rate(${name}{$sel}[$__rate_interval]))`, legend }] };
  }
  const expr = aggregate === undefined ? `${name}{$sel}` : `${aggregate}${by} (${name}{$sel})`;
  return { ...common, unit: UNITS[unit] ?? 'short', queries: [{ expr, legend }] };
}
