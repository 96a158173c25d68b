import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkQueries } from '../../src/promql/check-queries';
import { FINDING_CODES } from '../../src/promql/finding';
import { readMarkdown } from '../../src/promql/inputs/markdown';
import { ROOT } from '../servers/processes';
import { shopMetrics } from './shop-metrics';

const PAGE = 'docs/promql-findings.md';

/** Returns the examples of each section of the page. */
function readSections(): { code: string; severity: string; reported: string[]; correct: string[] }[] {
  const [, ...sections] = readFileSync(join(ROOT, PAGE), 'utf8').split(/^## (?=[a-z_]+$)/m);
  return sections.map((text) => {
    const blocks = (kind: string) =>
      [...text.matchAll(/^```(\w+) (\w+)\n[\s\S]*?^```$/gm)]
        .filter(([, , each]) => each === kind)
        .map(([block]) => block);
    return {
      code: text.slice(0, text.indexOf('\n')),
      severity: /^Severity: (\w+)/m.exec(text)?.[1] ?? '',
      reported: blocks('reported'),
      correct: blocks('correct'),
    };
  });
}

function findCodes(markdown: string): string[] {
  const { queries, problems } = readMarkdown(markdown, PAGE);
  expect(problems).toEqual([]);
  expect(queries).toHaveLength(1);
  return checkQueries(queries, shopMetrics()).map(({ code }) => code);
}

describe('the page of the findings in queries', () => {
  const sections = readSections();

  it('has a section with the severity of each finding', () => {
    expect(Object.fromEntries(sections.map(({ code, severity }) => [code, severity]))).toEqual(FINDING_CODES);
  });

  it.each(sections.filter(({ code }) => code !== 'unreadable_file'))(
    'has for $code an example with this finding only, and one without findings',
    ({ code, reported, correct }) => {
      expect([reported.length, correct.length]).toEqual([1, 1]);
      expect([...new Set(reported.flatMap(findCodes))]).toEqual([code]);
      expect(correct.flatMap(findCodes)).toEqual([]);
    },
  );
});
