import { describe, expect, it } from 'vitest';
import { ParseError } from '../../../src/exposition/decode/parse-error';
import { parseExposition } from '../../../src/exposition/decode/parser';
import { hasPromtool3, promtoolVerdict } from '../../judges/promtool';
import { gaugeHistogram, histogram, type RefusedPage, refusal, summary } from './pages';

/** What Go's `expfmt` accepts. */
const ACCEPTED: readonly (readonly [allowed: string, page: string])[] = [
  ['an empty page', ''],
  ['blank lines', '\n\n  \t\n'],
  ['families that are interleaved', 'a 1\nb 2\na 3\n'],
  ['a series twice', 'a 1\na 2\n'],
  ['comments', '# a comment\n#\n#HELP\na 1\n'],
  ['metadata without a text', '# HELP a\n# HELP a \n# TYPE a\n# TYPE a \na 1\n'],
  ['metadata of a family without samples', '# HELP b x\n# TYPE b gauge\na 1\n'],
  ['escaped characters in a help text', '# HELP a \\\\ \\n \\"\na 1\n'],
  ['escaped characters in a label value', 'a{b="\\"\\\\\\n"} 1\n'],
  ['a type in any case', '# TYPE a GAUGE\na 1\n'],
  ['both names of a gauge histogram', '# TYPE a gaugehistogram\n# TYPE b gauge_histogram\na_count 1\nb_count 1\n'],
  ['spaces and tabs between tokens', ' a { b = "c" ,\td = "e" } 1 1234\n'],
  ['no space behind labels', 'a{b="c"}1\n'],
  ['empty braces', 'a{} 1\n'],
  ['a comma before the closing brace', 'a{b="c",} 1\n'],
  ['a name in braces', '{a} 1\n{b,} 1\n{b="c","d",e="f"} 1\n'],
  ['quoted names', 'a{"b"="c"} 1\n'],
  ['a colon in a name', 'a:b 1\n'],
  ['numbers of all forms', 'a +1.5e3\nb -.5\nc 5.\nd 0012\n'],
  ['special numbers in any case', 'a NaN\nb nan\nc +Inf\nd -Inf\ne inf\nf Infinity\n'],
  ['the largest timestamps', 'a 1 9223372036854775807\nb 1 -9223372036854775808\nc 1 +000\n'],
  ['a histogram', histogram('h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 1')],
  ['a histogram that is incomplete', histogram('h_bucket{le="1"} 5', 'h_bucket{le="0.5"} 9', 'h_count 2')],
  ['a negative sum of a histogram', histogram('h_sum -1')],
  ['a summary', summary('s{quantile="0.5"} 1', 's_sum 1', 's_count 1')],
  ['a negative count of a summary', summary('s_count -1')],
  ['a help line for a sample of a histogram', '# TYPE h histogram\n# HELP h_count x\nh_count 1\n'],
];

/** What Go's `expfmt` accepts and promtool refuses, because it allows legacy names alone. */
const ACCEPTED_WITH_UTF8: typeof ACCEPTED = [
  ['quoted names outside the legacy set', '# TYPE "a.b" counter\n{"a.b","c.d"="e",f="g"} 1\n'],
  ['a quoted name behind a label', '{l="v","a.b"} 1\n'],
  ['escaped characters in a quoted name', '{"a \\" \\\\ \\n b"} 1\n'],
];

