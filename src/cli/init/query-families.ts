import { children, type Expression } from '../../promql/ast';
import { readQueries } from '../../promql/inputs/read-queries';
import { parseExpression } from '../../promql/parse';
import { PromqlSyntaxError } from '../../promql/syntax-error';
import type { ServedFamily } from '../check/served-families';
import { FindingsError, type Place } from '../finding';
import type { FamilyHint } from './guess-registry';

/** What queries say of the series of one name. */
interface UsedSeries {
  readonly labels: Set<string>;
  isCounter: boolean;
  readonly place: Place;
}

const COUNTER_FUNCTIONS = ['rate', 'irate', 'increase', 'resets'];
/** Labels that the scrape adds, or that belong to the type. */
const OTHER_LABELS = ['job', 'instance', 'le', 'quantile', '__name__'];

/**
 * Returns the families that the queries of a file use: a Grafana dashboard, or a rule file. Types follow from functions and
 * names, labels from matchers and aggregations. Series of recording rules are left out.
 *
 * @throws FindingsError if the file cannot be read
 */
export function readQueryFamilies(file: string): {
  readonly families: readonly ServedFamily[];
  readonly hints: ReadonlyMap<string, FamilyHint>;
} {
  const { queries, problems } = readQueries(file);
  if (problems.length > 0) throw new FindingsError(problems);
  const used = new Map<string, UsedSeries>();
  for (const query of queries) {
    const expression = parse(query.text);
    if (expression !== undefined)
      addSeries(expression, { labels: [], isCounter: false }, used, (offset) => query.locate(offset), file);
  }
  const families: ServedFamily[] = [];
  const hints = new Map<string, FamilyHint>();
  for (const [name, series] of foldHistograms(used)) {
    const { labels, place, type } = series;
    families.push({ name, type, help: undefined, unit: undefined, place, series: new Map() });
    hints.set(name, { labels: [...labels], buckets: undefined, isFromQueries: true });
  }
  return { families, hints };
}

/** Returns `undefined` for a query that cannot be parsed, which `meterbridge query` reports. */
function parse(text: string): Expression | undefined {
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof PromqlSyntaxError) return undefined;
    throw error;
  }
}

interface Context {
  readonly labels: readonly string[];
  readonly isCounter: boolean;
}

function addSeries(
  expression: Expression,
  context: Context,
  used: Map<string, UsedSeries>,
  locate: (offset: number) => { readonly line: number; readonly column: number },
  file: string,
): void {
  if (expression.type === 'selector') {
    const { name, matchers, from } = expression;
    if (name === undefined || name.includes(':')) return;
    const series = used.get(name) ?? { labels: new Set(), isCounter: false, place: { file, ...locate(from) } };
    used.set(name, series);
    series.isCounter ||= context.isCounter;
    for (const label of [...context.labels, ...matchers.map((each) => each.label)]) {
      if (!OTHER_LABELS.includes(label)) series.labels.add(label);
    }
    return;
  }
  const inner = innerContext(expression, context);
  for (const child of children(expression)) addSeries(child, inner, used, locate, file);
}

function innerContext(expression: Expression, context: Context): Context {
  switch (expression.type) {
    case 'call':
      return { ...context, isCounter: COUNTER_FUNCTIONS.includes(expression.name) };
    case 'aggregation': {
      const lists = [expression.by, expression.without].flatMap((list) => list?.labels ?? []);
      return { ...context, labels: lists.map(({ name }) => name) };
    }
    case 'range':
      return context;
    default:
      return { ...context, isCounter: false };
  }
}

/** Joins the series of histograms, and gives each family its type. */
function foldHistograms(used: ReadonlyMap<string, UsedSeries>): Map<string, UsedSeries & { readonly type: string }> {
  const families = new Map<string, UsedSeries & { readonly type: string }>();
  const isHistogram = (base: string) =>
    used.has(`${base}_bucket`) || (used.has(`${base}_sum`) && used.has(`${base}_count`));
  for (const [name, series] of used) {
    const base = name.replace(/_(bucket|sum|count)$/, '');
    const isPart = base !== name && isHistogram(base);
    const family = isPart ? base : name;
    const type = isPart ? 'histogram' : series.isCounter || name.endsWith('_total') ? 'counter' : 'gauge';
    const known = families.get(family);
    if (known === undefined) families.set(family, { ...series, type });
    else for (const label of series.labels) known.labels.add(label);
  }
  return families;
}
