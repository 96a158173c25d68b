import { parseYamlTree } from '../../yaml/yaml-tree';
import type { QueryFinding } from '../finding';
import { parseExpression } from '../parse';
import { type LocatedText, locatedAt, type Query, type ReadQueries, unreadable } from '../query';
import { isRuleFile, readRules } from './rule-file';

/** A fenced block of code. */
interface Block extends LocatedText {
  readonly language: string;
  /** The text above the block, such as a heading. */
  readonly caption: string | undefined;
}

/** Returns the queries of the fenced `promql` blocks of a Markdown document, and of the rules in its `yaml` blocks. */
export function readMarkdown(text: string, file: string): ReadQueries {
  const queries: Query[] = [];
  const problems: QueryFinding[] = [];
  for (const block of blocks(text)) {
    if (block.language === 'promql') queries.push(...readBlock(block, file));
    if (!/^ya?ml$/.test(block.language) || !/^\s*groups:/m.test(block.text)) continue;
    const tree = parseYamlTree(block.text);
    problems.push(...tree.problems.map(({ offset, message }) => unreadable(file, message, block.locate(offset))));
    for (const root of tree.documents) if (isRuleFile(root)) queries.push(...readRules(root, block, file));
  }
  return { queries, problems };
}

function* blocks(text: string): Generator<Block> {
  const lines = text.split('\n');
  let caption: string | undefined;
  for (let i = 0; i < lines.length; i++) {
    const [, indent = '', fence, language = ''] = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/.exec(lines[i] ?? '') ?? [];
    if (fence === undefined) {
      if (lines[i]?.trim() !== '') caption = lines[i]?.replace(/^[\s#>*-]+|[\s*:]+$/g, '');
      continue;
    }
    const first = i + 1;
    for (i = first; i < lines.length; i++) if (lines[i]?.trim().startsWith(fence)) break;
    const content = lines
      .slice(first, i)
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()));
    const located = locatedAt(content.join('\n'), { line: first + 1, column: 1 });
    const locate = (offset: number) => {
      const { line, column } = located.locate(offset);
      return { line, column: column + indent.length };
    };
    yield { text: located.text, locate, language: language.toLowerCase(), caption };
  }
}

/** Returns the queries of a block. Blank lines separate them, except inside of parentheses. */
function readBlock(block: Block, file: string): Query[] {
  const queries: Query[] = [];
  let description: string | undefined;
  for (const { text, from } of chunks(block.text)) {
    const comments = /^(\s*#[^\n]*(\n|$))+/.exec(text)?.[0] ?? '';
    const comment = comments.replaceAll(/^\s*#\s*/gm, '').trim();
    if (comment !== '') description = comment;
    const parts = text.trim() === comments.trim() ? [] : separate(text);
    for (const part of parts) {
      const start = from + part.from;
      queries.push({
        file,
        text: part.text,
        locate: (offset) => block.locate(start + offset),
        description: description ?? block.caption,
      });
      description = undefined;
    }
  }
  return queries;
}

interface Chunk {
  readonly text: string;
  readonly from: number;
}

function* chunks(text: string): Generator<Chunk> {
  let from = 0;
  let current = '';
  const isOpen = () => {
    const code = current.replaceAll(/#[^\n]*|"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, '');
    return code.split(/[([{]/).length > code.split(/[)\]}]/).length;
  };
  for (const line of text.split(/(?<=\n)/)) {
    if (line.trim() === '' && !isOpen()) {
      if (current.trim() !== '') yield { text: current, from };
      from += current.length + line.length;
      current = '';
    } else current += line;
  }
  if (current.trim() !== '') yield { text: current, from };
}

/** Returns each line as a query if every line is an expression and the whole text is not. */
function separate(text: string): Chunk[] {
  if (isExpression(text)) return [{ text, from: 0 }];
  let from = 0;
  const lines = text.split(/(?<=\n)/).map((line) => {
    const chunk = { text: line, from };
    from += line.length;
    return chunk;
  });
  const code = lines.filter((line) => !/^\s*(#|$)/.test(line.text));
  return code.length > 1 && code.every((line) => isExpression(line.text)) ? code : [{ text, from: 0 }];
}

function isExpression(text: string): boolean {
  try {
    parseExpression(text);
    return true;
  } catch {
    return false;
  }
}
