import type { MetricFamily, Sample } from '../exposition/decode/metric-family';

/** Labels that tell the samples of one series apart. */
const SAMPLE_LABELS: readonly string[] = ['le', 'quantile'];

/** Returns the labels of a sample's series, sorted by name: `a="1",b="2"`. */
export function seriesLabels({ labels }: Sample): string {
  return labelText(sorted(labels).filter(([name]) => !SAMPLE_LABELS.includes(name)));
}

/** Returns a sample as a line of text, with its labels sorted by name. */
export function sampleLine(sample: Sample): string {
  const { name, labels, value, timestamp } = sample;
  const text = labelText(sorted(labels));
  const end = timestamp === undefined ? '' : ` ${timestamp}`;
  return `${name}${text === '' ? '' : `{${text}}`} ${numberText(value)}${end}`;
}

/** Returns the lines of samples, series by series, and the buckets of a series in ascending order. */
export function sampleLines(samples: readonly Sample[]): string[] {
  const keyed = samples.map((sample) => ({ sample, series: seriesLabels(sample), line: sampleLine(sample) }));
  keyed.sort((a, b) => compare(a.series, b.series) || compareSamples(a.sample, b.sample) || compare(a.line, b.line));
  return keyed.map(({ line }) => line);
}

/** Returns the HELP and the TYPE line of a family; each only if the expected family has it. */
export function metadataLines({ name, help, type }: MetricFamily, expected: MetricFamily | undefined): string[] {
  const lines: string[] = [];
  if (expected?.help !== undefined) lines.push(`# HELP ${name} ${help ?? ''}`);
  if (expected !== undefined && expected.type !== 'unknown') lines.push(`# TYPE ${name} ${type}`);
  return lines;
}

function compareSamples(a: Sample, b: Sample): number {
  return compare(a.name, b.name) || bound(a) - bound(b) || 0;
}

function bound({ labels }: Sample): number {
  return Number((labels.get('le') ?? labels.get('quantile') ?? '0').replace('Inf', 'Infinity'));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sorted(labels: ReadonlyMap<string, string>): [string, string][] {
  return [...labels].sort(([a], [b]) => compare(a, b));
}

function labelText(labels: readonly (readonly [string, string])[]): string {
  return labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',');
}

function numberText(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}
