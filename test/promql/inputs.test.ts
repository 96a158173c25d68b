import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkQueries } from '../../src/promql/check-queries';
import { readQueries } from '../../src/promql/inputs/read-queries';
import { shopMetrics } from './shop-metrics';

const folder = mkdtempSync(join(tmpdir(), 'queries-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a file, checks it, and returns `line:column code` of each finding. */
function check(name: string, content: string): string[] {
  const file = join(folder, name);
  writeFileSync(file, content);
  const { queries, context, problems } = readQueries(file);
  const findings = [...problems, ...checkQueries(queries, shopMetrics(), {}, context)];
  return findings.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

describe('the places of findings in rule files', () => {
  it.each([
    ['a plain scalar', '      - { record: a, expr: sum(shop_x) }', '4:32 unknown_metric'],
    ['a single-quoted scalar', "      - { record: a, expr: 'sum(''a'')' }", '4:33 type_error'],
    [
      'a double-quoted scalar with escapes',
      '      - { record: a, expr: "\\tshop_visits{job=\\"a\\"} + shop_x" }',
      '4:56 unknown_metric',
    ],
    [
      'a literal block',
      '      - record: a\n        expr: |\n          # none\n          sum(\n            shop_x\n          )',
      '8:13 unknown_metric',
    ],
    [
      'a folded block',
      '      - record: a\n        expr: >-\n          shop_visits\n          +\n          shop_x',
      '8:11 unknown_metric',
    ],
    [
      'a plain scalar of several lines',
      '      - record: a\n        expr: shop_visits\n          + shop_x',
      '6:13 unknown_metric',
    ],
    [
      'a block with an indentation indicator',
      '      - record: a\n        expr: |2\n            shop_visits +\n            shop_x',
      '7:13 unknown_metric',
    ],
    [
      'a quoted scalar of several lines',
      '      - record: a\n        expr: "shop_visits +\n          shop_x"',
      '6:11 unknown_metric',
    ],
  ])('are exact for %s', (_, rule, expected) => {
    expect(check('rules.yaml', `groups:\n  - name: g\n    rules:\n${rule}\n`)).toEqual([expected]);
  });

  it('are exact for the annotation of an alert', () => {
    const rule =
      "      - alert: A\n        expr: sum(shop_stock_items) > 1\n        annotations:\n          text: 'in {{ $labels.warehouse }}'";
    expect(check('rules.yaml', `groups:\n  - name: g\n    rules:\n${rule}\n`)).toEqual(['7:24 dropped_label']);
  });
});

describe('the readers of queries', () => {
  it('read the rules of PrometheusRule resources, several documents in a file included', () => {
    const resource = (expr: string) =>
      `kind: PrometheusRule\nspec:\n  groups:\n    - name: g\n      rules:\n        - { record: a, expr: ${expr} }\n`;
    expect(check('k8s.yaml', `${resource('shop_x')}---\n${resource('shop_y')}`)).toEqual([
      '6:30 unknown_metric',
      '13:30 unknown_metric',
    ]);
  });

  it('read the expressions and input series of promtool tests, with the rules that they load', () => {
    writeFileSync(
      join(folder, 'loaded.yaml'),
      'groups: [{ name: g, rules: [{ record: "job:visits:rate5m", expr: "sum by (job) (rate(shop_visits[5m]))" }] }]',
    );
    const tests = `rule_files: [loaded.yaml]
tests:
  - input_series:
      - { series: 'shop_visits{job="a"}', values: '0+1x10' }
      - { series: 'shop_visit{job="a"}', values: '0+1x10' }
    promql_expr_test:
      - { expr: 'job:visits:rate5m{job="a"}', eval_time: 5m }
      - { expr: 'job:visits:rate5m{instance="a"}', eval_time: 5m }
`;
    expect(check('tests.yaml', tests)).toEqual(['5:20 unknown_metric', '8:36 unknown_label']);
  });

  it('read the panels, legends, annotations and variables of a Grafana dashboard', () => {
    const dashboard = {
      templating: {
        list: [
          { type: 'query', name: 'a', query: 'label_values(shop_x{job="$job"}, job)' },
          { type: 'query', name: 'b', query: { query: 'label_values(shop_visits, job)' } },
          { type: 'custom', name: 'c', query: 'one,two' },
        ],
      },
      annotations: { list: [{ expr: 'rate(shop_open_carts[5m]) > 0' }] },
      panels: [
        { title: 'Row', panels: [{ title: 'Nested', targets: [{ expr: 'sum(shop_y)' }] }] },
        {
          title: 'Rate',
          targets: [
            {
              expr: 'sum by (channel) (rate(shop_orders_total{job=~"$job",result="\u0024{r:regex}"}[$__rate_interval]))',
              legendFormat: '{{channel}} {{result}}',
            },
          ],
        },
        { title: 'Slow channels', targets: [{ expr: 'topk($n, rate(shop_orders_total[[[range]]]))' }] },
        { title: 'Logs', targets: [{ expr: '{job="a"} |= "error"', datasource: { type: 'loki' } }] },
      ],
    };
    const lines = JSON.stringify(dashboard, null, 1).split('\n');
    const place = (text: string, code: string, offset = 0) => {
      const line = lines.findIndex((each) => each.includes(text));
      return `${line + 1}:${(lines[line]?.indexOf(text) ?? -1) + 1 + offset} ${code}`;
    };
    expect(check('dashboard.json', lines.join('\n'))).toEqual([
      place('shop_x', 'unknown_metric'),
      place('rate(shop_open_carts', 'rate_of_gauge'),
      place('shop_y', 'unknown_metric'),
      place('{{result}}', 'dropped_label'),
      place('topk(', 'misleading_description'),
    ]);
  });

  it('read the fenced promql blocks of Markdown, and the rules of its yaml blocks', () => {
    const markdown = [
      '# Page',
      '',
      '```promql',
      '# First',
      'rate(shop_visits[5m])',
      '',
      '# Second',
      'sum(',
      '',
      '  shop_x',
      ')',
      '```',
      '',
      '- A list',
      '',
      '  ```promql',
      '  shop_visits{',
      '    a="b"}',
      '  ```',
      '',
      '```promql',
      'rate(shop_visits[5m])',
      'rate(shop_y[5m])',
      '```',
      '',
      '```yaml',
      'groups:',
      '  - name: g',
      '    rules:',
      '      - record: a',
      '        expr: shop_z',
      '```',
      '',
      '```yaml',
      'scrape_configs: [}',
      '```',
      '',
      '```js',
      'shop_w',
      '```',
      '',
    ];
    expect(check('page.md', markdown.join('\n'))).toEqual([
      '10:3 unknown_metric',
      '18:5 unknown_label',
      '23:6 unknown_metric',
      '31:15 unknown_metric',
    ]);
  });

  it('read lists of queries, whose names are descriptions', () => {
    const list =
      'queries:\n  - name: Slow channels\n    query: topk(3, rate(shop_orders_total[5m]))\n    documented: shop_x\n';
    expect(check('queries.yaml', list)).toEqual(['3:12 misleading_description']);
  });

  it.each([
    ['broken.yaml', 'groups: [', '1:10 unreadable_file'],
    ['other.yaml', 'scrape_configs: []', '1:1 unreadable_file'],
    ['empty.yaml', '', '1:1 unreadable_file'],
  ])('report the file %s as unreadable', (name, content, expected) => {
    expect(check(name, content)).toEqual([expected]);
  });

  it('report a file that does not exist as unreadable', () => {
    expect(readQueries(join(folder, 'missing.yaml')).problems).toMatchObject([
      { code: 'unreadable_file', line: 1, column: 1 },
    ]);
  });
});
