import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import type { Command } from 'commander';
import { systemName } from '../registry/definition-files';
import { CONFIRM, guessed, registryYaml } from '../registry/generate/registry-yaml';
import { readRegistry } from '../registry/read-registry';
import { RegistryError } from '../registry/registry-error';
import { isUrl, type RequestOptions, readPage } from './check/fetch-page';
import { readPageFamilies } from './check/page-families';
import { addCommand, findingsAction } from './command';
import type { Console } from './console';
import { type Finding, issueFinding } from './finding';
import { guessRegistry, type RegistryGuess } from './init/guess-registry';
import { readQueryFamilies } from './init/query-families';
import { readProgram } from './init/run-program';
import { addRequestOptions, parsePositive } from './options';

const DETAILS = `SOURCE is one of
  the URL of an endpoint, as in http://localhost:9464/metrics
  a program that uses prom-client (.js, .mjs, .cjs): it is run, and its default register is read
  a Grafana dashboard (.json) or a file of Prometheus rules (.yaml, .yml), whose queries are read
  a saved page: any other file, or - for the standard input

Writes FOLDER/registry/manifest.yaml and metrics.yaml, and no file that exists. What is guessed is marked with a comment
"${CONFIRM}...": enumerations from the values that were seen, units from names, and what was not served. Families of the
endpoint and its runtime (process_*, nodejs_*, go_*, target_info and the like) are left out.`;

interface Options extends RequestOptions {
  readonly run: number;
}

/** Adds the command that writes a first registry. */
export function addInit(program: Command): void {
  const command = addCommand(
    program,
    'init <source> <folder>',
    'write a first registry from an endpoint, a saved page, a prom-client program or a dashboard',
    DETAILS,
  ).option('--run <seconds>', 'how long a program runs that does not end by itself', parsePositive, 3);
  addRequestOptions(command).action(findingsAction(init));
}

async function init(console: Console, source: string, folder: string, options: Options): Promise<readonly Finding[]> {
  const files = ['manifest.yaml', 'metrics.yaml'].map((name) => join(folder, 'registry', name));
  const existing = files.filter((file) => existsSync(file));
  if (existing.length > 0)
    throw new Error(`${existing.join(', ')}: the file exists; give another folder, or remove it`);
  console.progress(`reading ${source}`);
  const { content, findings } = await readSource(source, options);
  if (content.metrics.length === 0) return [...findings, noMetrics(source)];
  const name = systemName(folder);
  const manifest = {
    schema_url: guessed(`https://example.com/schemas/${name}/0.1.0`, 'a URL of your own that ends with a version'),
    description: guessed(`Metrics of ${name}.`, 'what the metrics are about'),
    stability: 'development',
  };
  const comment = `Written by "meterbridge init" from ${source}. Confirm or correct what is marked, and remove the marks.`;
  const texts = [registryYaml(manifest, comment), registryYaml(content, comment)];
  const marks = files.flatMap((file, i) => {
    const text = texts[i] ?? '';
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.print(`wrote ${file}`);
    return findMarks(file, text);
  });
  return [...findings, ...marks, ...findIssues(folder)];
}

function noMetrics(source: string): Finding {
  const message = 'the source has no metrics that a registry can describe; nothing is written';
  return { code: 'no_metrics', severity: 'error', message, file: source, line: 1, column: 1 };
}

async function readSource(source: string, options: Options): Promise<RegistryGuess> {
  if (!isUrl(source) && ['.js', '.mjs', '.cjs'].includes(extname(source))) {
    const { pages, hints } = await readProgram(source, options.run);
    const families = pages.flatMap((text) => readPageFamilies({ source, text, contentType: 'text/plain' }));
    return guessRegistry(families, hints);
  }
  if (!isUrl(source) && ['.json', '.yaml', '.yml'].includes(extname(source))) {
    const { families, hints } = readQueryFamilies(source);
    return guessRegistry(families, hints);
  }
  return guessRegistry(readPageFamilies(await readPage(source, 'text', options)));
}

function findMarks(file: string, text: string): Finding[] {
  return text.split('\n').flatMap((line, i) => {
    const at = line.indexOf(`# ${CONFIRM}`);
    if (at < 0) return [];
    const message = line.slice(at + 2 + CONFIRM.length);
    return [{ code: 'confirm', severity: 'note', message, file, line: i + 1, column: at + 1 } as const];
  });
}

/** Returns what a registry needs before it can be used, such as two metrics whose names become one property. */
function findIssues(folder: string): Finding[] {
  try {
    readRegistry(folder);
    return [];
  } catch (error) {
    if (error instanceof RegistryError) return error.issues.map(issueFinding);
    throw error;
  }
}
