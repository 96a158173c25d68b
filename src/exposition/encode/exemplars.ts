import type { CollectedPoint, Exemplar } from '../../collection/points';
import { exemplarLength, MAX_EXEMPLAR_LENGTH } from '../exemplar-length';
import { type Label, LabelWriter } from './label-writer';

const NONE: readonly Exemplar[] = [];

const filtered = new LabelWriter({ strategy: 'UnderscoreEscapingWithSuffixes', escaping: 'underscores' });

/** Returns the exemplars of a point that can be written. A reservoir or a span of the app may hold anything. */
export function exemplarsOfPoint(point: CollectedPoint): readonly Exemplar[] {
  const { exemplars = NONE } = point;
  return exemplars.length === 0 || exemplars.every(isWritable) ? exemplars : exemplars.filter(isWritable);
}

function isWritable(exemplar: unknown): boolean {
  try {
    const { value, timestamp, traceId, spanId } = exemplar as Exemplar;
    const hasTime = Number.isFinite(timestamp[0]) && Number.isFinite(timestamp[1]);
    return typeof value === 'number' && hasTime && isTextOrAbsent(traceId) && isTextOrAbsent(spanId);
  } catch {
    return false;
  }
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

/** Returns the latest exemplar of a value above `above` and up to `upTo`, the range of a bucket. */
export function latestExemplar(exemplars: readonly Exemplar[], above: number, upTo: number): Exemplar | undefined {
  let latest: Exemplar | undefined;
  for (const exemplar of exemplars) {
    const isInside = exemplar.value > above && exemplar.value <= upTo;
    if (isInside && (latest === undefined || compareTimes(exemplar, latest) >= 0)) latest = exemplar;
  }
  return latest;
}

/**
 * Returns the labels of an exemplar: the span, and the attributes that a view removed from the series if all of them fit.
 * Prometheus takes no exemplar with longer labels.
 */
export function exemplarLabels({ traceId, spanId, filteredAttributes }: Exemplar): readonly Label[] {
  const span: Label[] = [];
  if (traceId !== undefined) span.push(['trace_id', traceId]);
  if (spanId !== undefined) span.push(['span_id', spanId]);
  try {
    const names = new Set(span.map(([name]) => name));
    const all = [...span, ...filtered.pairs(filteredAttributes).filter(([name]) => !names.has(name))];
    return exemplarLength(all) <= MAX_EXEMPLAR_LENGTH ? all : span;
  } catch {
    // What a view removed must not cost the series.
    return span;
  }
}

function compareTimes(a: Exemplar, b: Exemplar): number {
  return a.timestamp[0] - b.timestamp[0] || a.timestamp[1] - b.timestamp[1];
}
