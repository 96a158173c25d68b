import { isAbsolute, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Severity } from '../promql/finding';
import type { Style } from './console';
import type { Finding } from './finding';

/** Returns findings as text for people: a line and a suggestion for each, and the number of errors, warnings and notes. */
export function formatText(findings: readonly Finding[], style: Style): string {
  const color = { error: style.red, warning: style.yellow, note: style.blue };
  const indented = (text: string | undefined, paint: (text: string) => string, sign = '') =>
    text === undefined ? [] : text.split('\n').map((each) => `    ${paint(sign + each)}`);
  const lines = findings.flatMap(({ file, line, column, severity, code, message, ...more }) => [
    `${style.bold(`${file}:${line}:${column}`)}: ${color[severity](severity)} ${style.dim(`[${code}]`)} ${message}`,
    ...indented(more.expected, style.red, '- '),
    ...indented(more.received, style.green, '+ '),
    ...indented(more.suggestion, style.dim),
  ]);
  return findings.length === 0 ? '' : `${[...lines, countBySeverity(findings)].join('\n')}\n`;
}

function countBySeverity(findings: readonly Finding[]): string {
  const severities: readonly Severity[] = ['error', 'warning', 'note'];
  return severities
    .map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const)
    .filter(([, count]) => count > 0)
    .map(([severity, count]) => `${count} ${severity}${count === 1 ? '' : 's'}`)
    .join(', ');
}

/** Returns findings as a JSON object with the list `findings`. */
export function formatJson(findings: readonly Finding[]): string {
  return `${JSON.stringify({ findings }, null, 2)}\n`;
}

/** Returns findings as a SARIF 2.1.0 log, which code hosts show next to the changed lines of a pull request. */
export function formatSarif(findings: readonly Finding[], version: string): string {
  const rules = [...new Set(findings.map(({ code }) => code))].map((id) => ({ id }));
  const results = findings.map(({ code, severity, message, file, line, column, suggestion }) => ({
    ruleId: code,
    level: severity,
    message: { text: suggestion === undefined ? message : `${message}\n${suggestion}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: artifactUri(file) },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  }));
  const driver = { name: 'meterbridge', version, rules };
  return `${JSON.stringify(
    {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results }],
    },
    null,
    2,
  )}\n`;
}

/** Returns a URI reference: relative for a file below the current folder, so that code hosts find it. */
function artifactUri(file: string): string {
  if (/^https?:\/\//.test(file)) return file;
  const path = relative('.', file);
  if (path.startsWith('..') || isAbsolute(path)) return pathToFileURL(file).href;
  return path.split(sep).map(encodeURIComponent).join('/');
}
