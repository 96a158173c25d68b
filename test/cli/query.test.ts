import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SHOP } from '../promql/shop-metrics';
import { meterbridge } from './command-line';

const folder = mkdtempSync(join(tmpdir(), 'query-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'page.md'), '```promql\nrate(shop_order_total[5m])\n```\n');
writeFileSync(
  join(folder, 'rules.yaml'),
  'groups:\n  - rules:\n      - record: job:visits:rate5m\n        expr: sum by (job) (rate(shop_visits[5m]))\n',
);

const query = (...args: string[]) => meterbridge(folder, 'query', '--registry', SHOP, ...args);

describe('meterbridge query', () => {
  it('prints the place, the code, the reason and a suggestion, and exits with 1', async () => {
    const { code, stdout } = await query('page.md');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^page\.md:2:6: error \[unknown_metric\] .*shop_order_total\n {4}did you mean shop_orders_total\?\n1 error\n$/,
    );
  });

  it('exits with 0 if the queries hold, and uses the recording rules of all files', async () => {
    const { code, stdout } = await query('--expr', 'job:visits:rate5m{job="a"} > 5', 'rules.yaml');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '2 queries have no findings at a scrape interval of 15s\n' });
  });

  it('exits with 0 if there are only notes', async () => {
    writeFileSync(
      join(folder, 'note.yaml'),
      'groups: [{ rules: [{ alert: A, expr: "increase(shop_visits[5m]) > 0", for: 10m }] }]',
    );
    const { code, stdout } = await query('--json', 'note.yaml');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ findings: [{ code: 'for_exceeds_range', severity: 'note', line: 1 }] });
  });

  it('applies the options for the scrape interval, target labels, histograms and external metrics', async () => {
    const { code, stdout } = await query(
      ...['--scrape-interval', '1m', '--target-label', 'namespace', '--histograms', 'native', '--external', 'node_.+'],
      ...['--expr', 'rate(shop_visits{namespace="a"}[1m])'],
      ...['--expr', 'rate(shop_checkout_duration_seconds[5m])'],
      ...['--expr', 'node_load1{a="b"}'],
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/^--expr:1:33: warning \[range_too_short\]/);
    expect(stdout).toMatch(/\n1 warning\n$/);
  });

  it.each([
    [['--registry', SHOP], 'nothing to check'],
    [['--expr', 'up'], "required option '--registry <folder>' not specified"],
    [['--registry', SHOP, '--expr', 'up', '--scrape-interval', 'soon'], 'Expected a duration'],
    [['--registry', SHOP, '--expr', 'up', '--external', '('], 'Expected a regular expression'],
  ])('exits with 2 for the arguments %j', async (args, message) => {
    const { code, stdout, stderr } = await meterbridge(folder, 'query', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  it('exits with 2 for a file that cannot be read', async () => {
    const { code, stdout } = await query('missing.yaml');
    expect(code).toBe(2);
    expect(stdout).toMatch(/^missing\.yaml:1:1: error \[unreadable_file\] /);
  });

  it('reports the issues of a registry', async () => {
    const { code, stdout } = await meterbridge(folder, 'query', '--registry', folder, '--expr', 'up');
    expect(code).not.toBe(0);
    expect(stdout).toContain('manifest.yaml');
  });
});
