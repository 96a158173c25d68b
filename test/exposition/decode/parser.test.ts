import { describe, expect, it } from 'vitest';
import { ParseError } from '../../../src/exposition/decode/parse-error';
import { parseExposition } from '../../../src/exposition/decode/parser';
import { hasPromtool, promtoolCheckMetrics } from '../../servers/prometheus';

function samplesOf(page: string, format: 'text' | 'openmetrics' = 'text'): unknown[] {
  return [...parseExposition(page, format).values()].flatMap(({ samples }) =>
    samples.map(({ name, labels, value, timestamp }) => [name, Object.fromEntries(labels), value, timestamp]),
  );
}

const ACCEPTED = [
  'a 1\n',
  '\n\n  \t\n',
  '',
  'a 1\nb 2\na 3\n',
  '# a comment\na 1\n',
  '#\n#HELP\na 1\n',
  '# HELP a\na 1\n',
  '# HELP a some \\\\ text \\n more\n# TYPE a counter\na 1\n',
  '# TYPE a GAUGE\na 1\n',
  ' a 1\n',
  'a\t1\n',
  'a{} 1\n',
  'a{b="c"} 1\n',
  'a{b="c",} 1\n',
  'a { b = "c" , d = "e" } 1 1234\n',
  'a{b="\\"\\\\\\n"} 1\n',
  'a +1.5e3\n',
  'a -.5\n',
  'a 5.\n',
  'a NaN\n',
  'a nan\n',
  'a +Inf\n',
  'a -Inf\n',
  'a inf\n',
  'a infinity\n',
  'a 1 -5\n',
  'a:b 1\n',
  '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
  '# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 1\ns_count 1\n',
  '# HELP a\n# HELP a text\na 1\n',
  '# TYPE a\na 1\n',
];

const REFUSED: readonly (readonly [page: string, line: number, column: number, reason: string])[] = [
  ['a', 1, 2, 'a value is a number, found ""'],
  ['a 1', 1, 4, 'the page ends in the middle of a line, after the value'],
  ['a x\n', 1, 3, 'a value is a number, found "x"'],
  ['a 0x1p-2\n', 1, 3, 'a value is a number, found "0x1p-2"'],
  ['a 1_000\n', 1, 3, 'a value is a number, found "1_000"'],
  ['a 1 1.5\n', 1, 5, 'a timestamp is a whole number, found "1.5"'],
  ['a 1 2 3\n', 1, 7, '"\\n" is expected after the timestamp, found "3"'],
  ['1a 1\n', 1, 1, 'invalid metric name "1a"'],
  ['\na-b 1\n', 2, 2, 'a value is a number, found "-b"'],
  ['a{1b="c"} 1\n', 1, 3, 'invalid label name "1b"'],
  ['a{b:c="d"} 1\n', 1, 3, 'invalid label name "b:c"'],
  ['a{b="c" d="e"} 1\n', 1, 9, '"," or "}" is expected after a label, found "d"'],
  ['a{b=c} 1\n', 1, 5, 'a quoted value is expected for label b, found "c"'],
  ['a{b} 1\n', 1, 4, '"=" is expected after the label name b, found "}"'],
  ['a{b="c\n"} 1\n', 1, 7, 'the closing quote is missing'],
  ['a{b="\\x"} 1\n', 1, 6, 'invalid escape sequence \\x'],
  ['a{b="c",b="d"} 1\n', 1, 9, 'the label b is there twice'],
  ['a{__name__="b"} 1\n', 1, 3, 'the label name "__name__" is reserved'],
  ['{b="c"} 1\n', 1, 1, 'the sample has no metric name'],
  ['# HELP a \\x\na 1\n', 1, 10, 'invalid escape sequence \\x'],
  ['# HELP a x\n# HELP a y\na 1\n', 2, 8, 'a second HELP line for a'],
  ['# TYPE a counter\n# TYPE a gauge\na 1\n', 2, 8, 'a second TYPE line for a'],
  ['a 1\n# TYPE a gauge\n', 2, 8, 'TYPE of a stands behind its samples'],
  ['# TYPE a nonsense\na 1\n', 1, 10, 'unknown metric type "nonsense"'],
  ['# TYPE h histogram\nh_bucket{le="x"} 1\n', 2, 1, 'the label le is a number, found "x"'],
  ['a 1e999\n', 1, 3, 'a value is a number, found "1e999"'],
];

