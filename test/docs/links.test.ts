import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../servers/processes';
import { PAGES } from './pages';

interface Link {
  readonly line: number;
  readonly target: string;
}

function readLines(page: string): string[] {
  let isCode = false;
  return readFileSync(page, 'utf8')
    .split('\n')
    .map((line) => {
      if (line.startsWith('```')) isCode = !isCode;
      return isCode ? '' : line;
    });
}

function findLinks(page: string): Link[] {
  return readLines(page).flatMap((line, i) =>
    Array.from(line.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => ({ line: i + 1, target })),
  );
}

/** Returns the anchors of a page, as GitHub derives them from its headings. */
function findAnchors(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const line of readLines(page)) {
    const heading = /^#{1,6} (.*)$/.exec(line)?.[1];
    if (heading === undefined) continue;
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n++) unique = `${anchor}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}

function findFault(page: string, { target }: Link): string | undefined {
  if (/^[a-z]+:/.test(target)) return undefined;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(file)) return 'no such file';
  if (anchor === undefined || statSync(file).isDirectory()) return undefined;
  return findAnchors(file).has(anchor) ? undefined : 'no such anchor';
}

describe('the pages of the documentation', () => {
  it('the documentation links to files and headings that exist', () => {
    const faults = PAGES.flatMap((page) =>
      findLinks(page).flatMap((link) => {
        const fault = findFault(page, link);
        return fault === undefined ? [] : [`${relative(ROOT, page)}:${link.line}: ${link.target}: ${fault}`];
      }),
    );
    expect(faults).toEqual([]);
  });

  it('every page of the documentation is reached by links from the README', () => {
    const reached = new Set<string>();
    const visit = (page: string) => {
      if (reached.has(page) || !PAGES.includes(page)) return;
      reached.add(page);
      for (const { target } of findLinks(page)) {
        const path = target.split('#')[0] ?? '';
        if (path !== '' && !/^[a-z]+:/.test(path)) visit(join(dirname(page), path));
      }
    };
    visit(join(ROOT, 'README.md'));
    expect(PAGES.filter((page) => !reached.has(page)).map((page) => relative(ROOT, page))).toEqual([]);
  });

  it('the documentation names functions and classes that exist in the source files that it links to', () => {
    const faults = PAGES.flatMap((page) =>
      readLines(page).flatMap((line, i) =>
        Array.from(line.matchAll(/`([\w.]+)(?:\(\))?` \(\[[^\]]*\]\(([^)\s]+\.ts)\)\)/g)).flatMap(
          ([, name = '', path = '']) => {
            const source = readFileSync(join(dirname(page), path), 'utf8');
            const missing = name.split('.').filter((part) => !new RegExp(`\\b${part}\\b`).test(source));
            return missing.map((part) => `${relative(ROOT, page)}:${i + 1}: ${path} has no ${part}`);
          },
        ),
      ),
    );
    expect(faults).toEqual([]);
  });

  it('the documentation quotes tests that exist', () => {
    const faults = PAGES.flatMap((page) =>
      readLines(page).flatMap((line, i) =>
        Array.from(line.matchAll(/\]\(([^)\s]+\.test\.ts)\) "([^"]+)"/g)).flatMap(([, path = '', title = '']) => {
          const source = readFileSync(join(dirname(page), path), 'utf8');
          return source.includes(title) ? [] : [`${relative(ROOT, page)}:${i + 1}: ${path} has no test "${title}"`];
        }),
      ),
    );
    expect(faults).toEqual([]);
  });
});
