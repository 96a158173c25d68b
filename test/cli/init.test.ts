import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from 'meterbridge';
import { ticker } from 'meterbridge/systems/ticker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Finding } from '../../src/cli/finding';
import { readRegistry } from '../../src/registry/read-registry';
import { ROOT, until } from '../servers/processes';
import { meterbridge } from './command-line';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'init-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = () => readRegistry(join(folder, 'shop'));

describe('meterbridge init', () => {
  it('writes a registry from a program that uses prom-client, with its labels and buckets before any sample', async () => {
    const program = join(ROOT, 'test/cli/programs/bakery.cjs');
    const { code, stdout, stderr } = await meterbridge(folder, 'init', program, 'shop', '--run', '0.1');
    expect([code, stderr]).toEqual([0, expect.stringContaining('the bakery is open')]);
    expect(stdout).toContain('[confirm] it was a summary');
    const { name, metrics } = read();
    expect(name).toBe('shop');
    const described = metrics.map((metric) => [
      metric.name,
      metric.instrument,
      metric.unit,
      Object.fromEntries(metric.labels.map(({ label, values }) => [label, values])),
    ]);
    expect(described).toEqual([
      ['bakery_loaves_total', 'counter', '1', { kind: ['rye', 'spelt'], customer_id: 'string' }],
      ['bakery_wait_seconds', 'histogram', 's', { counter: 'string' }],
      ['bakery_flour_bytes', 'gauge', 'By', {}],
      ['bakery_ovens', 'gauge', '1', { state: ['cold', 'hot'], kind: ['gas', 'stone'] }],
      ['bakery_size', 'histogram', '1', {}],
    ]);
    expect(metrics[1]?.buckets).toEqual([1, 60]);
    // Two of four combinations exist.
    expect(metrics.map(({ initialize }) => initialize)).toEqual([true, true, true, false, true]);
  });

  it('writes a registry with which the endpoint that it was written from agrees', async () => {
    const sdk = await start({ systems: [ticker], prometheus: { host: '127.0.0.1', port: 0 } });
    try {
      const [url = ''] = sdk.urls;
      // The host is read for the first time after the start.
      await until(async () =>
        (await (await fetch(url)).text()).includes('system_cpu_usage_percent ') ? true : undefined,
      );
      const { code, stdout } = await meterbridge(folder, 'init', url, 'shop', '--json');
      expect(code).toBe(0);
      const notes = (JSON.parse(stdout) as { findings: Finding[] }).findings;
      expect(notes.length).toBeGreaterThan(0);
      const marked = readFileSync(join(folder, 'shop/registry/metrics.yaml'), 'utf8').split('\n');
      for (const { file, line, column, message } of notes.filter(({ file }) => file.endsWith('metrics.yaml'))) {
        expect(marked[line - 1]?.slice(column - 1), file).toBe(`# CONFIRM: ${message}`);
      }
      const check = await meterbridge(folder, 'check', url, 'shop', '--ignore', 'http_client_*');
      expect(check.code, check.stdout).toBe(0);
    } finally {
      await sdk.shutdown();
    }
  });

  it('guesses what a page does not say, and marks it', async () => {
    writeFileSync(
      join(folder, 'page.txt'),
      `# TYPE build_info gauge
build_info{version="1.2.3"} 1
jobs_total{queue="mail"} 3
# HELP wait_seconds Wait
# TYPE wait_seconds summary
wait_seconds{quantile="0.5"} 1
wait_seconds_sum 1
wait_seconds_count 1
# TYPE idle gauge
# TYPE target_info gauge
target_info{service_name="x"} 1
`,
    );
    const { code, stdout } = await meterbridge(folder, 'init', 'page.txt', 'shop', '--json');
    expect(code).toBe(0);
    expect(read().metrics.map(({ name, instrument }) => [name, instrument])).toEqual([
      ['build_info', 'gauge'],
      ['jobs_total', 'counter'],
      ['wait_seconds', 'histogram'],
      ['idle', 'gauge'],
    ]);
    const messages = (JSON.parse(stdout) as { findings: Finding[] }).findings.map(({ message }) => message);
    for (const part of ['the type was not served', 'it has no help text', 'no series, so the labels are not known']) {
      expect(messages).toContainEqual(expect.stringContaining(part));
    }
  });

  it('guesses the metrics of a dashboard from its queries', async () => {
    const dashboard = join(ROOT, 'semconv/hodei/dashboard.json');
    const { code } = await meterbridge(folder, 'init', dashboard, 'shop');
    expect(code).toBe(0);
    const documented = new Map(
      readRegistry(join(ROOT, 'semconv/hodei')).metrics.map((metric) => [metric.name, metric]),
    );
    const { metrics } = read();
    expect(metrics.length).toBe(documented.size);
    for (const { name, instrument, labels } of metrics) {
      const metric = documented.get(name);
      // The name of a gauge that ends in _total misleads.
      expect([name, instrument]).toEqual([name, name.endsWith('_total') ? 'counter' : metric?.instrument]);
      const names = metric?.labels.map(({ label }) => label);
      for (const { label } of labels) expect(names, name).toContain(label);
    }
  });

  it('leaves out what a registry cannot describe, and reports it', async () => {
    writeFileSync(join(folder, 'page.txt'), '# TYPE "shop.orders" counter\n{"shop.orders"} 1\nb 1\n');
    const { code, stdout } = await meterbridge(folder, 'init', 'page.txt', 'shop', '--json');
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as { findings: Finding[] }).findings[0]).toMatchObject({ code: 'left_out', line: 1 });
    expect(read().metrics.map(({ name }) => name)).toEqual(['b']);
  });

  it('overwrites no file', async () => {
    await meterbridge(folder, 'init', join(ROOT, 'test/cli/programs/bakery.cjs'), 'shop', '--run', '0.1');
    const before = readFileSync(join(folder, 'shop/registry/metrics.yaml'), 'utf8');
    writeFileSync(join(folder, 'page.txt'), 'b 1\n');
    const { code, stderr } = await meterbridge(folder, 'init', 'page.txt', 'shop');
    expect([code, stderr]).toEqual([2, expect.stringContaining('the file exists')]);
    expect(readFileSync(join(folder, 'shop/registry/metrics.yaml'), 'utf8')).toBe(before);
  });

  it('exits with 2 for a program that does not use prom-client, and writes nothing', async () => {
    writeFileSync(join(folder, 'app.cjs'), '');
    const { code, stderr } = await meterbridge(folder, 'init', 'app.cjs', 'shop');
    expect([code, stderr]).toEqual([2, expect.stringContaining('did not load prom-client')]);
    expect(existsSync(join(folder, 'shop'))).toBe(false);
  });

  it.each(['missing.cjs', 'missing.txt'])(
    'exits with 2 for the source %s that does not exist, and names it',
    async (source) => {
      const { code, stdout, stderr } = await meterbridge(folder, 'init', source, 'shop');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^meterbridge: init: ${source} cannot be read: [^\\n]+\\n$`));
    },
  );

  it.each([
    ['dashboard.json', '{ "panels": [] }'],
    ['page.txt', '# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 1\n'],
  ])('writes nothing for %s if it has no metrics to describe', async (name, text) => {
    writeFileSync(join(folder, name), text);
    const { code, stdout } = await meterbridge(folder, 'init', name, 'shop', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ findings: [{ code: 'no_metrics', severity: 'error', file: name }] });
    expect(existsSync(join(folder, 'shop'))).toBe(false);
  });

  it('writes valid YAML for texts with quotes, colons and line breaks', async () => {
    writeFileSync(join(folder, 'page.txt'), '# HELP b It\'s "x": y\\nz # no\n# TYPE b gauge\nb{l="a: b"} 1\n');
    await meterbridge(folder, 'init', 'page.txt', 'shop');
    const { attributes, metrics } = parse(readFileSync(join(folder, 'shop/registry/metrics.yaml'), 'utf8'));
    expect([metrics[0].brief, attributes[0].examples]).toEqual(['It\'s "x": y\nz # no', ['a: b']]);
  });
});
