import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import type { Command } from 'commander';
import { readDashboard } from '../registry/dashboard-spec';
import { catalogModule } from '../registry/generate/catalog';
import { dashboardJson } from '../registry/generate/dashboard';
import { referencePage } from '../registry/generate/reference';
import { runbookPage } from '../registry/generate/runbook-page';
import { sloRules } from '../registry/generate/slo-rules';
import { readRegistry } from '../registry/read-registry';
import { RegistryError } from '../registry/registry-error';
import { readRunbook } from '../registry/runbook';
import { readObjectives } from '../registry/slo';
import { addCommand, findingsAction } from './command';
import type { Console } from './console';
import type { Finding } from './finding';

const SUMMARY = 'generate code, pages, rules, runbooks and dashboards from registries';

const DETAILS = `Generates typed catalogs, reference pages, rules, runbooks and dashboards from OpenTelemetry Weaver registries
(file format definition/2). The name of a folder is the name of its system.

Generates from            writes
registry/                 DIR/NAME.ts and FOLDER/README.md, where NAME is the name of the folder
slo.yaml                  FOLDER/slo-rules.yaml: recording rules and burn-rate alerts
slo.yaml, runbook.yaml    FOLDER/RUNBOOK.md: a section for each alert
dashboard.yaml            FOLDER/dashboard.json, for Grafana`;

interface Options {
  readonly out: string;
  readonly import: string;
  readonly check?: true;
}

/** Adds the command that generates files from registries. */
export function addGenerate(program: Command): void {
  addCommand(program, 'generate <folder...>', SUMMARY, DETAILS)
    .option('--out <dir>', 'the folder for the catalogs', '.')
    .option('--import <module>', 'the module from which the catalogs import defineCatalog', 'meterbridge/instruments')
    .option('--check', 'write nothing; report the files that are out of date')
    .action(findingsAction(generate));
}

function generate(console: Console, folders: readonly string[], options: Options): Finding[] {
  const files = generateAll(folders, options.out, options.import);
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
function generateAll(folders: readonly string[], out: string, importFrom: string): Map<string, string> {
  const files = new Map<string, string>();
  const issues = folders.flatMap((folder) => {
    try {
      for (const [path, content] of generateFolder(folder, out, importFrom)) {
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

function* generateFolder(folder: string, out: string, importFrom: string): Generator<[path: string, content: string]> {
  const registry = readRegistry(folder);
  yield [join(out, `${registry.name}.ts`), catalogModule(registry, importFrom)];
  yield [join(folder, 'README.md'), referencePage(registry)];
  const find = (name: string): string | undefined => {
    const path = join(folder, name);
    return existsSync(path) ? path : undefined;
  };
  const [sloFile, runbookFile, dashboardFile] = [find('slo.yaml'), find('runbook.yaml'), find('dashboard.yaml')];
  const objectives = sloFile === undefined ? undefined : readObjectives(sloFile);
  if (objectives !== undefined) {
    yield [join(folder, 'slo-rules.yaml'), sloRules(objectives, urlPath(join(folder, 'RUNBOOK.md')))];
  }
  if (objectives !== undefined || runbookFile !== undefined) {
    const alerts = runbookFile === undefined ? [] : readRunbook(runbookFile);
    yield [join(folder, 'RUNBOOK.md'), runbookPage(registry.name, alerts, objectives?.slos ?? [])];
  }
  if (dashboardFile !== undefined) {
    yield [join(folder, 'dashboard.json'), dashboardJson(readDashboard(dashboardFile), registry)];
  }
}

function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Reports whether a file does not exist or was generated. JSON has no comments, so a dashboard is not checked. */
function isGenerated(path: string): boolean {
  const content = readIfExists(path);
  return content === undefined || extname(path) === '.json' || content.includes('Generated from ');
}

/** Returns a path as links have it, relative to the current folder. */
function urlPath(path: string): string {
  return relative('.', path).replaceAll(sep, '/');
}
