import { readFileSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import { errorMessage } from '../../issues';
import { parseYamlTree, type YamlTree } from '../../yaml/yaml-tree';
import { type LocatedText, locatedAt, type Query, type ReadQueries, unreadable } from '../query';
import { readDashboardQueries } from './dashboard';
import { readMarkdown } from './markdown';
import { isQueryList, readQueryList } from './query-list';
import { isRuleFile, readRules } from './rule-file';
import { isTestFile, readRuleFilePaths, readTests } from './test-file';

/** The queries of a file, and the rules that it loads from other files. */
export interface QueryFile extends ReadQueries {
  readonly context: readonly Query[];
}

/**
 * Reads the queries of a file: Markdown (`.md`), a Grafana dashboard (`.json`), or YAML with rules, promtool tests or a list
 * of queries. Never throws: `problems` says what cannot be read.
 */
export function readQueries(file: string): QueryFile {
  const problem = (message: string): QueryFile => ({ queries: [], context: [], problems: [unreadable(file, message)] });
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return problem(`the file cannot be read: ${errorMessage(error)}`);
  }
  if (/^\.(md|markdown)$/.test(extname(file))) return { ...readMarkdown(text, file), context: [] };
  const source = locatedAt(text, { line: 1, column: 1 });
  const { documents, problems } = parseYamlTree(text);
  if (problems.length > 0) {
    const located = problems.map(({ offset, message }) => unreadable(file, message, source.locate(offset)));
    return { queries: [], context: [], problems: located };
  }
  const isJson = extname(file) === '.json';
  const read = documents.map((root) => readDocument(root, source, file, isJson));
  if (!read.some((queries) => queries !== undefined)) {
    return problem(
      'the file has no queries: expected rules (groups), promtool tests (tests), queries, or a Grafana dashboard',
    );
  }
  const loaded = documents.flatMap(readRuleFilePaths).map((path) => resolve(dirname(file), path));
  const others = loaded.filter((path) => path !== resolve(file)).map(readQueries);
  return {
    queries: read.flatMap((queries) => queries ?? []),
    context: others.flatMap(({ queries }) => queries),
    problems: others.flatMap((other) => other.problems),
  };
}

function readDocument(root: YamlTree, source: LocatedText, file: string, isJson: boolean): Query[] | undefined {
  if (isTestFile(root)) return readTests(root, source, file);
  if (isQueryList(root)) return readQueryList(root, source, file);
  if (isRuleFile(root)) return readRules(root, source, file);
  return isJson ? readDashboardQueries(root, source, file) : undefined;
}
