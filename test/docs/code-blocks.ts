import { readFileSync } from 'node:fs';

/**
 * A fenced code block of a Markdown file. What follows the language on the opening fence says how a test uses it:
 *
 * - `file=NAME`: the block is written to this file before others of the page run.
 * - `run`: the block runs until it ends, with exit code 0. A `ts` block is a module; an `sh` block runs in bash.
 * - `serves=URL`: the block runs until the URL answers 200, and is stopped then.
 * - `prints=TEXT`: what the block prints, or what its URL answers, must contain the text (`+` stands for a space).
 * - `env=NAME:VALUE`: sets a variable for the block.
 *
 * A block that runs listens on a free port instead of 9464, the default port: in its source, in its URL and by variable.
 *
 * A `ts` block without any of these is type-checked only.
 */
export interface CodeBlock {
  readonly language: string;
  readonly line: number;
  readonly source: string;
  readonly file: string | undefined;
  readonly runs: boolean;
  readonly serves: string | undefined;
  readonly prints: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export function readCodeBlocks(path: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = readFileSync(path, 'utf8').split('\n');
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w+)(.*)$/.exec(lines[i] ?? '');
    if (fence === null) continue;
    const start = i + 1;
    while (lines[++i] !== '```') if (i >= lines.length) throw new Error(`${path}:${start}: unclosed code block`);
    blocks.push({
      ...readInstructions(fence[2] ?? ''),
      language: fence[1] ?? '',
      line: start,
      source: `${lines.slice(start, i).join('\n')}\n`,
    });
  }
  return blocks;
}

function readInstructions(text: string): Pick<CodeBlock, 'file' | 'runs' | 'serves' | 'prints' | 'env'> {
  const words = text.trim().split(/\s+/).filter(Boolean);
  const values = (key: string) =>
    words.filter((word) => word.startsWith(`${key}=`)).map((word) => word.slice(key.length + 1));
  const env = values('env').map((pair) => [pair.slice(0, pair.indexOf(':')), pair.slice(pair.indexOf(':') + 1)]);
  return {
    file: values('file')[0],
    runs: words.includes('run'),
    serves: values('serves')[0],
    prints: values('prints').map((each) => each.replaceAll('+', ' ')),
    env: Object.fromEntries(env),
  };
}
