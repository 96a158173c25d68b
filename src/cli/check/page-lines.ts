import type { Place } from '../finding';

/** The HELP, TYPE and UNIT lines of a family. */
interface Metadata {
  type: string;
  help: string | undefined;
  unit: string | undefined;
  readonly line: number;
}

const METADATA =
  /^#[ \t]*(?<keyword>HELP|TYPE|UNIT)[ \t]+(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<name>[^ \t"]+))(?:[ \t]+(?<rest>.*))?$/;
const SAMPLE = /^[ \t]*(?:(?<name>[a-zA-Z_:][\w:]*)|\{[ \t]*"(?<quoted>(?:[^"\\]|\\.)*)")/;
/** The types of the text format that have another name in the parser. */
const TYPE_NAMES: Readonly<Record<string, string>> = { untyped: 'unknown', gauge_histogram: 'gaugehistogram' };

/** The lines of a valid exposition, by what they are about. */
export class PageLines {
  readonly metadata = new Map<string, Metadata>();
  private readonly samples = new Map<string, number[]>();
  private readonly lines: readonly string[];

  constructor(
    text: string,
    private readonly file: string,
  ) {
    this.lines = text.split('\n');
    this.lines.forEach((line, i) => {
      if (/^[ \t]*#/.test(line)) this.addMetadata(line, i + 1);
      else this.addSample(line, i + 1);
    });
  }

  /** Returns the line of the next sample of a name. Call it for the samples of a name in the order of the page. */
  nextSample(name: string): number {
    return this.samples.get(name)?.shift() ?? 1;
  }

  place(line: number): Place {
    return { file: this.file, line, column: 1 };
  }

  /** Returns the place of the metadata of a family, or of its next sample if it has none. */
  familyPlace(name: string): Place {
    return this.place(this.metadata.get(name)?.line ?? this.samples.get(name)?.[0] ?? 1);
  }

  labelPlace(line: number, label: string): Place {
    const text = this.lines[line - 1] ?? '';
    const starts = [`{${label}=`, `,${label}=`, `"${label}"`]
      .map((start) => text.indexOf(start))
      .filter((at) => at >= 0);
    // Behind the brace or comma, in columns from 1.
    const column = starts[0] === undefined ? 1 : starts[0] + 2;
    return { file: this.file, line, column };
  }

  private addMetadata(text: string, line: number): void {
    const { keyword, quoted, name = unescapeText(quoted ?? ''), rest = '' } = METADATA.exec(text)?.groups ?? {};
    if (keyword === undefined) return;
    const metadata = this.metadata.get(name) ?? { type: 'unknown', help: undefined, unit: undefined, line };
    if (keyword === 'TYPE') metadata.type = TYPE_NAMES[rest.toLowerCase()] ?? rest.toLowerCase();
    else if (keyword === 'HELP') metadata.help = unescapeText(rest);
    else metadata.unit = rest;
    this.metadata.set(name, metadata);
  }

  private addSample(text: string, line: number): void {
    const { quoted, name = quoted === undefined ? undefined : unescapeText(quoted) } = SAMPLE.exec(text)?.groups ?? {};
    if (name === undefined) return;
    const lines = this.samples.get(name);
    if (lines === undefined) this.samples.set(name, [line]);
    else lines.push(line);
  }
}

function unescapeText(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
