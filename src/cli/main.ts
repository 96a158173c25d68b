#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from './command';
import { generate } from './generate';

const commands: Readonly<Record<string, Command>> = { generate };

process.exitCode = run(process.argv.slice(2));

function run([name = '', ...args]: readonly string[]): number {
  const isHelp = (arg: string) => arg === '--help' || arg === '-h';
  if (name === '' || name === 'help' || isHelp(name)) return printLine(overview(), 0);
  if (name === '--version' || name === '-v') return printLine(version(), 0);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const known = Object.keys(commands).join(', ');
    return printError(`unknown command "${name}": expected one of ${known}; run "meterbridge --help"`);
  }
  if (args.some(isHelp)) return printLine(command.usage, 0);
  try {
    return command.run(args, console.log);
  } catch (error) {
    return printError(`${name}: ${(error as Error).message}; run "meterbridge ${name} --help"`);
  }
}

function overview(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return [
    'meterbridge COMMAND [ARGUMENTS]',
    '',
    ...lines,
    '',
    '  --help     of meterbridge or of a command',
    '  --version',
  ].join('\n');
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')) as { version: string };
  return version;
}

function printLine(text: string, code: number): number {
  console.log(text);
  return code;
}

function printError(message: string): number {
  console.error(`meterbridge: ${message}`);
  return 2;
}
