import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { Issue } from '../issues';
import { YamlFile } from '../yaml/yaml-file';
import type { YamlMap } from '../yaml/yaml-map';

const MANIFEST = 'manifest.yaml';
/** Files that Weaver does not read as definitions either. */
const OTHER_FILES = [MANIFEST, 'registry_manifest.yaml', 'schema-next.yaml'];

/** Returns the folder of the Weaver registry of a system: `registry/` in its folder, or the folder itself. */
export function registryFolder(folder: string): string {
  return existsSync(join(folder, MANIFEST)) ? folder : join(folder, 'registry');
}

/** Returns the name of a system: that of its folder. */
export function systemName(folder: string): string {
  const path = resolve(folder);
  return basename(path) === 'registry' ? basename(dirname(path)) : basename(path);
}

/** Returns the manifest of a registry. */
export function readManifestFile(registry: string, issues: Issue[], keys: readonly string[] | undefined): YamlMap {
  return new YamlFile(join(registry, MANIFEST), issues).root(keys);
}

/**
 * Returns the roots of all definition files of a registry. As Weaver does, it reads every YAML file below the folder, but
 * none whose name begins with a dot.
 *
 * @param keys the accepted keys; any when undefined
 */
export function readDefinitionFiles(registry: string, issues: Issue[], keys: readonly string[] | undefined): YamlMap[] {
  const files = listYamlFiles(registry);
  // Reports that the expected file does not exist.
  if (files.length === 0) files.push(join(registry, 'metrics.yaml'));
  return files.map((file) => new YamlFile(file, issues).root(keys));
}

function listYamlFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !OTHER_FILES.includes(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return listYamlFiles(path);
      return ['.yaml', '.yml'].includes(extname(entry.name)) ? [path] : [];
    });
}
