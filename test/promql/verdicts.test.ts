import { describe, expect, it } from 'vitest';
import { checkQueries } from '../../src/promql/check-queries';
import { parseDuration } from '../../src/promql/duration';
import { FINDING_CODES } from '../../src/promql/finding';
import { locatedAt } from '../../src/promql/query';
import { check, expression, shopMetrics } from './shop-metrics';
import { ALERTS, CORRECT, DESCRIBED, FAULTY } from './verdicts';

describe('the type checker of queries', () => {
  it.each(CORRECT.map((query) => [query]))('reports nothing for %s', (query) => {
    expect(check(query)).toEqual([]);
  });

  it.each(FAULTY)('reports for %s only %s', (query, code) => {
    expect([...new Set(check(query).map((finding) => finding.code))]).toEqual([code]);
  });

  it.each(ALERTS)(
    'reports for the alert $expr with "for" $for only $code',
    ({ expr, for: pending, annotation, code }) => {
      const alert = {
        name: 'Alert',
        for: pending === undefined ? 0 : (parseDuration(pending) ?? Number.NaN),
        templates: annotation === undefined ? [] : [locatedAt(annotation, { line: 2, column: 1 })],
      };
      const findings = checkQueries([{ ...expression(expr), alert }], shopMetrics());
      expect(findings.map((finding) => finding.code)).toEqual(code === undefined ? [] : [code]);
    },
  );

  it.each(DESCRIBED.map(([description, query, code]) => ({ description, query, code })))(
    'reports for "$description" with $query only $code',
    ({ description, query, code }) => {
      const findings = checkQueries([{ ...expression(query), description }], shopMetrics());
      expect(findings.map((finding) => finding.code)).toEqual(code === undefined ? [] : [code]);
    },
  );

  it('has at least 100 queries with verdicts, half of them correct, and one for each finding', () => {
    const alerts = ALERTS.map(({ code }) => code);
    const described = DESCRIBED.map(([, , code]) => code);
    const verdicts = [...CORRECT.map(() => undefined), ...FAULTY.map(([, code]) => code), ...alerts, ...described];
    const correct = verdicts.filter((code) => code === undefined).length;
    expect(verdicts.length).toBeGreaterThanOrEqual(100);
    expect(correct / verdicts.length).toBeGreaterThanOrEqual(0.45);
    expect(correct / verdicts.length).toBeLessThanOrEqual(0.55);
    const codes = Object.keys(FINDING_CODES).filter((code) => code !== 'unreadable_file');
    expect([...new Set(verdicts.filter((code) => code !== undefined))].sort()).toEqual(codes.sort());
  });
});
