#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { PACKAGE_VERSION } from '../package-info';
import { addCheck } from './check';
import { FAILURE } from './command';
import { addDiff } from './diff';
import { addGenerate } from './generate';
import { addInit } from './init';
import { addLint } from './lint';
import { addQuery } from './query';

const program = new Command('meterbridge')
  .description('Checks and generates everything that refers to documented metrics.')
  .version(PACKAGE_VERSION, '-v, --version')
  .exitOverride()
  .showHelpAfterError('Run the command with --help for its arguments and options.');

for (const add of [addInit, addGenerate, addCheck, addQuery, addLint, addDiff]) add(program);

void run(process.argv.slice(2));

/** Runs a command and sets the exit code. The process ends when all output is written. */
async function run(args: readonly string[]): Promise<void> {
  if (args.length === 0) return program.outputHelp();
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : FAILURE;
  }
}