/** What Go's `expfmt` refuses. */
const REFUSED: readonly RefusedPage[] = [
  ['a name alone', 'a', 'invalid_value', 1, 2],
  ['a last sample without a line feed', 'a 1', 'syntax', 1, 4],
  ['a last timestamp without a line feed', 'a 1 2', 'syntax', 1, 6],
  ['a last comment without a line feed', 'a 1\n# x', 'syntax', 2, 4],
  ['a last help text without a line feed', '# HELP a x', 'syntax', 1, 11],
  ['a space behind a value', 'a 1 \n', 'invalid_value', 1, 5],
  ['a tab behind a timestamp', 'a 1 2\t\n', 'syntax', 1, 6],
  ['a value that is not a number', 'a x\n', 'invalid_value', 1, 3],
  ['a hexadecimal value', 'a 0x1p-2\n', 'invalid_value', 1, 3],
  ['an underscore in a value', 'a 1_000\n', 'invalid_value', 1, 3],
  ['a NaN with a sign', 'a +NaN\n', 'invalid_value', 1, 3],
  ['a value out of range', 'a 1e999\n', 'invalid_value', 1, 3],
  ['a timestamp with a fraction', 'a 1 1.5\n', 'invalid_value', 1, 5],
  ['a timestamp of more than 64 bits', 'a 1 9223372036854775808\n', 'invalid_value', 1, 5],
  ['a text behind the timestamp', 'a 1 2 3\n', 'syntax', 1, 6],
  ['an invalid metric name', '1a 1\n', 'invalid_value', 1, 1],
  ['a hyphen in a metric name', '\na-b 1\n', 'invalid_value', 2, 2],
  ['a sample without a name', '{b="c"} 1\n', 'missing', 1, 1],
  ['braces alone', '{} 1\n', 'missing', 1, 1],
  ['two names in braces', '{"a","b"} 1\n', 'duplicate', 1, 6],
  ['an empty quoted name', '{""} 1\n', 'invalid_value', 1, 2],
  ['an invalid label name', 'a{1b="c"} 1\n', 'invalid_value', 1, 3],
  ['a colon in a label name', 'a{b:c="d"} 1\n', 'invalid_value', 1, 3],
  ['labels without a comma', 'a{b="c" d="e"} 1\n', 'syntax', 1, 9],
  ['two commas', 'a{b="c",,} 1\n', 'syntax', 1, 9],
  ['a label value without quotes', 'a{b=c} 1\n', 'syntax', 1, 5],
  ['a label without a value', 'a{b} 1\n', 'syntax', 1, 4],
  ['a line feed in a label value', 'a{b="c\n"} 1\n', 'syntax', 1, 7],
  ['an unknown escape sequence in a label value', 'a{b="\\x"} 1\n', 'syntax', 1, 6],
  ['an unknown escape sequence in a help text', '# HELP a \\x\na 1\n', 'syntax', 1, 10],
  ['a backslash at the end of a help text', '# HELP a \\\na 1\n', 'syntax', 1, 10],
  ['a repeated label', 'a{b="c",b="d"} 1\n', 'duplicate', 1, 9],
  ['the reserved label __name__', 'a{__name__="b"} 1\n', 'invalid_value', 1, 3],
  ['an invalid name in metadata', '# HELP a-b x\n', 'syntax', 1, 9],
  ['a second HELP line', '# HELP a x\n# HELP a y\na 1\n', 'duplicate', 2, 8],
  ['a second TYPE line', '# TYPE a counter\n# TYPE a gauge\na 1\n', 'duplicate', 2, 8],
  ['a TYPE line behind samples', 'a 1\n# TYPE a gauge\n', 'order', 2, 8],
  ['a TYPE line for a sample of a histogram', '# TYPE h histogram\n# TYPE h_count counter\n', 'duplicate', 2, 8],
  ['an unknown type', '# TYPE a nonsense\na 1\n', 'invalid_value', 1, 10],
  ['a space behind a type', '# TYPE a gauge \na 1\n', 'invalid_value', 1, 10],
  ['a bound that is not a number', histogram('h_bucket{le="x"} 1'), 'invalid_value', 2, 1],
  ['a quantile that is not a number', summary('s{quantile="x"} 1'), 'invalid_value', 2, 1],
  ['a negative count of a histogram', histogram('h_bucket{le="+Inf"} 2', 'h_count -2'), 'invalid_value', 3, 1],
  ['a negative bucket', histogram('h_bucket{le="1"} -0.5'), 'invalid_value', 2, 1],
  ['a negative bucket of a gauge histogram', gaugeHistogram('h_bucket{le="1"} -1'), 'invalid_value', 2, 1],
];

describe('parseExposition of the text format', () => {
  it.each([...ACCEPTED, ...ACCEPTED_WITH_UTF8])('accepts %s', (_, page) => {
    expect(() => parseExposition(page)).not.toThrow();
  });

  it.each(REFUSED)('refuses %s', (_, page, code, line, column) => {
    const error = refusal(() => parseExposition(page));
    expect(error).toBeInstanceOf(ParseError);
    expect(error).toMatchObject({ code, line, column });
  });

  it.runIf(hasPromtool3)("agrees with promtool, which reads pages with Go's expfmt", () => {
    const disagreements = [
      ...ACCEPTED.filter(([, page]) => promtoolVerdict(page) !== undefined),
      ...REFUSED.filter(([, page]) => promtoolVerdict(page) === undefined),
    ];
    expect(disagreements).toEqual([]);
  });

  // expfmt does not compare the bounds of one sample, and Prometheus then refuses the page.
  it('refuses a repeated bound label', () => {
    expect(() => parseExposition(histogram('h_bucket{le="1",le="2"} 1'))).toThrow(ParseError);
  });

  it('returns families in the order of the page, with metadata, labels and timestamps in milliseconds', () => {
    const page = `# HELP a A\\nb\n# TYPE a counter\na{x="1",y="2"} 5 1000\nloose NaN\n# HELP nothing x\n`;
    expect([...parseExposition(page).values()]).toEqual([
      {
        name: 'a',
        type: 'counter',
        help: 'A\nb',
        unit: undefined,
        samples: [
          {
            name: 'a',
            labels: new Map([
              ['x', '1'],
              ['y', '2'],
            ]),
            value: 5,
            timestamp: 1000,
            exemplar: undefined,
          },
        ],
      },
      expect.objectContaining({ name: 'loose', type: 'unknown', help: undefined }),
    ]);
  });

  it('gathers the samples of histograms and summaries under the name of the family', () => {
    const page = histogram('h_bucket{le="+Inf"} 2', 'h_sum 3', 'h_count 2') + summary('s 1', 's_sum 1', 's_bucket 1');
    const names = [...parseExposition(page).values()].map(({ name, samples }) => [
      name,
      samples.map((each) => each.name),
    ]);
    expect(names).toEqual([
      ['h', ['h_bucket', 'h_sum', 'h_count']],
      ['s', ['s', 's_sum']],
      ['s_bucket', ['s_bucket']],
    ]);
  });

  it('keeps names that objects have as properties', () => {
    const families = parseExposition('__proto__{constructor="x"} 1\nhasOwnProperty 2\n');
    expect([...families.keys()]).toEqual(['__proto__', 'hasOwnProperty']);
    expect(families.get('__proto__')?.samples[0]?.labels.get('constructor')).toBe('x');
  });
});
