import type { AlertEntry, RunbookEntry } from '../runbook';
import { BURN_ALERTS, type BurnAlert, burnAlertName, type Objective } from '../slo';

const DAYS_OF_OBJECTIVE = 30;

/** Returns the runbook of a system as Markdown: a section for each alert, whose anchor the alert links to. */
export function runbookPage(system: string, alerts: readonly AlertEntry[], slos: readonly Objective[]): string {
  const sections = [
    ...alerts.map((entry) => section(entry.alert, entry.meaning, entry)),
    ...slos.flatMap((slo) =>
      BURN_ALERTS.map((burn) => section(burnAlertName(slo, burn), burnMeaning(slo, burn), slo[burn.kind])),
    ),
  ];
  return `${[
    `# Runbook of ${system}`,
    '<!-- Generated from runbook.yaml and slo.yaml. Do not edit. Run "meterbridge generate". -->',
    'For each alert: what it means, which query to run next, the usual causes, and the remedies.',
    ...sections,
  ].join('\n\n')}\n`;
}

function section(alert: string, meaning: string, { nextQuery, causes, remedies }: RunbookEntry): string {
  return [
    `## ${alert}`,
    `**Meaning**: ${meaning}`,
    '**Next query**:',
    `\`\`\`promql\n${nextQuery.trim()}\n\`\`\``,
    '**Usual causes**:',
    list(causes),
    '**Remedies**:',
    list(remedies),
  ].join('\n\n');
}

function burnMeaning({ description, objective }: Objective, { kind, conditions }: BurnAlert): string {
  const days = DAYS_OF_OBJECTIVE / Math.min(...conditions.map(({ factor }) => factor));
  const urgency = kind === 'page' ? 'Act now.' : 'Investigate within one working day.';
  return `The objective is ${objective} % over ${DAYS_OF_OBJECTIVE} days: ${lowerFirst(description)}. At the current rate, the error budget for ${DAYS_OF_OBJECTIVE} days is used up within ${days} days. ${urgency}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]|^An? /.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
