/** A command of the command line. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** The text that `--help` prints. */
  readonly usage: string;
  /**
   * Runs the command.
   *
   * @param print writes a line to the standard output
   * @returns the exit code: 0 for success, 1 for an issue in the input, 2 for invalid arguments
   * @throws Error with a message for the user; the exit code is then 2
   */
  run(args: readonly string[], print: (line: string) => void): number;
}
