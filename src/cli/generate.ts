import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { catalogModule } from '../registry/generate/catalog';
import { dashboardJson } from '../registry/generate/dashboard';
import { referencePage } from '../registry/generate/reference';
import { sloRules } from '../registry/generate/slo';
import { readRegistry } from '../registry/registry';
import { RegistryError } from '../registry/registry-error';

export const generateUsage = `meterbridge generate REGISTRY... [--out DIR] [--import MODULE] [--check]

  Makes typed catalogs and reference pages from OpenTelemetry Weaver registries (definition/2).

  REGISTRY        a folder with registry/manifest.yaml and registry/metrics.yaml; NAME/ gives NAME.ts and NAME/README.md,
                  and with a slo.yaml NAME/slo-rules.yaml: recording rules and burn-rate alerts;
                  with a dashboard.yaml NAME/dashboard.json, for Grafana
  --out DIR       where the catalogs go (default: .)
  --import MODULE what the catalogs import defineCatalog from (default: meterbridge/instruments)
  --check         write nothing; exit 1 and list the files that are not as they would be generated`;

/** @returns the exit code: 0 done, 1 a registry is at fault or, with --check, a file is stale, 2 wrong arguments */
export function generate(args: readonly string[], print: (line: string) => void): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      out: { type: 'string', default: '.' },
      import: { type: 'string', default: 'meterbridge/instruments' },
      check: { type: 'boolean', default: false },
    },
  });
  if (positionals.length === 0) {
    print(generateUsage);
    return 2;
  }
  const files = new Map<string, string>();
  try {
    for (const folder of positionals) {
      const registry = readRegistry(folder);
      files.set(join(values.out, `${registry.name}.ts`), catalogModule(registry, values.import));
      files.set(join(folder, 'README.md'), referencePage(registry));
      const objectives = join(folder, 'slo.yaml');
      if (existsSync(objectives)) files.set(join(folder, 'slo-rules.yaml'), sloRules(objectives, registry.name));
      const dashboard = join(folder, 'dashboard.yaml');
      if (existsSync(dashboard)) files.set(join(folder, 'dashboard.json'), dashboardJson(dashboard, registry));
    }
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    print(error.message);
    return 1;
  }
  const stale = [...files].filter(([path, content]) => contentOf(path) !== content);
  if (values.check) {
    for (const [path] of stale) print(`${path} is not what its registry generates`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const [path, content] of stale) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    print(`wrote ${path}`);
  }
  return 0;
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
