import { existsSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { readDashboard } from '../../registry/dashboard-spec';
import { catalogModule, type Language } from '../../registry/generate/catalog';
import { dashboardJson } from '../../registry/generate/dashboard';
import { kubernetesManifests } from '../../registry/generate/kubernetes';
import { referencePage } from '../../registry/generate/reference';
import { runbookPage } from '../../registry/generate/runbook-page';
import { sloRules } from '../../registry/generate/slo-rules';
import { thresholdRules } from '../../registry/generate/threshold-rules';
import { readRegistry } from '../../registry/read-registry';
import { readRuleFile } from '../../registry/rule-file';
import { readRunbook } from '../../registry/runbook';
import { readScrapeConfig } from '../../registry/scrape-config';
import { readObjectives } from '../../registry/slo';
import { readThresholds } from '../../registry/thresholds';

/** Where catalogs are written, and in which form. */
export interface CatalogOptions {
  readonly out: string;
  /** The module from which they import `defineCatalog`. */
  readonly import: string;
  readonly language: Language;
}

/**
 * Returns the path and content of every file that is generated from a folder.
 *
 * @throws RegistryError with the issues of the first file that has any
 */
export function* generateFolder(
  folder: string,
  { out, import: importFrom, language }: CatalogOptions,
): Generator<[path: string, content: string]> {
  const registry = readRegistry(folder);
  const find = (name: string): string | undefined => {
    const path = join(folder, name);
    return existsSync(path) ? path : undefined;
  };
  yield [join(out, `${registry.name}.${language}`), catalogModule(registry, importFrom, language)];
  yield [join(folder, 'README.md'), referencePage(registry)];
  const runbook = urlPath(join(folder, 'RUNBOOK.md'));
  const generatedRules: string[] = [];
  const sloFile = find('slo.yaml');
  const objectives = sloFile === undefined ? undefined : readObjectives(sloFile);
  if (objectives !== undefined) {
    const rules = sloRules(objectives, runbook);
    generatedRules.push(rules);
    yield [join(folder, 'slo-rules.yaml'), rules];
  }
  const runbookFile = find('runbook.yaml');
  const entries = runbookFile === undefined ? [] : readRunbook(runbookFile);
  const thresholdFile = find('thresholds.yaml');
  if (thresholdFile !== undefined) {
    const isDescribed = (alert: string) => entries.some((entry) => entry.alert === alert);
    const rules = thresholdRules(registry.name, readThresholds(thresholdFile, registry), (alert) =>
      isDescribed(alert) ? `${runbook}#${alert.toLowerCase()}` : undefined,
    );
    generatedRules.push(rules);
    yield [join(folder, 'threshold-rules.yaml'), rules];
  }
  if (objectives !== undefined || runbookFile !== undefined) {
    yield [join(folder, 'RUNBOOK.md'), runbookPage(registry.name, entries, objectives?.slos ?? [])];
  }
  const dashboardFile = find('dashboard.yaml');
  if (dashboardFile !== undefined) {
    yield [join(folder, 'dashboard.json'), dashboardJson(readDashboard(dashboardFile), registry)];
  }
  const scrapeFile = find('scrape.yaml');
  if (scrapeFile !== undefined) {
    const ownRules = [find('rules.yaml'), find('alerts.yaml')].flatMap((path) => path ?? []).map(readRuleFile);
    const config = readScrapeConfig(scrapeFile, registry.name);
    const manifests = kubernetesManifests(registry.name, config, [...ownRules, ...generatedRules]);
    yield [join(folder, 'kubernetes.yaml'), manifests];
  }
}

/** Returns a path as links have it, relative to the current folder. */
function urlPath(path: string): string {
  return relative('.', path).replaceAll(sep, '/');
}
