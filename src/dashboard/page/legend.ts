import { createElement, setText } from './elements.ts';

/** A line of a chart with its value. */
export interface LegendLine {
  readonly name: string;
  /** A colour of CSS. */
  readonly color: string;
  /** Undefined where the line has no value. */
  readonly value: number | undefined;
}

/** The lines of a chart, the largest value first, and a line about all others. Rows are reused. */
export class Legend {
  readonly element = createElement('ul', '', 'legend');
  private readonly rows: HTMLLIElement[] = [];
  private readonly rest = createElement('li', '', 'rest');

  /** @param rest describes the series that are not in `lines`; empty if there are none */
  update(lines: readonly LegendLine[], rest: string, format: (value: number, name: string) => string): void {
    const sorted = [...lines].sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
    while (this.rows.length < sorted.length) this.rows.push(createRow());
    const shown = this.rows.slice(0, sorted.length);
    for (const [i, { name, color, value }] of sorted.entries()) {
      const [swatch, label, text] = [...(shown[i] as HTMLLIElement).children] as HTMLElement[];
      if (swatch === undefined || label === undefined || text === undefined) continue;
      swatch.style.setProperty('background', color);
      if (label.textContent !== name) {
        label.textContent = name;
        label.title = name;
      }
      setText(text, value === undefined ? '–' : format(value, name));
    }
    setText(this.rest, rest);
    const children = [...shown, ...(rest === '' ? [] : [this.rest])];
    if (children.length !== this.element.childElementCount || children.at(-1) !== this.element.lastElementChild) {
      this.element.replaceChildren(...children);
    }
  }
}

function createRow(): HTMLLIElement {
  const row = createElement('li');
  row.append(createElement('i'), createElement('span'), createElement('b'));
  return row;
}
