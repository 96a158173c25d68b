import { describe, expect, it } from 'vitest';
import { ParseError } from '../../../src/exposition/decode/parse-error';
import { type ExpositionFormat, parseExposition } from '../../../src/exposition/decode/parser';
import { IssueError } from '../../../src/issues';

const TEXT_ONLY = '# TYPE a untyped\na 1\n';
const OPENMETRICS_ONLY = '# TYPE a unknown\na 1\n# EOF\n';

function faultOf(text: string, contentType?: string): ParseError {
  try {
    parseExposition(text, contentType);
  } catch (error) {
    return error as ParseError;
  }
  throw new Error('the page was accepted');
}

describe('parseExposition', () => {
  it.each([
    undefined,
    null,
    'text',
    'text/plain',
    'text/plain; version=0.0.4; charset=utf-8',
    'TEXT/PLAIN;version=1.0.0',
  ])('reads the content type %j as the text format', (contentType) => {
    expect(parseExposition(TEXT_ONLY, contentType).size).toBe(1);
    expect(() => parseExposition(OPENMETRICS_ONLY, contentType)).toThrow(ParseError);
  });

  it.each(['openmetrics', 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores'])(
    'reads the content type %j as OpenMetrics',
    (contentType) => {
      expect(parseExposition(OPENMETRICS_ONLY, contentType).size).toBe(1);
      expect(() => parseExposition(TEXT_ONLY, contentType)).toThrow(ParseError);
    },
  );

  it.each(['', 'text/html', 'application/vnd.google.protobuf', 'application/json'])(
    'refuses the content type %j',
    (contentType) => {
      expect(faultOf(TEXT_ONLY, contentType).code).toBe('unsupported_content_type');
    },
  );

  it('throws one issue with the place of the fault', () => {
    const fault = faultOf('a 1\nb{c="d",c="e"} 1\n');
    expect(fault).toBeInstanceOf(IssueError);
    expect(fault).toMatchObject({ name: 'ParseError', line: 2, column: 9 });
    expect(fault.issues).toEqual([
      { code: 'duplicate', path: 'line 2, column 9', message: 'line 2, column 9: duplicate label "c"' },
    ]);
    expect(fault.message).toBe('line 2, column 9: duplicate label "c"');
  });

  it('shortens what it quotes of the page', () => {
    expect(faultOf(`${'a'.repeat(100_000)}{1="x"} 1\na ${'x'.repeat(100_000)}\n`).message.length).toBeLessThan(300);
    expect(faultOf(`a ${'x'.repeat(100_000)}\n`).message.length).toBeLessThan(300);
  });

  const LENGTH = 1_000_000;
  const many = (line: (i: number) => string) => Array.from({ length: LENGTH / 20 }, (_, i) => line(i)).join('');

  // Time that grows with the square of the length would exceed the time limit of the tests many times over.
  it.each<[page: string, ExpositionFormat, text: string]>([
    ['digits', 'text', `a ${'1'.repeat(LENGTH)}x\n`],
    ['digits', 'openmetrics', `a 1 ${'1'.repeat(LENGTH)}x\n`],
    ['digits of a timestamp', 'text', `a 1 ${'1'.repeat(LENGTH)}\n`],
    ['blanks', 'text', `a${' '.repeat(LENGTH)}`],
    ['backslashes', 'text', `a{b="${'\\\\'.repeat(LENGTH / 2)}`],
    ['backslashes', 'openmetrics', `# HELP a ${'\\x'.repeat(LENGTH / 2)}`],
    ['quotes', 'text', `{${'"a",'.repeat(LENGTH / 4)}`],
    ['line feeds', 'text', `${'\n'.repeat(LENGTH)}1`],
    ['labels', 'text', `a{${many((i) => `l${i}="",`)}`],
    ['labels', 'openmetrics', `a{${many((i) => `l${i}="",`)}x="" 1\n`],
    ['families', 'openmetrics', many((i) => `# TYPE a${i} gauge\n`)],
    ['metrics of a family', 'openmetrics', `# TYPE a gauge\n${many((i) => `a{b="${i}"} 1\n`)}`],
    ['points of a series', 'openmetrics', `# TYPE a gauge\n${many((i) => `a 1 ${i}\n`)}`],
    ['buckets of a histogram', 'openmetrics', `# TYPE a histogram\n${many((i) => `a_bucket{le="${i}"} 1\n`)}`],
  ])('reads a page of a million %s in %s in linear time', (_, format, text) => {
    expect(() => parseExposition(text, format)).toThrow(ParseError);
  });
});
