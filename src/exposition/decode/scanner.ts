import { printable } from '../../issues';
import { ParseError, type ParseErrorCode } from './parse-error';

/** How a format reads a backslash. */
export interface EscapeRules {
  /** The characters that may follow a backslash. `n` is a line feed, any other is the character itself. */
  readonly escapable: string;
  /** Whether a backslash before any other character is kept as it is written. Otherwise it is a fault. */
  readonly keepsOthers: boolean;
}

/** A position in the text of an exposition, and the tokens that follow it. Both formats are read with it. */
export class Scanner {
  /** The index of the next character. */
  position = 0;

  constructor(readonly text: string) {}

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The next character, or `undefined` at the end. */
  peek(): string | undefined {
    return this.text[this.position];
  }

  /** Moves behind `token` if it is next. */
  accept(token: string): boolean {
    if (!this.text.startsWith(token, this.position)) return false;
    this.position += token.length;
    return true;
  }

  /** Moves behind `token`, which must be next. */
  expect(token: string, after: string): void {
    if (!this.accept(token))
      this.fail('syntax', `expected ${JSON.stringify(token)} after ${after}, found ${this.found()}`);
  }

  /** Moves behind the end of the line, which must be next. */
  endLine(after: string): void {
    if (this.isAtEnd) this.fail('syntax', `the page must end with a line feed after ${after}`);
    this.expect('\n', after);
  }

  /** Returns what a sticky expression matches here, and moves behind it. The expression must match the empty string. */
  read(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    const [text = ''] = pattern.exec(this.text) ?? [];
    this.position += text.length;
    return text;
  }

  /** Returns a text in quotes, unescaped. */
  readQuoted(rules: EscapeRules): string {
    const start = this.position;
    this.expect('"', 'the name');
    const text = this.readEscaped(QUOTED_PART, rules);
    if (!this.accept('"')) this.fail('syntax', `expected '"' at the end of the text, found ${this.found()}`);
    if (!text.isWellFormed()) this.fail('invalid_value', 'the text is not valid Unicode', start);
    return text;
  }

  /** Returns the rest of the line, unescaped, and moves to its end. */
  readHelp(rules: EscapeRules): string {
    return this.readEscaped(HELP_PART, rules);
  }

  /** @param part matches what is neither an escape sequence nor the end of the text */
  private readEscaped(part: RegExp, { escapable, keepsOthers }: EscapeRules): string {
    let text = this.read(part);
    while (this.accept('\\')) {
      const character = this.peek();
      if (character !== undefined && escapable.includes(character)) {
        text += character === 'n' ? '\n' : character;
        this.position++;
      } else if (keepsOthers && character !== undefined && character !== '\n') {
        text += '\\';
      } else {
        this.fail('syntax', `invalid escape sequence ${JSON.stringify(`\\${character ?? ''}`)}`, this.position - 1);
      }
      text += this.read(part);
    }
    return text;
  }

  /** Describes the next character for a message. */
  found(): string {
    return this.isAtEnd
      ? 'the end of the page'
      : printable(String.fromCodePoint(this.text.codePointAt(this.position) ?? 0));
  }

  /** Throws a {@link ParseError} for the character at `position`. */
  fail(code: ParseErrorCode, reason: string, position = this.position): never {
    const before = this.text.slice(0, position);
    const lineStart = before.lastIndexOf('\n') + 1;
    throw new ParseError(code, reason, before.split('\n').length, position - lineStart + 1);
  }
}

const QUOTED_PART = /[^"\\\n]*/y;
const HELP_PART = /[^\\\n]*/y;
