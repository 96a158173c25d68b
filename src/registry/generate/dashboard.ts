import type { QueryVariableBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Issue } from '../../issues';
import { YamlFile } from '../../yaml/yaml-file';
import type { YamlMap } from '../../yaml/yaml-map';
import type { Registry, RegistryMetric } from '../registry';
import { RegistryError } from '../registry-error';
import { bySection } from './reference';

/** A panel as `dashboard.yaml` has it. Expressions may use `$sel` for the labels that the variables choose. */
interface PanelSpec {
  readonly title: string;
  readonly description: string;
  readonly type?: string | undefined;
  /** Of 24 columns; 12 unless given. */
  readonly width?: number | undefined;
  /** Grafana's name of the unit; `short` unless given. */
  readonly unit?: string | undefined;
  readonly stacked?: boolean | undefined;
  /** Where an alert draws its line. */
  readonly threshold?: number | undefined;
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
}

interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

interface DashboardSpec {
  readonly title: string;
  readonly rows: readonly RowSpec[];
}

const SELECTOR = 'job=~"$job",instance=~"$instance"';
const HEIGHT = 8;

/**
 * A Grafana dashboard of a registry: the panels of its `dashboard.yaml`, then every family in a row for each section.
 *
 * @returns the dashboard as JSON
 * @throws RegistryError with every fault found, each with its line, or Error naming the package where Grafana's builders
 *   are not installed
 */
export function dashboardJson(file: string, registry: Registry): string {
  const grafana = grafanaBuilders();
  const spec = readSpec(file);
  const { DashboardBuilder, DatasourceVariableBuilder, RowBuilder } = grafana.dashboard;
  const dashboard = new DashboardBuilder(spec.title)
    .uid(`meterbridge-${registry.name}`)
    .description(registry.description)
    .tags(['meterbridge', registry.name])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .editable()
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(labelVariable(grafana, 'job', `label_values(${anyMetric(registry)}, job)`))
    .withVariable(labelVariable(grafana, 'instance', `label_values(${anyMetric(registry)}{job=~"$job"}, instance)`));
  for (const row of spec.rows) {
    dashboard.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) dashboard.withPanel(panelOf(grafana, panel));
  }
  for (const { title, panels } of familyRows(registry)) {
    const row = new RowBuilder(title).collapsed(true);
    for (const panel of panels) row.withPanel(panelOf(grafana, panel));
    dashboard.withRow(row);
  }
  return `${JSON.stringify(dashboard.build(), null, 2)}\n`;
}

const PANEL_KEYS = ['title', 'description', 'type', 'width', 'unit', 'stacked', 'threshold', 'queries'];
const PANEL_TYPES = ['timeseries', 'stat'];

function readSpec(file: string): DashboardSpec {
  const findings: Issue[] = [];
  const root = new YamlFile(file, findings).root(['title', 'rows']);
  const spec = {
    title: root.string('title'),
    rows: root.list('rows', ['title', 'panels']).map((row) => ({
      title: row.string('title'),
      panels: row.list('panels', PANEL_KEYS).map(readPanel),
    })),
  };
  if (findings.length > 0) throw new RegistryError(findings);
  return spec;
}

function readPanel(panel: YamlMap): PanelSpec {
  const type = panel.optionalString('type');
  if (type !== undefined && !PANEL_TYPES.includes(type)) {
    panel.refuse('type', `type is one of ${PANEL_TYPES.join(', ')}, given ${JSON.stringify(type)}`);
  }
  return {
    title: panel.string('title'),
    description: panel.string('description'),
    type,
    width: panel.number('width'),
    unit: panel.optionalString('unit'),
    stacked: panel.boolean('stacked'),
    threshold: panel.number('threshold'),
    queries: panel
      .list('queries', ['expr', 'legend'])
      .map((query) => ({ expr: query.string('expr'), legend: query.string('legend') })),
  };
}

/** Loaded when a dashboard is made: few registries have one, and the package is large. */
function grafanaBuilders(): Builders {
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
    throw new Error(`a dashboard.yaml needs the package ${name}; install it beside meterbridge (${error})`);
  }
}

interface Builders {
  readonly dashboard: typeof import('@grafana/grafana-foundation-sdk/dashboard');
  readonly timeseries: typeof import('@grafana/grafana-foundation-sdk/timeseries');
  readonly stat: typeof import('@grafana/grafana-foundation-sdk/stat');
  readonly common: typeof import('@grafana/grafana-foundation-sdk/common');
  readonly prometheus: typeof import('@grafana/grafana-foundation-sdk/prometheus');
}

function labelVariable({ dashboard }: Builders, label: string, query: string): QueryVariableBuilder {
  return new dashboard.QueryVariableBuilder(label)
    .label(label)
    .datasource({ type: 'prometheus', uid: '$datasource' })
    .query(query)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*');
}

function anyMetric({ metrics }: Registry): string {
  return (
    (metrics.find(({ instrument, labels }) => instrument !== 'histogram' && labels.length === 0) ?? metrics[0])?.name ??
    ''
  );
}

function panelOf(grafana: Builders, spec: PanelSpec) {
  const { dashboard, timeseries, stat, common } = grafana;
  const isStat = spec.type === 'stat';
  const builder = isStat
    ? new stat.PanelBuilder().reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    : seriesPanel(grafana, spec, new timeseries.PanelBuilder());
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

function seriesPanel(
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

/** Every family of the registry, a row for each section of its document. */
function familyRows({ metrics }: Registry): RowSpec[] {
  return [...bySection(metrics)].map(([section, own]) => ({
    title: `All families: ${section}`,
    panels: own.map(familyPanel),
  }));
}

const UNITS: Readonly<Record<string, string>> = { s: 's', By: 'bytes', '%': 'percent', MBy: 'decmbytes' };

function familyPanel({ name, instrument, unit, labels, brief }: RegistryMetric): PanelSpec {
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
  return { ...common, unit: UNITS[unit] ?? 'short', queries: [{ expr: `${name}{$sel}`, legend }] };
}
