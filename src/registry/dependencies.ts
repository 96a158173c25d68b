import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Issue } from '../issues';
import type { YamlMap } from '../yaml/yaml-map';
import { readDefinitionFiles, readManifestFile } from './definition-files';

const DEPENDENCY_KEYS = ['schema_url', 'registry_path'];
/** Weaver has the same limit. */
const MAX_DEPTH = 10;

/**
 * Returns the attributes of the registries that a manifest depends on, by key. Files of the format `definition/2` and of
 * the older one, in which the semantic conventions of OpenTelemetry are written, are read. The path of a dependency must
 * be a local folder; a relative path starts at the folder of the registry.
 */
export function readDependencies(manifest: YamlMap, registry: string, issues: Issue[]): Map<string, YamlMap> {
  const attributes = new Map<string, YamlMap>();
  addDependencies(manifest, registry, issues, attributes, MAX_DEPTH);
  return attributes;
}

function addDependencies(
  manifest: YamlMap,
  registry: string,
  issues: Issue[],
  attributes: Map<string, YamlMap>,
  depth: number,
): void {
  for (const dependency of manifest.list('dependencies', DEPENDENCY_KEYS)) {
    const folder = findFolder(dependency, registry);
    if (folder === undefined) continue;
    if (depth === 0) {
      dependency.refuse('registry_path', `the chain of dependencies is longer than ${MAX_DEPTH}, or a cycle`);
      return;
    }
    for (const root of readDefinitionFiles(folder, issues, undefined)) {
      for (const entry of root.list('attributes', undefined)) attributes.set(entry.string('key'), entry);
      for (const group of root.list('groups', undefined)) {
        for (const entry of group.list('attributes', undefined)) {
          if (entry.has('id')) attributes.set(entry.string('id'), entry);
        }
      }
    }
    if (existsSync(join(folder, 'manifest.yaml'))) {
      addDependencies(readManifestFile(folder, issues, undefined), folder, issues, attributes, depth - 1);
    }
  }
}

function findFolder(dependency: YamlMap, registry: string): string | undefined {
  dependency.string('schema_url');
  const path = dependency.optionalString('registry_path');
  if (path === undefined) {
    const message = 'the dependency has no registry_path: dependencies are not downloaded, so give a local folder';
    if (dependency.has('schema_url')) dependency.refuse('schema_url', message, 'unsupported');
    return undefined;
  }
  const folder = join(registry, path);
  if (/^[a-z+]+:\/\/|^git@|\.(zip|tar\.gz)(\[|@|$)/.test(path)) {
    const message = `invalid registry_path "${path}": archives and URLs are not read, so give a local folder`;
    dependency.refuse('registry_path', message, 'unsupported');
  } else if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    dependency.refuse(
      'registry_path',
      `invalid registry_path "${path}": expected the path of a folder; ${folder} does not exist or is a file`,
    );
  } else return folder;
  return undefined;
}
