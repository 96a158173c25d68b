import { describe, expect, it } from 'vitest';
import type { Summary } from '../../src/collection/summary-point';
import { parseExposition } from '../../src/exposition/decode/parser';
import { openMetricsText } from '../../src/exposition/encode/openmetrics';
import { writeProtobuf } from '../../src/exposition/encode/protobuf';
import { PROMETHEUS_TEXT, type TextDialect, writeText } from '../../src/exposition/encode/text';
import { listenToDiagnostics } from '../diagnostics';
import { hasPromtoolJudge, promtoolVerdict } from '../judges/promtool';
import { encode, plan, type Series, stream } from './streams';

const summary = (count: number, sum: number, ...quantiles: [number, number][]): Summary => ({
  count,
  sum,
  quantiles: quantiles.map(([quantile, value]) => ({ quantile, value })),
});

const SERIES: Series[] = [
  [{ method: 'get' }, summary(3, 6.5, [0.5, 2], [0.99, 4])],
  [{}, summary(0, 0, [1, Number.NaN])],
];

function write(series: readonly Series[], dialect: TextDialect): string {
  const streams = [stream('summary', 'latency_seconds', series, { description: 'Latency' })];
  const { pieces } = encode((families, options) => writeText(families, dialect, options), plan(streams).families);
  return Buffer.concat(pieces).toString();
}

describe('a summary', () => {
  it('is written as quantiles, sum and count in the text format', () => {
    const page = write(SERIES, PROMETHEUS_TEXT);
    expect(page).toBe(
      [
        '# HELP latency_seconds Latency',
        '# TYPE latency_seconds summary',
        'latency_seconds{method="get",quantile="0.5"} 2',
        'latency_seconds{method="get",quantile="0.99"} 4',
        'latency_seconds_sum{method="get"} 6.5',
        'latency_seconds_count{method="get"} 3',
        'latency_seconds{quantile="1"} NaN',
        'latency_seconds_sum 0',
        'latency_seconds_count 0',
        '',
      ].join('\n'),
    );
    expect(parseExposition(page).get('latency_seconds')).toMatchObject({ type: 'summary', help: 'Latency' });
  });

  it.skipIf(!hasPromtoolJudge)('is accepted by promtool', () => {
    expect(promtoolVerdict(write(SERIES, PROMETHEUS_TEXT))).toBeUndefined();
  });

  it('is written in OpenMetrics with canonical quantiles and a start time', () => {
    const page = write(SERIES, openMetricsText(true));
    expect(page).toContain('latency_seconds{quantile="1.0"} NaN\n');
    expect(page).toContain('latency_seconds_created{method="get"} 1700000000.500\n');
    expect(parseExposition(page, 'openmetrics').get('latency_seconds')?.type).toBe('summary');
  });

  // OpenMetrics 1.0, "Summary": quantile values and sums must not be negative.
  it('is written in OpenMetrics without quantiles and totals that are negative', () => {
    const page = write([[{}, summary(2, -3, [0.1, -2], [0.9, 1])]], openMetricsText(false));
    expect(page.split('\n').filter((line) => !line.startsWith('#'))).toEqual(['latency_seconds{quantile="0.9"} 1', '']);
  });

  it('is written as a Summary message in protobuf', () => {
    const streams = [stream('summary', 's', [[{}, summary(3, 6.5, [0.5, 2])]])];
    const bytes = Buffer.concat(encode(writeProtobuf, plan(streams).families).pieces);
    const double = (tag: number, value: number) => {
      const field = Buffer.alloc(9, tag);
      field.writeDoubleLE(value, 1);
      return field;
    };
    const quantile = Buffer.concat([double(0x09, 0.5), double(0x11, 2)]);
    const start = Buffer.concat([
      Buffer.of(0x08),
      Buffer.from('80e2cfaa06', 'hex'),
      Buffer.of(0x10),
      Buffer.from('80cab5ee01', 'hex'),
    ]);
    const message = Buffer.concat([
      Buffer.of(0x08, 3),
      double(0x11, 6.5),
      Buffer.of(0x1a, quantile.length),
      quantile,
      Buffer.of(0x22, start.length),
      start,
    ]);
    // `MetricType.SUMMARY`, and the message in field 4 of `Metric`.
    expect(bytes.includes(Buffer.of(0x18, 2))).toBe(true);
    expect(bytes.includes(Buffer.concat([Buffer.of(0x22, message.length), message]))).toBe(true);
  });

  it('owns the names of its sum and its count', () => {
    const diagnostics = listenToDiagnostics();
    const streams = [stream('summary', 'a', [[{}, summary(1, 1)]]), stream('gauge', 'a_sum', [[{}, 1]])];
    expect(plan(streams).families.map(({ name }) => name)).toEqual(['a']);
    expect(diagnostics.codes()).toEqual(['conflict']);
    diagnostics.stop();
  });

  it('keeps its label quantile apart from an attribute of that name', () => {
    const page = write([[{ quantile: 'mine' }, summary(1, 1, [0.5, 1])]], PROMETHEUS_TEXT);
    expect(page).toContain('latency_seconds{exported_quantile="mine",quantile="0.5"} 1\n');
  });

  it('with a quantile above 1 is left out and reported', () => {
    const diagnostics = listenToDiagnostics();
    expect(write([[{}, summary(1, 1, [1.5, 1])]], PROMETHEUS_TEXT)).not.toContain('latency_seconds_count');
    expect(diagnostics.codes()).toEqual(['encode']);
    diagnostics.stop();
  });
});
