import { describe, expect, it } from 'vitest';
import { ParseError } from '../../../src/exposition/decode/parse-error';
import { parseExposition } from '../../../src/exposition/decode/parser';
import { hasOpenMetricsJudge, openMetricsVerdicts } from '../../judges/client-python';
import { counter, gaugeHistogram, histogram, type RefusedPage, refusal, summary, withEof } from './pages';

const parse = (page: string) => parseExposition(withEof(page), 'openmetrics');

/** What OpenMetrics 1.0 allows. */
const ACCEPTED: readonly (readonly [allowed: string, page: string])[] = [
  ['an empty page', ''],
  ['a sample without metadata', 'a 1\n'],
  ['metadata without samples', '# TYPE a counter\n'],
  ['empty metadata', '# HELP a \n# UNIT a \n'],
  ['metadata in any order', '# HELP a_s x\n# UNIT a_s s\n# TYPE a_s gauge\na_s 1\n'],
  ['empty braces', 'a{} 1\n'],
  ['an empty label value', 'a{b=""} 1\n'],
  ['braces, commas and hashes in a label value', 'a{b="{x},y # z"} 1\n'],
  ['any Unicode character in a label value', 'a{b="\u0000\r\té☃😀"} 1\n'],
  ['escaped characters', '# HELP a \\" \\\\ \\n\na{b="\\" \\\\ \\n"} 1\n'],
  ['a backslash before any other character', '# HELP a C:\\dir\na{b="C:\\dir"} 1\n'],
  ['a quote in a help text', '# HELP a say "x"\n'],
  ['numbers of all forms', 'a 1\nb -2.5\nc +0012.\nd .5e-3\ne 1E6\nf 9223372036854775808\n'],
  ['special numbers in any case', 'a NaN\nb nan\nc +Inf\nd -inf\ne Infinity\n'],
  ['a timestamp with a fraction, a sign or an exponent', 'a 1 1.5\nb 1 -1\nc 1 1.5e3\n'],
  ['a counter with its creation time', counter('c_total 1', 'c_created 1.5')],
  ['a counter whose creation time comes first', counter('c_created 1.5', 'c_total 1')],
  ['a counter that is infinite', counter('c_total +Inf')],
  ['an exemplar', counter('c_total{a="b"} 1 # {trace_id="x"} 0.5 1600000000.123')],
  ['an exemplar behind a timestamp', counter('c_total 1 5 # {} NaN')],
  ['an exemplar of 128 characters', counter(`c_total 1 # {a="${'😀'.repeat(127)}"} 1`)],
  ['an exemplar on a bucket', histogram('h_bucket{le="1.0"} 1 # {a="b"} 1', 'h_bucket{le="+Inf"} 1')],
  ['an exemplar on the bucket of a gauge histogram', gaugeHistogram('h_bucket{le="+Inf"} 1 # {} 1')],
  ['a complete histogram', histogram('h_bucket{le="1.0"} 1', 'h_bucket{le="+Inf"} 2', 'h_count 2', 'h_sum 3')],
  ['a histogram with its creation time', histogram('h_bucket{le="+Inf"} 0', 'h_count 0', 'h_sum 0', 'h_created 5')],
  ['a histogram of buckets alone', histogram('h_bucket{le="+Inf"} 2')],
  ['negative bounds without a sum', histogram('h_bucket{le="-1.0"} 0', 'h_bucket{le="+Inf"} 3')],
  ['bounds that are not canonical', histogram('h_bucket{le="1"} 0', 'h_bucket{le="1e+05"} 0', 'h_bucket{le="+Inf"} 3')],
  [
    'several histograms of a family',
    histogram('h_bucket{a="1",le="+Inf"} 1', 'h_bucket{le="+Inf",a="2"} 0', 'h_count{a="2"} 0', 'h_sum{a="2"} 0'),
  ],
  [
    'a gauge histogram with negative bounds and a negative sum',
    gaugeHistogram('h_bucket{le="-1.0"} 1', 'h_bucket{le="+Inf"} 3', 'h_gcount 3', 'h_gsum -5'),
  ],
  ['a complete summary', summary('s{quantile="0.5"} 1', 's{quantile="1"} NaN', 's_count 2', 's_sum 3', 's_created 5')],
  ['a summary without quantiles', summary('s_sum 3')],
  ['an info', '# TYPE i info\ni_info{a="b"} 1\ni_info{a="c"} 1.0\n'],
  ['points of an info in any order', '# TYPE i info\ni_info{a="1"} 1 1\ni_info{a="2"} 1 0\n'],
  ['a state set', '# TYPE s stateset\ns{s="on"} 0\ns{s="off"} 1.0\n'],
  ['a family of type unknown', '# TYPE u unknown\nu -1\n'],
  ['points of a series in order', '# TYPE a gauge\na{b="1"} 1 1\na{b="1"} 2 1.0000001\na{b="2"} 1 0\n'],
  ['points of a series at one time', '# TYPE a gauge\na 1 0\na 2 0\n'],
  ['a unit that is a part of the name', '# TYPE c_seconds counter\n# UNIT c_seconds seconds\nc_seconds_total 1\n'],
  ['a family whose name begins with that of another', 'a 1\na_b 1\n'],
];

