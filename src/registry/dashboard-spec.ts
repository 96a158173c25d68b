import type { Issue } from '../issues';
import { YamlFile } from '../yaml/yaml-file';
import type { YamlMap } from '../yaml/yaml-map';
import { RegistryError } from './registry-error';

/** A panel of a dashboard. Expressions may use `$sel` for the labels that the dashboard's variables select. */
export interface PanelSpec {
  readonly title: string;
  readonly description: string;
  /** `timeseries` by default. */
  readonly type?: (typeof PANEL_TYPES)[number] | undefined;
  /** The number of columns, of 24. 12 by default. */
  readonly width?: number | undefined;
  /** Grafana's name of the unit. `short` by default. */
  readonly unit?: string | undefined;
  readonly stacked?: boolean | undefined;
  /** The threshold of an alert, drawn as a line. */
  readonly threshold?: number | undefined;
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
}

export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** A dashboard, as a `dashboard.yaml` defines it. */
export interface DashboardSpec {
  readonly title: string;
  readonly rows: readonly RowSpec[];
}

const PANEL_KEYS = ['title', 'description', 'type', 'width', 'unit', 'stacked', 'threshold', 'queries'];
const PANEL_TYPES = ['timeseries', 'stat'] as const;

/**
 * Reads a `dashboard.yaml`.
 *
 * @throws RegistryError with all issues, each with file, line and column
 */
export function readDashboard(file: string): DashboardSpec {
  const issues: Issue[] = [];
  const root = new YamlFile(file, issues).root(['title', 'rows']);
  const spec = {
    title: root.string('title'),
    rows: root.list('rows', ['title', 'panels']).map((row) => ({
      title: row.string('title'),
      panels: row.list('panels', PANEL_KEYS).map(readPanel),
    })),
  };
  if (issues.length > 0) throw new RegistryError(issues);
  return spec;
}

function readPanel(panel: YamlMap): PanelSpec {
  return {
    title: panel.string('title'),
    description: panel.string('description'),
    type: panel.oneOf('type', PANEL_TYPES),
    width: panel.number('width'),
    unit: panel.optionalString('unit'),
    stacked: panel.boolean('stacked'),
    threshold: panel.number('threshold'),
    queries: panel
      .list('queries', ['expr', 'legend'])
      .map((query) => ({ expr: query.string('expr'), legend: query.string('legend') })),
  };
}
