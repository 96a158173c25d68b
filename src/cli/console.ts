/** Functions that colour a text, or return it unchanged. */
export type Style = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue', (text: string) => string>>;

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
} as const;

/** Returns colours for a terminal that has them (`NO_COLOR` is respected), and unchanged text for a file or a pipe. */
export function styleFor(stream: NodeJS.WriteStream): Style {
  const isColored = stream.isTTY && stream.hasColors();
  const entries = Object.entries(CODES).map(([name, [on, off]]) => [
    name,
    (text: string) => (isColored ? `\u001b[${on}m${text}\u001b[${off}m` : text),
  ]);
  return Object.fromEntries(entries) as Style;
}

/** How long a command runs before it shows its progress, and the least time between two lines in a log, in milliseconds. */
const QUIET_MILLIS = 1_000;

/** The output of a command in addition to its findings. */
export interface Console {
  /** Writes a line of the command's result. With `--json` or `--sarif` it goes to the standard error output. */
  print(line: string): void;
  /** Shows on the standard error output what the command does now, once it has run for a second. */
  progress(step: string): void;
  readonly style: Style;
}

/** The streams of the process. */
export class ProcessConsole implements Console {
  readonly style: Style;
  /** When the command was started or a line of progress was written. */
  private shown = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private hasLine = false;

  /** @param isMachineReadable whether the standard output holds JSON only */
  constructor(private readonly isMachineReadable: boolean) {
    this.style = styleFor(isMachineReadable ? process.stderr : process.stdout);
  }

  print(line: string): void {
    this.endProgress();
    (this.isMachineReadable ? process.stderr : process.stdout).write(`${line}\n`);
  }

  progress(step: string): void {
    clearTimeout(this.timer);
    const remaining = QUIET_MILLIS - (performance.now() - this.shown);
    if (remaining <= 0) this.show(step);
    else this.timer = setTimeout(() => this.show(step), remaining).unref();
  }

  /** Removes the progress from a terminal, so that the next output starts on an empty line. */
  endProgress(): void {
    clearTimeout(this.timer);
    if (this.hasLine) process.stderr.write('\r\u001b[K');
    this.hasLine = false;
  }

  private show(step: string): void {
    this.endProgress();
    this.hasLine = process.stderr.isTTY;
    // A terminal shows each step in place, once the first was shown.
    if (!this.hasLine) this.shown = performance.now();
    process.stderr.write(this.hasLine ? `${step} ...` : `${step} ...\n`);
  }
}
