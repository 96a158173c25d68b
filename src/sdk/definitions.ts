import { isSameFamily } from '../catalog/definition';
import type { Catalog } from '../instruments';
import type { Issue } from '../issues';

/** The definitions of all catalogs of an SDK, by metric name. Two different definitions of one metric cannot be served together. */
export class Definitions {
  private readonly byName = new Map<string, Entry>();

  /** Returns whether a catalog defines a metric of this name. */
  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** Adds the definitions of catalogs, and returns an issue for each that differs from one that is there. Then none is added. */
  add(catalogs: readonly Catalog[]): Issue[] {
    const added = new Map<string, Entry>();
    const issues: Issue[] = [];
    for (const catalog of new Set(catalogs)) {
      for (const definition of Object.values(catalog.metrics)) {
        const { name } = definition;
        const known = this.byName.get(name) ?? added.get(name);
        if (known === undefined) added.set(name, { catalog, definition });
        else if (!isSameFamily(known.definition, definition)) issues.push(conflict(name, known.catalog, catalog));
      }
    }
    if (issues.length === 0) for (const [name, entry] of added) this.byName.set(name, entry);
    return issues;
  }
}

interface Entry {
  readonly catalog: Catalog;
  readonly definition: Catalog['metrics'][string];
}

function conflict(metric: string, known: Catalog, added: Catalog): Issue {
  return {
    code: 'conflict',
    path: `${added.name}.${metric}`,
    message: `catalog ${added.name} defines ${metric} differently from catalog ${known.name}: rename one of the two metrics or make their definitions equal`,
  };
}
