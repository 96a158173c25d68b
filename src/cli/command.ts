import type { Command } from 'commander';
import { errorMessage, IssueError } from '../issues';
import { PACKAGE_VERSION } from '../package-info';
import { type Console, ProcessConsole } from './console';
import { exitCode, type Finding, FindingsError, issueFinding } from './finding';
import { formatJson, formatSarif, formatText } from './format';

/** The exit code for invalid arguments and for anything else that keeps a command from giving its answer. */
export const FAILURE = 2;

interface OutputOptions {
  readonly json?: true;
  readonly sarif?: true;
}

/**
 * Adds a command whose result is a list of findings. It gets the options `--json` and `--sarif`.
 *
 * @param name the name and the arguments, as in `check <source> [registry...]`
 * @param details the text that `--help` prints below the options
 */
export function addCommand(program: Command, name: string, summary: string, details: string): Command {
  return program
    .command(name)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .option('--json', 'print the findings as JSON')
    .option('--sarif', 'print the findings as SARIF 2.1.0')
    .addHelpText(
      'after',
      `\n${details}\n\nExit codes: 0 no errors or warnings, 1 errors or warnings, 2 invalid arguments or a failure`,
    );
}

/**
 * Returns an action for a command of {@link addCommand}: prints the findings that `run` returns, in the requested format,
 * and sets the exit code. An {@link IssueError} becomes findings; any other error is a failure.
 *
 * @param run receives the console, the arguments and the options
 */
export function findingsAction<A extends unknown[]>(
  run: (console: Console, ...args: A) => readonly Finding[] | Promise<readonly Finding[]>,
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.pop() as Command;
    const { json, sarif } = command.opts<OutputOptions>();
    const console = new ProcessConsole(json === true || sarif === true);
    try {
      const findings = await collectFindings(() => run(console, ...(args as A)));
      console.endProgress();
      if (json) process.stdout.write(formatJson(findings));
      else if (sarif) process.stdout.write(formatSarif(findings, PACKAGE_VERSION));
      else process.stdout.write(formatText(findings, console.style));
      process.exitCode = exitCode(findings);
    } catch (error) {
      console.endProgress();
      process.stderr.write(`meterbridge: ${command.name()}: ${errorMessage(error)}\n`);
      process.exitCode = FAILURE;
    }
  };
}

/** Returns the findings of a run, or the issues that it threw. */
async function collectFindings(
  run: () => readonly Finding[] | Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof FindingsError) return error.findings;
    if (error instanceof IssueError) return error.issues.map(issueFinding);
    throw error;
  }
}
