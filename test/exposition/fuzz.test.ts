import type { Attributes } from '@opentelemetry/api';
import { type DataPoint, DataPointType, type Histogram, type MetricData } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CollectedStream } from '../../src/collection/slices';
import { type ExpositionFormat, parseExposition } from '../../src/exposition/decode/parser';
import { sampleValue } from '../../src/exposition/encode/numbers';
import { openMetricsText } from '../../src/exposition/encode/openmetrics';
import { PROMETHEUS_TEXT, type TextDialect, writeText } from '../../src/exposition/encode/text';
import type { Family } from '../../src/exposition/families';
import { type FamilyOptions, FamilyPlanner } from '../../src/exposition/family-planner';
import { readPoints } from '../../src/exposition/family-points';
import { type EscapingScheme, escapeName, isLegacyName } from '../../src/exposition/names/escape';
import { TRANSLATION_STRATEGIES } from '../../src/exposition/names/translate';
import { defineCatalog } from '../../src/instruments';

/** Text of every kind: quotes, line ends, emoji, lone surrogates, the names of accessors. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '\n', '\r', '\t', '{', '}', ',', '=', '#', ' ', 'a', '\ud800', '🦀', '\0'),
  }),
  fc.constantFrom('', '__proto__', 'constructor', 'le', '__name__', '1st', 'a.b', 'a_b', 'ünï'),
);
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, 1e300, 5e-324, Number.NaN, Infinity, -Infinity),
);
const count = fc.nat({ max: 2 ** 40 });
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(
  text,
  fc.oneof(text, fc.double(), fc.boolean(), fc.array(text, { maxLength: 2 })),
  { maxKeys: 4 },
);

/** Points of one metric: an SDK has one for each attribute set. */
function points<T>(value: fc.Arbitrary<T>): fc.Arbitrary<[T, Attributes][]> {
  return fc.uniqueArray(fc.tuple(value, attributes), {
    maxLength: 3,
    selector: ([, given]) => JSON.stringify(Object.entries(given).sort()),
  });
}

const point = (value: unknown, given: Attributes): DataPoint<unknown> => ({
  startTime: [1, 5e8],
  endTime: [2, 0],
  attributes: given,
  value,
});

const bounds = fc
  .uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 4 })
  .map((all) => all.sort((a, b) => a - b));

const histogramValue = (boundaries: readonly number[]): fc.Arbitrary<Histogram> =>
  fc
    .tuple(fc.array(count, { minLength: boundaries.length + 1, maxLength: boundaries.length + 1 }), number)
    .map(([counts, sum]) => ({
      sum,
      count: counts.reduce((total, each) => total + each, 0),
      buckets: { boundaries: [...boundaries], counts },
    }));

const metric: fc.Arbitrary<MetricData> = fc
  .record({ name: text, description: text, unit: fc.constantFrom('', 's', 'By', '1', '{x}', 'ü') })
  .chain(({ name, description, unit }) => {
    const descriptor = { name, description, unit, valueType: 1 } as unknown as MetricData['descriptor'];
    const base = { descriptor, aggregationTemporality: 1 };
    const numbers = points(number);
    return fc.oneof(
      numbers.map((all) => ({
        ...base,
        dataPointType: DataPointType.GAUGE,
        dataPoints: all.map(([value, given]) => point(value, given)),
      })),
      points(count).map((all) => ({
        ...base,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: all.map(([value, given]) => point(value, given)),
      })),
      bounds.chain((boundaries) =>
        points(histogramValue(boundaries)).map((all) => ({
          ...base,
          dataPointType: DataPointType.HISTOGRAM,
          dataPoints: all.map(([value, given]) => point(value, given)),
        })),
      ),
    ) as fc.Arbitrary<MetricData>;
  });

const FORMATS: readonly (readonly [ExpositionFormat, TextDialect])[] = [
  ['text', PROMETHEUS_TEXT],
  ['openmetrics', openMetricsText(false)],
  ['openmetrics', openMetricsText(true)],
];

const SCHEMES: readonly EscapingScheme[] = ['allow-utf-8', 'underscores', 'dots', 'values'];

const OPTIONS = { scopeInfo: true, targetInfo: false, isResourceLabel: () => false } as const;

function plan(metrics: readonly MetricData[], options: FamilyOptions): readonly Family[] {
  const scope = { name: 'fuzz' };
  const streams = metrics.map(
    ({ dataPoints, ...metadata }) =>
      ({ ...metadata, scope, size: dataPoints.length, slices: () => [dataPoints] }) as unknown as CollectedStream,
  );
  return new FamilyPlanner(options).plan({ resource: { attributes: {} }, streams }).families;
}

