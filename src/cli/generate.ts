import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { type Command, Option } from 'commander';
import { LANGUAGES } from '../registry/generate/catalog';
import { RegistryError } from '../registry/registry-error';
import { addCommand, findingsAction } from './command';
import type { Console } from './console';
import type { Finding } from './finding';
import { type CatalogOptions, generateFolder } from './generate/generate-folder';

const SUMMARY = 'generate code, pages, rules, runbooks and dashboards from registries';

const DETAILS = `Generates typed catalogs, reference pages, rules, runbooks and dashboards from OpenTelemetry Weaver registries
(file format definition/2). The name of a folder is the name of its system.

Generates from            writes
registry/                 DIR/NAME.ts (.mjs, .cjs) and FOLDER/README.md, where NAME is the name of the folder
slo.yaml                  FOLDER/slo-rules.yaml: recording rules and burn-rate alerts
thresholds.yaml           FOLDER/threshold-rules.yaml: recording rules, and alerts with thresholds
slo.yaml, runbook.yaml    FOLDER/RUNBOOK.md: a section for each alert
dashboard.yaml            FOLDER/dashboard.json, for Grafana
scrape.yaml               FOLDER/kubernetes.yaml: a ServiceMonitor, and a PrometheusRule with the rules of rules.yaml,
                          alerts.yaml, slo-rules.yaml and threshold-rules.yaml

A file that was not generated is not overwritten.`;

interface Options extends CatalogOptions {
  readonly check?: true;
}

/** Adds the command that generates files from registries. */
export function addGenerate(program: Command): void {
  addCommand(program, 'generate <folder...>', SUMMARY, DETAILS)
    .option('--out <dir>', 'the folder for the catalogs', '.')
    .addOption(
      new Option('--language <name>', 'TypeScript, or JavaScript with JSDoc: an ES module or CommonJS')
        .choices(LANGUAGES)
        .default('ts'),
    )
    .option('--import <module>', 'the module from which the catalogs import defineCatalog', 'meterbridge/instruments')
    .option('--check', 'write nothing; report the files that are out of date')
    .action(findingsAction(generate));
}

function generate(console: Console, folders: readonly string[], options: Options): Finding[] {
  const files = generateAll(folders, options);
  const outdated = [...files].filter(([path, content]) => readIfExists(path) !== content);
  if (options.check) {
    return outdated.map(([file]) =>
      fileFinding('outdated', file, 'the file is out of date', 'run "meterbridge generate"'),
    );
  }
  const foreign = outdated.filter(([path]) => !isGenerated(path));
  if (foreign.length > 0) {
    return foreign.map(([file]) =>
      fileFinding('foreign_file', file, 'the file was not generated and would be overwritten', 'move or remove it'),
    );
  }
  for (const [path, content] of outdated) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    console.print(`wrote ${path}`);
  }
  return [];
}

function fileFinding(code: string, file: string, message: string, suggestion: string): Finding {
  return { code, severity: 'error', message, file, line: 1, column: 1, suggestion };
}

/**
 * Returns the content of every file to generate, by path.
 *
 * @throws RegistryError with the issues of all folders
 */
function generateAll(folders: readonly string[], options: CatalogOptions): Map<string, string> {
  const files = new Map<string, string>();
  const issues = folders.flatMap((folder) => {
    try {
      for (const [path, content] of generateFolder(folder, options)) {
        if (files.has(path)) return [{ code: 'duplicate', path, message: `two folders generate ${path}` }];
        files.set(path, content);
      }
      return [];
    } catch (error) {
      if (error instanceof RegistryError) return error.issues;
      throw error;
    }
  });
  if (issues.length > 0) throw new RegistryError(issues);
  return files;
}

function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Reports whether a file does not exist or was generated: by its first comment, or by the uid and tag of a dashboard. */
function isGenerated(path: string): boolean {
  const content = readIfExists(path);
  if (content === undefined) return true;
  if (extname(path) !== '.json') {
    return /^(\/\/|#|<!--) Generated from .*"meterbridge generate"/m.test(content.slice(0, 1_000));
  }
  try {
    const { uid, tags } = JSON.parse(content) as { uid?: unknown; tags?: unknown };
    return String(uid).startsWith('meterbridge-') && Array.isArray(tags) && tags.includes('meterbridge');
  } catch {
    return false;
  }
}
