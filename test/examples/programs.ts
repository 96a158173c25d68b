import { parseExposition } from '../../src/exposition/decode/parser';
import { labelText } from '../../src/exposition/encode/label-writer';
import type { Catalog } from '../../src/instruments';
import { type Child, ROOT, run, until } from '../servers/processes';

/** A running example program. */
export interface RunningExample extends Child {
  readonly metrics: string;
  readonly api: string;
  /** Returns the page of metrics. */
  page(): Promise<string>;
}

/** Starts an example. Resolves when it is ready. */
export async function runExample(
  system: string,
  env: NodeJS.ProcessEnv = {},
  flags: readonly string[] = [],
): Promise<RunningExample> {
  const child = run(process.execPath, [...flags, `examples/dist/${system}/main.js`], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', ...env },
  });
  const { metrics, api } = await until(() => {
    const line = /^\{"ready":true.*\}$/m.exec(child.stdout());
    if (line === null && child.process.exitCode !== null) throw new Error(`the example ended: ${child.stderr()}`);
    return line === null ? undefined : (JSON.parse(line[0]) as { metrics: string; api: string });
  });
  return { ...child, metrics, api, page: async () => (await fetch(metrics)).text() };
}

/** Returns the value of each series of a page in the text format, by its name and labels as they are written. */
export function samples(page: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const family of parseExposition(page).values()) {
    for (const { name, labels, value } of family.samples) {
      found.set(labels.size === 0 ? name : `${name}{${labelText([...labels])}}`, value);
    }
  }
  return found;
}

/** Returns the names of the families of a catalog of which a page has no sample. */
export function missingFamilies(page: string, catalog: Catalog): string[] {
  const families = parseExposition(page);
  return Object.values(catalog.metrics)
    .map(({ name }) => name)
    .filter((name) => !families.has(name));
}
