import { type Command, InvalidArgumentError } from 'commander';

/** Adds the options of commands that read an endpoint. */
export function addRequestOptions(command: Command): Command {
  return command
    .option('--header <header>', 'a header of the request, as in "Authorization: Bearer TOKEN"; repeatable', collect)
    .option('--timeout <seconds>', 'how long a response can take', parsePositive, 10);
}

/** Parses an option that can be repeated: returns the values so far and this one. */
export function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

/** Parses an option that is a positive number. */
export function parsePositive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('Expected a positive number.');
  return value;
}
