import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Issue } from '../../src/issues';
import { readDashboard } from '../../src/registry/dashboard-spec';
import { readRegistry } from '../../src/registry/read-registry';
import { RegistryError } from '../../src/registry/registry-error';
import { readRunbook } from '../../src/registry/runbook';
import { readScrapeConfig } from '../../src/registry/scrape-config';
import { readObjectives } from '../../src/registry/slo';
import { readThresholds } from '../../src/registry/thresholds';

const CASES = join(__dirname, 'cases');

function issuesOf(read: () => unknown): readonly Issue[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof RegistryError) return error.issues;
    throw error;
  }
}

/** Reads everything that a folder holds, and returns all issues. */
function readFolder(folder: string): Issue[] {
  const readers = {
    'slo.yaml': readObjectives,
    'runbook.yaml': readRunbook,
    'dashboard.yaml': readDashboard,
    'thresholds.yaml': (file: string) => readThresholds(file, readRegistry(folder)),
    'scrape.yaml': (file: string) => readScrapeConfig(file, 'shop'),
  };
  return [
    ...issuesOf(() => readRegistry(folder)),
    ...Object.entries(readers).flatMap(([name, read]) => {
      const file = join(folder, name);
      return existsSync(file) ? issuesOf(() => read(file)) : [];
    }),
  ];
}

describe('reading a registry folder', () => {
  it.each(readdirSync(CASES))('reports the issues of the case %s', (name) => {
    const folder = join(CASES, name);
    const issues = readFolder(folder);
    const found = issues.map(({ code, path }) => ({ code, path: relative(folder, path) }));
    expect(found).toEqual(JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')));
    expect(found.length).toBeGreaterThan(0);
    for (const { message, path } of issues) expect(message.startsWith(`${path}: `), message).toBe(true);
  });

  it('returns the metrics, labels and annotations of a valid registry', () => {
    const { name, version, metrics } = readRegistry(join(__dirname, 'golden/shop'));
    expect({ name, version }).toEqual({ name: 'shop', version: '1.0.0' });
    expect(metrics.map(({ key }) => key)).toEqual(['ordersTotal', 'waitSeconds', '2ndFloorLamps', 'queueLength']);
    expect(metrics[0]).toMatchObject({
      instrument: 'counter',
      cardinalityLimit: 500,
      initialize: true,
      section: 'Orders',
      labels: [
        { label: 'result', values: ['paid', '2nd try'], enumName: 'ResultLabel' },
        { label: 'country', values: { known: ['fr'] }, enumName: 'CountryLabel' },
      ],
    });
    expect(metrics[1]).toMatchObject({ buckets: [1, 60, 3600], http: 'duration' });
    expect(metrics[2]?.initialize).toBe(false);
  });

  it('reads every YAML file below the registry, and attributes of dependencies in both formats', () => {
    const { name, version, metrics } = readRegistry(join(__dirname, 'golden/bakery'));
    expect({ name, version }).toEqual({ name: 'bakery', version: '2.1.0' });
    expect(metrics.map(({ name, labels }) => [name, labels.map(({ label, values }) => [label, values])])).toEqual([
      [
        'bakery_requests_total',
        [
          ['method', ['GET', 'POST']],
          ['http_response_status_code', 'string'],
          ['server_region', 'string'],
        ],
      ],
      ['bakery_ovens', [['oven_hot', ['true', 'false']]]],
    ]);
    expect(metrics[0]?.labels[1]).toMatchObject({ brief: 'The status.', examples: ['200', '404'] });
  });

  it('accepts a folder that is a Weaver registry itself, and names the system after the folder above `registry`', () => {
    const { name, metrics } = readRegistry(join(__dirname, 'golden/bakery/registry'));
    expect([name, metrics.length]).toEqual(['bakery', 2]);
  });
});
