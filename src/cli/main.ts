#!/usr/bin/env node
import { generate, generateUsage } from './generate';

const commands: Record<string, (args: readonly string[], print: (line: string) => void) => number> = { generate };

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
const print = (line: string) => console.log(line);
if (command === undefined) {
  print(`usage:\n\n${generateUsage}`);
  process.exitCode = name === '' || name === '--help' || name === 'help' ? 0 : 2;
} else {
  try {
    process.exitCode = command(args, print);
  } catch (error) {
    console.error(`meterbridge ${name}: ${(error as Error).message}`);
    process.exitCode = 2;
  }
}