/** What OpenMetrics 1.0 allows and the foreign parser refuses: it forgets the second bucket of the second point. */
const ACCEPTED_HERE_ALONE: typeof ACCEPTED = [
  [
    'several points of a histogram',
    histogram('h_bucket{le="1.0"} 1 1', 'h_bucket{le="+Inf"} 1 1', 'h_bucket{le="1.0"} 0 2', 'h_bucket{le="+Inf"} 0 2'),
  ],
];

/** What OpenMetrics 1.0 forbids. The foreign parser refuses these as well. */
const REFUSED: readonly RefusedPage[] = [
  ['a blank line', '\n', 'syntax', 1, 1],
  ['a comment', '# comment\n', 'syntax', 1, 3],
  ['a hash without a space', '#HELP a x\n', 'syntax', 1, 1],
  ['a space before a sample', ' a 1\n', 'syntax', 1, 1],
  ['two spaces before a value', 'a  1\n', 'invalid_value', 1, 3],
  ['a space behind a value', 'a 1 \n', 'invalid_value', 1, 5],
  ['a carriage return at the end of a line', 'a 1 1\r\n', 'invalid_value', 1, 5],
  ['a sample without a value', 'a\n', 'syntax', 1, 2],
  ['an invalid metric name', '1a 1\n', 'invalid_value', 1, 1],
  ['a dot in a metric name', 'a.b 1\n', 'syntax', 1, 2],
  ['an invalid label name', 'a{1="b"} 1\n', 'invalid_value', 1, 3],
  ['a label without a value', 'a{b} 1\n', 'syntax', 1, 4],
  ['a label value without quotes', 'a{b=c} 1\n', 'syntax', 1, 5],
  ['a label value without its end', 'a{b="c} 1\n', 'syntax', 1, 10],
  ['labels without a comma', 'a{b="c"d="e"} 1\n', 'syntax', 1, 8],
  ['two commas', 'a{b="c",,d="e"} 1\n', 'syntax', 1, 9],
  ['a comma before the closing brace', 'a{b="c",} 1\n', 'syntax', 1, 9],
  ['a repeated label', 'a{b="c",b="d"} 1\n', 'duplicate', 1, 9],
  ['a hexadecimal value', 'a 0x1p-3\n', 'invalid_value', 1, 3],
  ['an underscore in a value', 'a 1_000\n', 'invalid_value', 1, 3],
  ['a timestamp that is not a number', 'a 1 NaN\n', 'invalid_value', 1, 5],
  ['an infinite timestamp', 'a 1 +Inf\n', 'invalid_value', 1, 5],
  ['metadata without a text', '# HELP a\n', 'syntax', 1, 9],
  ['a type of the text format', '# TYPE a untyped\n', 'invalid_value', 1, 10],
  ['a second TYPE line', '# TYPE a gauge\n# TYPE a gauge\n', 'duplicate', 2, 3],
  ['a second empty HELP line', '# HELP a \n# HELP a \n', 'duplicate', 2, 3],
  ['metadata behind samples', '# TYPE a gauge\na 1\n# HELP a x\n', 'order', 3, 3],
  ['a unit that the name does not end with', '# TYPE a gauge\n# UNIT a seconds\n', 'invalid_value', 2, 10],
  ['a space behind a unit', '# UNIT a_s s \n', 'invalid_value', 1, 12],
  ['an info with a unit', '# TYPE a_s info\n# UNIT a_s s\n', 'invalid_value', 1, 8],
  ['a state set with a unit', '# TYPE a_s stateset\n# UNIT a_s s\n', 'invalid_value', 1, 8],
  ['families that clash', '# TYPE c_created gauge\n# TYPE c counter\n', 'clash', 2, 8],
  ['a histogram that clashes with a gauge', '# TYPE h_sum gauge\n# TYPE h histogram\n', 'clash', 2, 8],
  ['a family that is named like a sample of another', '# TYPE h histogram\n# TYPE h_count counter\n', 'clash', 2, 8],
  ['mixed presence of timestamps', '# TYPE a gauge\na 1\na 2 1\n', 'missing', 3, 1],
  ['timestamps that decrease', '# TYPE a gauge\na 1 2\na 2 1.9\n', 'order', 3, 1],
  [
    'metrics that are interleaved',
    '# TYPE s summary\ns_count{a="1"} 1\ns_count{a="2"} 1\ns_sum{a="1"} 1\n',
    'order',
    4,
    1,
  ],
  ['a counter that is negative', counter('c_total -1'), 'invalid_value', 2, 1],
  ['a counter that is not a number', counter('c_total NaN'), 'invalid_value', 2, 1],
  ['an exemplar on a gauge', '# TYPE a gauge\na 1 # {} 1\n', 'invalid_value', 2, 1],
  ['an exemplar on a sum', histogram('h_sum 1 # {} 1'), 'invalid_value', 2, 1],
  ['an exemplar on a creation time', counter('c_total 1', 'c_created 1 # {} 1'), 'invalid_value', 3, 1],
  ['an exemplar without a value', counter('c_total 1 # {}'), 'syntax', 2, 15],
  ['an exemplar without labels', counter('c_total 1 # 1'), 'syntax', 2, 11],
  ['an exemplar of 129 characters', counter(`c_total 1 # {a="${'x'.repeat(128)}"} 1`), 'invalid_value', 2, 11],
  ['an exemplar with an infinite timestamp', counter('c_total 1 # {} 1 +Inf'), 'invalid_value', 2, 18],
  ['a histogram without buckets', histogram('h_count 1', 'h_sum 1'), 'missing', 2, 1],
  ['a histogram without an infinite bucket', histogram('h_bucket{le="1.0"} 1'), 'missing', 2, 1],
  ['an infinite bound in other letters', histogram('h_bucket{le="+INF"} 1'), 'invalid_value', 2, 1],
  ['a bucket without a bound', histogram('h_bucket 1'), 'missing', 2, 1],
  ['a bound that is not a number', histogram('h_bucket{le="NaN"} 1'), 'invalid_value', 2, 1],
  [
    'bounds that decrease',
    histogram('h_bucket{le="2"} 0', 'h_bucket{le="1"} 0', 'h_bucket{le="+Inf"} 0'),
    'order',
    3,
    1,
  ],
  ['a bound twice', histogram('h_bucket{le="1"} 0', 'h_bucket{le="1.0"} 0', 'h_bucket{le="+Inf"} 0'), 'order', 3, 1],
  ['buckets that decrease', histogram('h_bucket{le="1"} 2', 'h_bucket{le="+Inf"} 1'), 'order', 3, 1],
  ['half an observation', histogram('h_bucket{le="+Inf"} 0.5'), 'invalid_value', 2, 1],
  ['a negative bucket', histogram('h_bucket{le="+Inf"} -1'), 'invalid_value', 2, 1],
  [
    'a count that differs from the last bucket',
    histogram('h_bucket{le="+Inf"} 1', 'h_count 2', 'h_sum 1'),
    'invalid_value',
    2,
    1,
  ],
  ['a sum without a count', histogram('h_bucket{le="+Inf"} 1', 'h_sum 1'), 'missing', 2, 1],
  ['a count without a sum', histogram('h_bucket{le="+Inf"} 1', 'h_count 1'), 'missing', 2, 1],
  ['a negative sum', histogram('h_bucket{le="+Inf"} 1', 'h_count 1', 'h_sum -1'), 'invalid_value', 4, 1],
  [
    'a sum with negative bounds',
    histogram('h_bucket{le="-1.0"} 0', 'h_bucket{le="+Inf"} 1', 'h_count 1', 'h_sum 1'),
    'invalid_value',
    2,
    1,
  ],
  [
    'an incomplete point of a histogram',
    histogram('h_bucket{le="1.0"} 1 1', 'h_bucket{le="1.0"} 1 2', 'h_bucket{le="+Inf"} 1 2'),
    'missing',
    2,
    1,
  ],
  ['a gauge histogram without an infinite bucket', gaugeHistogram('h_gcount 1', 'h_gsum 1'), 'missing', 2, 1],
  [
    'a negative sum of a gauge histogram without negative bounds',
    gaugeHistogram('h_bucket{le="+Inf"} 1', 'h_gcount 1', 'h_gsum -1'),
    'invalid_value',
    2,
    1,
  ],
  ['a quantile above 1', summary('s{quantile="1.01"} 1'), 'invalid_value', 2, 1],
  ['a quantile that is not a number', summary('s{quantile="x"} 1'), 'invalid_value', 2, 1],
  ['a summary without a quantile', summary('s 1'), 'missing', 2, 1],
  ['a negative value of a quantile', summary('s{quantile="0.5"} -1'), 'invalid_value', 2, 1],
  ['a negative count of a summary', summary('s_count -1'), 'invalid_value', 2, 1],
  ['half a count of a summary', summary('s_count 0.5'), 'invalid_value', 2, 1],
  ['a sum of a summary that is not a number', summary('s_sum NaN'), 'invalid_value', 2, 1],
  ['an info other than 1', '# TYPE i info\ni_info 2\n', 'invalid_value', 2, 1],
  ['a state other than 0 and 1', '# TYPE s stateset\ns{s="x"} 2\n', 'invalid_value', 2, 1],
  ['a state without its label', '# TYPE s stateset\ns 1\n', 'missing', 2, 1],
];

