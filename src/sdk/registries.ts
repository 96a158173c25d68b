import { resolve } from 'node:path';
import type { Catalog } from '../instruments';
import { errorMessage, type Issue, IssueError } from '../issues';

/** The catalogs of registries, and what is wrong with those that cannot be read. */
export interface LoadedRegistries {
  readonly catalogs: readonly Catalog[];
  readonly issues: readonly Issue[];
}

/** Reads registries. Loads the YAML reader only if there is one to read. A registry with an issue is left out. */
export function loadRegistries(folders: readonly string[]): LoadedRegistries {
  const catalogs: Catalog[] = [];
  const issues: Issue[] = [];
  for (const folder of folders) {
    try {
      catalogs.push(readCatalog(folder));
    } catch (error) {
      if (error instanceof IssueError) issues.push(...error.issues);
      else issues.push(unreadable(folder, error));
    }
  }
  return { catalogs, issues };
}

function readCatalog(folder: string): Catalog {
  const { readRegistry } = require('../registry/read-registry') as typeof import('../registry/read-registry');
  const { registryCatalog } = require('../registry/registry-catalog') as typeof import('../registry/registry-catalog');
  return registryCatalog(readRegistry(resolve(folder)));
}

function unreadable(folder: string, error: unknown): Issue {
  return { code: 'unreadable', path: folder, message: `cannot read the registry ${folder}: ${errorMessage(error)}` };
}
