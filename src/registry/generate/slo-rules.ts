import { stringify } from 'yaml';
import { BURN_ALERTS, type BurnAlert, burnAlertName, type Objective, type Objectives, SLO_WINDOWS } from '../slo';

/**
 * Returns the recording rules and burn-rate alerts of objectives as a Prometheus rule file.
 *
 * @param runbook the path of the runbook that the alerts link to
 */
export function sloRules({ note, slos }: Objectives, runbook: string): string {
  const groups = slos.map((slo) => ({
    name: `slo-${slo.name}`,
    rules: [
      ...SLO_WINDOWS.map((window) => ({
        record: recordName(slo, window),
        expr: [slo.errorQuery, slo.totalQuery].map((query) => `(${query.replaceAll('$window', window)})`).join(' / '),
        labels: { slo: slo.name },
      })),
      ...BURN_ALERTS.map((burn) => alertRule(slo, burn, note, runbook)),
    ],
  }));
  return `# Generated from slo.yaml. Do not edit. Run "meterbridge generate".\n${stringify({ groups }, { lineWidth: 0 })}`;
}

function alertRule(slo: Objective, burn: BurnAlert, note: string | undefined, runbook: string) {
  const alert = burnAlertName(slo, burn);
  const budget = Number((1 - slo.objective / 100).toFixed(6));
  const allowed = Number((100 - slo.objective).toFixed(4));
  const conditions = burn.conditions.map(({ long, short, factor }) =>
    [long, short].map((window) => `${recordName(slo, window)} > ${factor} * ${budget}`).join(' and '),
  );
  return {
    alert,
    expr: conditions.map((condition) => `(${condition})`).join('\nor '),
    for: burn.for,
    labels: { slo: slo.name, severity: burn.severity },
    annotations: {
      summary: `The SLO ${slo.name} is using up its error budget`,
      description: `SLO: ${slo.description}. {{ $value | humanizePercentage }} of events fail; the objective allows ${allowed} %.`,
      ...(note === undefined ? {} : { note }),
      runbook: `${runbook}#${alert.toLowerCase()}`,
    },
  };
}

function recordName(slo: Objective, window: (typeof SLO_WINDOWS)[number]): string {
  return `slo:${slo.name.replaceAll('-', '_')}:error_ratio_rate${window}`;
}