describe('the text format', () => {
  it.each(ACCEPTED)('accepts %j', (page) => {
    expect(() => parseExposition(page)).not.toThrow();
  });

  it.each(REFUSED)('refuses %j at line %i, column %i: %s', (page, line, column, reason) => {
    expect(() => parseExposition(page)).toThrow(new ParseError(line, column, reason));
  });

  it.skipIf(!hasPromtool)('is accepted and refused as Go does it, by promtool', async () => {
    const refuses = async (page: string) => {
      const { findings } = await promtoolCheckMetrics(page);
      return findings.some((line) => line.startsWith('error while linting'));
    };
    for (const page of ACCEPTED) expect([page, await refuses(page)]).toEqual([page, false]);
    for (const [page] of REFUSED) expect([page, await refuses(page)]).toEqual([page, true]);
  });

  it('gives families with their metadata and samples', () => {
    const families = parseExposition(
      '# HELP a A\\nb\n# TYPE a counter\na{x="1"} 5 1000\nloose NaN\n# TYPE h histogram\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n# HELP nothing no samples\n',
    );
    expect([...families.keys()]).toEqual(['a', 'loose', 'h']);
    expect(families.get('a')).toMatchObject({ type: 'counter', help: 'A\nb' });
    expect(families.get('loose')).toMatchObject({ type: 'unknown', help: undefined });
    expect(families.get('h')?.samples.map(({ name }) => name)).toEqual(['h_bucket', 'h_sum', 'h_count']);
  });

  it('takes quoted names outside the legacy set, as version 1.0.0 writes them', () => {
    expect(samplesOf('# TYPE "http.requests" counter\n{"http.requests","http.route"="/",b="c"} 1\n')).toEqual([
      ['http.requests', { 'http.route': '/', b: 'c' }, 1, undefined],
    ]);
  });
});

describe('OpenMetrics', () => {
  it.each([
    '# EOF\n',
    '# EOF',
    'a 1\n# EOF\n',
    '# TYPE a counter\n# EOF\n',
    '# TYPE a counter\n# HELP a text \\" \\\\ \\n\na_total 1\na_created 1.5\n# EOF\n',
    '# TYPE a counter\na_total{b="c"} 1 # {trace_id="x"} 0.5 1600000000.123\n# EOF\n',
    '# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1 1600000000.5\n# EOF\n',
    '# TYPE h histogram\nh_bucket{le="1.0"} 1 # {} 1\nh_bucket{le="+Inf"} 2\nh_count 2\nh_sum 3\n# EOF\n',
    '# TYPE i info\ni_info{a="b"} 1\n# TYPE s stateset\ns{s="x"} 0\n# EOF\n',
    '# TYPE u unknown\nu 1\n# EOF\n',
  ])('accepts %j', (page) => {
    expect(() => parseExposition(page, 'openmetrics')).not.toThrow();
  });

  it.each([
    ['a 1\n', 2, 1, 'the page ends without # EOF'],
    ['# EOF\na 1\n', 1, 7, 'nothing may follow # EOF'],
    ['\n# EOF\n', 1, 1, 'a metric name is expected, found "\\n"'],
    ['a  1\n# EOF\n', 1, 3, 'a value is a number, found ""'],
    ['# comment\n# EOF\n', 1, 3, 'HELP, TYPE, UNIT or EOF is expected, found "comment"'],
    ['# TYPE a counter\na 1\n# EOF\n', 2, 1, 'a counter has no sample of its own name'],
    ['# TYPE a counter\na_total -1\n# EOF\n', 2, 1, 'a_total is at least 0, found -1'],
    ['# TYPE a counter\na_total NaN\n# EOF\n', 2, 1, 'a_total is at least 0, found NaN'],
    [
      '# TYPE a gauge\na 1\nb 1\na{x="y"} 2\n# EOF\n',
      4,
      1,
      'the family a is there already; families do not interleave',
    ],
    ['a 1\na 1\n# EOF\n', 2, 1, 'the series is there already'],
    ['# TYPE a gauge\n# UNIT a seconds\n# EOF\n', 2, 10, 'a does not end with its unit seconds'],
    ['# TYPE a gauge\na 1 # {} 1\n# EOF\n', 2, 1, 'a sample of a gauge named a has no exemplar'],
    ['# TYPE h histogram\nh_bucket 1\n# EOF\n', 2, 1, 'the label le is a number, found ""'],
    ['# TYPE i info\ni_info 2\n# EOF\n', 2, 1, 'the value of an info is 1, found 2'],
    ['# TYPE a untyped\n# EOF\n', 1, 10, 'unknown metric type "untyped"'],
    ['# TYPE a gauge\n# TYPE a gauge\n# EOF\n', 2, 3, 'a second TYPE line for a'],
    ['# TYPE a gauge\na 1\n# HELP a x\n# EOF\n', 3, 3, 'HELP of a stands behind its samples'],
    [`# TYPE a counter\na_total 1 # {a="${'x'.repeat(128)}"} 1\n# EOF\n`, 2, 147, 'at most 128 characters, found 129'],
  ])('refuses %j', (page, line, column, reason) => {
    try {
      parseExposition(page, 'openmetrics');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ParseError);
      expect((error as ParseError).reason).toContain(reason);
      expect([(error as ParseError).line, (error as ParseError).column]).toEqual([line, column]);
    }
  });

  it('keeps exemplars', () => {
    const page = '# TYPE a counter\na_total 2 # {trace_id="x"} 0.5 16.5\n# EOF\n';
    const [sample] = parseExposition(page, 'openmetrics').get('a')?.samples ?? [];
    expect(sample?.exemplar).toEqual({ labels: new Map([['trace_id', 'x']]), value: 0.5, timestamp: 16.5 });
  });
});