/** What OpenMetrics 1.0 forbids and the foreign parser accepts. */
const REFUSED_HERE_ALONE: readonly RefusedPage[] = [
  ['a counter sample without its suffix', '# TYPE c counter\nc 1\n', 'invalid_value', 2, 1],
  ['a family that is interrupted', '# TYPE a gauge\na 1\nb 1\na{c="d"} 2\n', 'order', 4, 1],
  ['a series twice', 'a{b="c",d="e"} 1\na{d="e",b="c"} 1\n', 'duplicate', 2, 1],
  ['a byte order mark', '\ufeffa 1\n', 'syntax', 1, 1],
  ['half of a character', 'a{b="\ud800"} 1\n', 'invalid_value', 1, 5],
  ['a value out of range', 'a 1e999\n', 'invalid_value', 1, 3],
  ['a NaN with a sign', 'a +NaN\n', 'invalid_value', 1, 3],
  ['a backslash at the end of a help text', '# HELP a x\\\n', 'syntax', 1, 11],
  ['the reserved label __name__', 'a{__name__="b"} 1\n', 'invalid_value', 1, 3],
  ['an unknown type', '# TYPE a meh\n', 'invalid_value', 1, 10],
  ['a counter without a total', counter('c_created 1'), 'missing', 2, 1],
  ['a creation time that is not a number', counter('c_total 1', 'c_created NaN'), 'invalid_value', 3, 1],
  ['a bound on a sum', histogram('h_bucket{le="+Inf"} 1', 'h_count 1', 'h_sum{le="1"} 1'), 'invalid_value', 4, 1],
  ['a quantile on a sum', summary('s_sum{quantile="0.5"} 1'), 'invalid_value', 2, 1],
  [
    'an exemplar above the bound of its bucket',
    histogram('h_bucket{le="1.0"} 1 # {} 1.1', 'h_bucket{le="+Inf"} 1'),
    'invalid_value',
    2,
    1,
  ],
];

