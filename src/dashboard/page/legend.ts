import { createElement } from './elements.ts';

/** A line of a chart with its value. */
export interface LegendLine {
  readonly name: string;
  readonly color: string;
  /** Undefined where the line has no value. */
  readonly value: number | undefined;
}

/** The lines of a chart, the largest value first, and how many others there are. Rows are reused. */
export class Legend {
  readonly element = createElement('ul', '', 'legend');
  private readonly rows: HTMLLIElement[] = [];
  private readonly rest = createElement('li', '', 'rest');

  update(lines: readonly LegendLine[], hidden: number, format: (value: number) => string): void {
    const sorted = [...lines].sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
    while (this.rows.length < sorted.length) this.rows.push(createRow());
    const shown = this.rows.slice(0, sorted.length);
    for (const [i, { name, color, value }] of sorted.entries()) {
      const [swatch, label, text] = [...(shown[i] as HTMLLIElement).children] as HTMLElement[];
      if (swatch === undefined || label === undefined || text === undefined) continue;
      swatch.style.setProperty('background', color);
      if (label.textContent !== name) label.textContent = name;
      label.title = name;
      text.textContent = value === undefined ? '–' : format(value);
    }
    this.rest.textContent = hidden > 0 ? `and ${hidden.toLocaleString('en')} more series` : '';
    this.element.replaceChildren(...shown, ...(hidden > 0 ? [this.rest] : []));
  }
}

function createRow(): HTMLLIElement {
  const row = createElement('li');
  row.append(createElement('i'), createElement('span'), createElement('b'));
  return row;
}
