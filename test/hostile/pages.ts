import protobuf from 'protobufjs';
import { expect } from 'vitest';
import type { PrometheusReader } from '../../src/exporter/prometheus-reader';
import { parseExposition } from '../../src/exposition/decode/parser';
import { readBody } from '../../src/http/read-body';

/** The formats of a page, by the `Accept` header that asks for them. */
const FORMATS = {
  text: 'text/plain;version=0.0.4',
  openmetrics: 'application/openmetrics-text;version=1.0.0',
  protobuf:
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=underscores',
} as const;
export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/** The part of `io.prometheus.client` that tells series apart. */
const FAMILY = protobuf
  .parse(`syntax = "proto3";
    message Label { string name = 1; string value = 2; }
    message Number { double value = 1; }
    message Histogram { uint64 count = 1; }
    message Metric { repeated Label label = 1; Number gauge = 2; Number counter = 3; Histogram histogram = 7; }
    message Family { string name = 1; repeated Metric metric = 4; }`)
  .root.lookupType('Family');

interface ProtobufFamily {
  readonly name: string;
  readonly metric?: readonly {
    readonly label?: readonly { readonly name: string; readonly value: string }[];
    readonly gauge?: { readonly value?: number };
    readonly counter?: { readonly value?: number };
    readonly histogram?: { readonly count?: number };
  }[];
}

/** The values of series by name and labels. Of a histogram the count. */
export type Values = ReadonlyMap<string, number>;

/** Scrapes a page, reads it with a parser of its format, and returns what it says. Fails if it is not valid. */
export async function scrapeValues(reader: PrometheusReader, format: FormatName): Promise<Values> {
  const { status, body } = await reader.scrape({ accept: FORMATS[format] });
  const page = await readBody(body);
  expect(status, page.toString('utf8', 0, 500)).toBe(200);
  return format === 'protobuf' ? readProtobuf(page) : readText(page.toString(), format);
}

function readText(page: string, format: 'text' | 'openmetrics'): Values {
  const values = new Map<string, number>();
  for (const family of parseExposition(page, format).values()) {
    for (const { name, labels, value } of family.samples) {
      if (!name.endsWith('_bucket') && !name.endsWith('_sum')) values.set(seriesText(stem(name), [...labels]), value);
    }
  }
  return values;
}

function readProtobuf(page: Buffer): Values {
  const values = new Map<string, number>();
  const reader = protobuf.Reader.create(page);
  while (reader.pos < reader.len) {
    const family = FAMILY.toObject(FAMILY.decodeDelimited(reader), { longs: Number }) as ProtobufFamily;
    for (const { label = [], gauge, counter, histogram } of family.metric ?? []) {
      const labels = label.map(({ name, value }) => [name, value] as const);
      const value = histogram === undefined ? ((gauge ?? counter)?.value ?? 0) : (histogram.count ?? 0);
      values.set(seriesText(stem(family.name), labels), value);
    }
  }
  return values;
}

function stem(name: string): string {
  return name.replace(/_(total|count)$/, '');
}

function seriesText(name: string, labels: readonly (readonly [string, string])[]): string {
  return `${name}${JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}

/** Returns the sum of all series of a family. */
export function totalOf(values: Values, name: string): number {
  let total = 0;
  for (const [series, value] of values) if (series.startsWith(`${name}[`)) total += value;
  return total;
}