describe('parseExposition of OpenMetrics', () => {
  it.each([...ACCEPTED, ...ACCEPTED_HERE_ALONE])('accepts %s', (_, page) => {
    expect(() => parse(page)).not.toThrow();
  });

  it.each([...REFUSED, ...REFUSED_HERE_ALONE])('refuses %s', (_, page, code, line, column) => {
    const error = refusal(() => parse(page));
    expect(error).toBeInstanceOf(ParseError);
    expect(error).toMatchObject({ code, line, column });
  });

  it.runIf(hasOpenMetricsJudge)("agrees with the strict parser of Prometheus's Python client", () => {
    const pages = [...ACCEPTED.map(([, page]) => page), ...REFUSED.map(([, page]) => page)].map(withEof);
    const verdicts = openMetricsVerdicts(pages);
    const disagreements = pages.filter((_, i) => (verdicts[i] === undefined) !== i < ACCEPTED.length);
    expect(disagreements).toEqual([]);
  });

  it.each([
    ['# EOF\n', undefined],
    ['# EOF', undefined],
    ['a 1\n', [2, 1, 'missing']],
    ['', [1, 1, 'missing']],
    ['# EOF\n\n', [2, 1, 'syntax']],
    ['# EOF\na 1\n', [2, 1, 'syntax']],
    ['# EOFx', [1, 6, 'syntax']],
  ])('requires %j to end with # EOF alone', (page, expected) => {
    const error = refusal(() => parseExposition(page, 'openmetrics'));
    expect(error && [error.line, error.column, error.code]).toEqual(expected);
  });

  it('returns exemplars, and all timestamps in milliseconds', () => {
    const families = parse(counter('c_total{a="b"} 2 1600000000.123 # {trace_id="x"} 0.5 16.5'));
    expect(families.get('c')?.samples).toEqual([
      {
        name: 'c_total',
        labels: new Map([['a', 'b']]),
        value: 2,
        timestamp: 1_600_000_000_123,
        exemplar: { labels: new Map([['trace_id', 'x']]), value: 0.5, timestamp: 16_500 },
      },
    ]);
  });

  it('returns families with their metadata, and empty metadata as none', () => {
    const families = parse('# TYPE a_s gauge\n# UNIT a_s s\n# HELP a_s say \\"x\\"\\n\n# HELP b \n# UNIT b \nb 1\n');
    expect([...families.values()]).toEqual([
      { name: 'a_s', type: 'gauge', help: 'say "x"\n', unit: 's', samples: [] },
      expect.objectContaining({ name: 'b', type: 'unknown', help: undefined, unit: undefined }),
    ]);
  });

  it('returns the first of the samples of a series that have the same timestamp', () => {
    const samples = parse('# TYPE a gauge\na 1 0\na 2 0\na 3 1\n').get('a')?.samples ?? [];
    expect(samples.map(({ value }) => value)).toEqual([1, 3]);
  });

  it('reads quoted names, as Prometheus 3 does', () => {
    const page = '# TYPE "http.requests" counter\n{"http.requests_total","http.route"="/",b="c"} 1\n';
    const [family] = parse(page).values();
    expect(family).toMatchObject({ name: 'http.requests', type: 'counter' });
    expect(family?.samples[0]?.labels).toEqual(new Map(Object.entries({ 'http.route': '/', b: 'c' })));
  });
});
