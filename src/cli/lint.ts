import type { Command } from 'commander';
import { readRegistry } from '../registry/read-registry';
import { type RequestOptions, readPage } from './check/fetch-page';
import { readPageFamilies } from './check/page-families';
import { addCommand, findingsAction } from './command';
import type { Console } from './console';
import type { Finding } from './finding';
import { cardinalityTable, countSeries, findLargeFamilies } from './lint/cardinality';
import { lintRegistry, RULES } from './lint/lint-registry';
import { addRequestOptions, parsePositive } from './options';

const DETAILS = `Applies the rules of promlint and of the semantic conventions to names, units and labels. A definition that breaks a rule
on purpose says so in its registry:

  annotations:
    meterbridge:
      lint: { counter_without_total: The document names it so. }

Rules: ${RULES.join(', ').replaceAll(/(.{1,100},) /g, '$1\n       ')}

With --cardinality, SOURCE is the URL of an endpoint, a saved page, or - for the standard input. Its series are counted for
each family and each label, and compared with the limits of the registries.`;

interface Options extends RequestOptions {
  readonly cardinality?: string;
  readonly limit?: number;
}

/** Adds the command that applies naming rules to registries, and counts series. */
export function addLint(program: Command): void {
  const command = addCommand(
    program,
    'lint [folder...]',
    'apply naming rules to registries, and count the series of an endpoint',
    DETAILS,
  )
    .option('--cardinality <source>', 'count the series of an endpoint or a saved page')
    .option('--limit <series>', 'the limit of families whose registry sets none (default: 2000)', parsePositive);
  addRequestOptions(command).action(findingsAction(lint));
}

async function lint(console: Console, folders: readonly string[], options: Options): Promise<readonly Finding[]> {
  const { cardinality, limit } = options;
  if (folders.length === 0 && cardinality === undefined) throw new Error('expected a FOLDER or --cardinality SOURCE');
  const registries = folders.map((folder) => readRegistry(folder));
  const findings = registries.flatMap(lintRegistry);
  if (cardinality === undefined) return findings;
  console.progress(`reading ${cardinality}`);
  const families = readPageFamilies(await readPage(cardinality, 'text', options));
  const counts = countSeries(
    families,
    registries.flatMap(({ metrics }) => metrics),
    limit,
  );
  for (const line of cardinalityTable(counts)) console.print(line);
  return [...findings, ...findLargeFamilies(counts, families)];
}
