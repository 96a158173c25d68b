import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
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
import type { Command } from './command';

const usage = `meterbridge generate FOLDER... [--out DIR] [--import MODULE] [--check]

  Generates typed catalogs, reference pages, rules, runbooks and dashboards from OpenTelemetry Weaver registries
  (file format definition/2).

  FOLDER           the folder of a system; its registry is FOLDER/registry/manifest.yaml and FOLDER/registry/metrics.yaml
  --out DIR        the folder for the catalogs (default: .)
  --import MODULE  the module from which the catalogs import defineCatalog (default: meterbridge/instruments)
  --check          write nothing; list the files that are out of date and exit with 1 if there are any

  Generates from            writes
  registry/                 DIR/NAME.ts and FOLDER/README.md, where NAME is the name of the folder
  slo.yaml                  FOLDER/slo-rules.yaml: recording rules and burn-rate alerts
  slo.yaml, runbook.yaml    FOLDER/RUNBOOK.md: a section for each alert
  dashboard.yaml            FOLDER/dashboard.json, for Grafana

Exit codes: 0 success, 1 an issue in a registry or a file that is out of date, 2 invalid arguments`;

/** Generates files from registries. */
export const generate: Command = {
  summary: 'generate code, pages, rules, runbooks and dashboards from registries',
  usage,
  run(args, print) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string', default: '.' },
        import: { type: 'string', default: 'meterbridge/instruments' },
        check: { type: 'boolean', default: false },
      },
    });
    if (positionals.length === 0) throw new Error('expected at least one FOLDER');
    let files: ReadonlyMap<string, string>;
    try {
      files = generateAll(positionals, values.out, values.import);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      print(error.message);
      return 1;
    }
    const outdated = [...files].filter(([path, content]) => readIfExists(path) !== content);
    if (values.check) {
      for (const [path] of outdated) print(`${path} is out of date: run "meterbridge generate"`);
      return outdated.length === 0 ? 0 : 1;
    }
    const foreign = outdated.filter(([path]) => !isGenerated(path));
    for (const [path] of foreign) print(`${path} was not generated and would be overwritten: move or remove it`);
    if (foreign.length > 0) return 1;
    for (const [path, content] of outdated) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      print(`wrote ${path}`);
    }
    return 0;
  },
};

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