/** Writes a page. Returns it with the families that the format cannot represent. */
function write(families: readonly Family[], dialect: TextDialect): { page: string; conflicts: Set<Family> } {
  const conflicts = new Set<Family>();
  const pieces = writeText(families, dialect, {
    wrote: () => {},
    failed: (_, error) => {
      throw error;
    },
    conflicting: (family) => void conflicts.add(family),
  });
  const page = Buffer.concat([...pieces].filter((piece) => piece !== undefined)).toString();
  return { page, conflicts };
}

/** Counters are compared without their suffix: OpenMetrics adds it to those that have none. */
const stem = (name: string) => name.replace(/_total$/, '');

/** A series as both a page and the data have it: its labels, sorted, and a value as text. */
const seriesKey = (name: string, labels: Iterable<readonly [string, string]>, value: number) =>
  JSON.stringify([stem(name), [...labels].sort(), sampleValue(value)]);

/** The series of families: for a histogram its infinite bucket, which counts all. */
function expectedSeries(families: readonly Family[], conflicts: ReadonlySet<Family>): Set<string> {
  const expected = new Set<string>();
  for (const family of families.filter((each) => !conflicts.has(each))) {
    for (const run of readPoints(family)) {
      for (const { attributes: given, value } of run?.points ?? []) {
        const pairs = run?.labels
          .pairs(given)
          .map((pair) => pair.map((each) => each.toWellFormed()) as [string, string]);
        const name = family.name.toWellFormed();
        if (family.type !== 'histogram') expected.add(seriesKey(name, pairs ?? [], value as number));
        else expected.add(seriesKey(`${name}_bucket`, [...(pairs ?? []), ['le', '+Inf']], (value as Histogram).count));
      }
    }
  }
  return expected;
}

describe('an exposition', () => {
  it('parses back to the data it was written from, in every format, under every strategy and escaping scheme', () => {
    fc.assert(
      fc.property(
        fc.array(metric, { maxLength: 4 }),
        fc.constantFrom(...TRANSLATION_STRATEGIES),
        fc.constantFrom(...SCHEMES),
        (metrics, strategy, escaping) => {
          const scheme = strategy.startsWith('Underscore') ? 'underscores' : escaping;
          const families = plan(metrics, { ...OPTIONS, strategy, escaping: scheme });
          for (const [format, dialect] of FORMATS) {
            const { page, conflicts } = write(families, dialect);
            const expected = expectedSeries(families, conflicts);
            const found = new Set<string>();
            for (const family of parseExposition(page, format).values()) {
              for (const { name, labels, value } of family.samples) {
                const key = seriesKey(name, labels, value);
                const isPart = /_(bucket|sum|count|created)$/.test(name) && !expected.has(key);
                if (!isPart) found.add(key);
              }
            }
            expect(found).toEqual(expected);
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('keeps help texts', () => {
    fc.assert(
      fc.property(text, (description) => {
        const name = 'fuzz_help';
        const descriptor = { name, description, unit: '', valueType: 1 } as unknown as MetricData['descriptor'];
        const gauge = {
          descriptor,
          aggregationTemporality: 1,
          dataPointType: DataPointType.GAUGE,
          dataPoints: [point(1, {})],
        } as MetricData;
        const families = plan([gauge], { ...OPTIONS, strategy: 'NoTranslation', escaping: 'underscores' });
        for (const [format, dialect] of FORMATS) {
          const { page } = write(families, dialect);
          const help = parseExposition(page, format).get(name)?.help ?? '';
          // The text format skips blanks before a help text.
          const meant = description.toWellFormed();
          expect(help).toBe(format === 'text' ? meant.replace(/^[ \t]+/, '') : meant);
        }
      }),
    );
  });

  it('names documented metrics alike in every format', () => {
    const catalog = defineCatalog({
      name: 'fuzz-documented',
      metrics: { a: { name: 'fuzz_exact__name', instrument: 'gauge', description: 'A' } },
    });
    for (const scheme of SCHEMES) expect(escapeName(catalog.metrics.a.name, scheme, 'metric')).toBe('fuzz_exact__name');
  });

  it('an escaped name is a legacy name under every scheme but the one that keeps UTF-8', () => {
    fc.assert(
      fc.property(
        text.filter((name) => name !== ''),
        fc.constantFrom(...SCHEMES.slice(1)),
        (name, scheme) => {
          expect(isLegacyName(escapeName(name, scheme, 'label'), 'label')).toBe(true);
        },
      ),
    );
  });
});
