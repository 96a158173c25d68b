import { stringify } from 'yaml';
import type { Threshold } from '../thresholds';

/**
 * Returns the recording rules and alerts of thresholds as a Prometheus rule file.
 *
 * @param runbook the link to the section of an alert, or `undefined` if it has none
 */
export function thresholdRules(
  system: string,
  thresholds: readonly Threshold[],
  runbook: (alert: string) => string | undefined,
): string {
  const records = new Map(thresholds.flatMap((each) => recordingRule(each) ?? []).map((rule) => [rule.record, rule]));
  const alerts = thresholds.map((threshold) => alertRule(threshold, runbook(threshold.alert)));
  const groups = [{ name: `${system}-thresholds`, rules: [...records.values(), ...alerts] }];
  return `# Generated from thresholds.yaml. Do not edit. Run "meterbridge generate".\n${stringify({ groups }, { lineWidth: 0 })}`;
}

/** Returns the rule that records what the alert compares; none for a gauge, whose series are compared themselves. */
function recordingRule(threshold: Threshold): { readonly record: string; readonly expr: string } | undefined {
  if (!isRecorded(threshold)) return undefined;
  return { record: recordName(threshold), expr: expression(threshold) };
}

function isRecorded({ metric }: Threshold): boolean {
  return metric.instrument === 'counter' || metric.instrument === 'histogram';
}

/** The convention is level:metric:operations. */
function recordName(threshold: Threshold): string {
  const { metric, by, match, quantile, window } = threshold;
  const values = Object.entries(match).map(([label, value]) => `${label}_${value}`);
  const name = [metric.name.replace(/_total$/, ''), ...values].join('_').replaceAll(/[^a-zA-Z0-9_]/g, '_');
  const operation = quantile === undefined ? `rate${window}` : `p${String(quantile * 100).replace('.', '_')}_${window}`;
  return `${['job', ...by].join('_')}:${name}:${operation}`;
}

function expression({ metric, by, match, quantile, window, comparison }: Threshold): string {
  const matchers = Object.entries(match).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  const selector = matchers.length === 0 ? '' : `{${matchers.join(', ')}}`;
  const labels = ['job', ...by].join(', ');
  switch (metric.instrument) {
    case 'histogram':
      return `histogram_quantile(${quantile}, sum by (${labels}, le) (rate(${metric.name}_bucket${selector}[${window}])))`;
    case 'counter':
      return `sum by (${labels}) (rate(${metric.name}${selector}[${window}]))`;
    default:
      return `${comparison === 'above' ? 'max' : 'min'} by (${labels}) (${metric.name}${selector})`;
  }
}

function alertRule(threshold: Threshold, runbook: string | undefined): object {
  const { alert, comparison, value, severity, summary } = threshold;
  const compared = isRecorded(threshold) ? recordName(threshold) : expression(threshold);
  return {
    alert,
    expr: `${compared} ${comparison === 'above' ? '>' : '<'} ${value}`,
    for: threshold.for,
    labels: { severity },
    annotations: {
      summary,
      description: `${describe(threshold)} is {{ $value | humanize }}, ${comparison} the threshold ${value}.`,
      ...(runbook === undefined ? {} : { runbook }),
    },
  };
}

function describe({ metric, quantile, window, by }: Threshold): string {
  const of = by.map((label) => `${label} {{ $labels.${label} }}`).join(', ');
  const series = of === '' ? metric.name : `${metric.name} for ${of}`;
  if (quantile !== undefined) return `Over ${window}, the quantile ${quantile} of ${series}`;
  return metric.instrument === 'counter' ? `Over ${window}, the rate of ${series}` : series;
}
