import type { PageFamily } from '../wire.ts';
import { drawChart, type FamilyChart } from './chart.ts';
import { createElement } from './elements.ts';
import { chartUnit, shortNumber } from './format.ts';
import { type EarlierSeries, labelText, readLines } from './readings.ts';

/** The values of one line of a chart; as many as there are times. */
type Line = (number | null)[];

/** Lines beyond this number cannot be told apart. */
const MAX_LINES = 10;
const MAX_TABLE_ROWS = 50;

/** A family on the page: its heading, chart and table of values. */
export class FamilyCard {
  readonly element = createElement('article');
  isVisible = false;

  private readonly canvas = createElement('div', '', 'chart');
  private readonly note = createElement('p', '', 'note');
  private readonly details = createElement('details');
  private readonly table = createElement('table');
  private readonly searchText: string;
  private readonly lines = new Map<string, Line>();
  private before: EarlierSeries = { time: 0, series: new Map() };
  private chart: FamilyChart | undefined;

  constructor(private family: PageFamily) {
    const { name, help, series } = family;
    const labels = series.map((each) => labelText(each)).join(' ');
    this.searchText = `${name} ${help} ${labels}`.toLowerCase();
    this.element.dataset.family = name;
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', `Chart of ${name}`);
    this.details.append(createElement('summary', 'Values'), this.table);
    this.details.addEventListener('toggle', () => this.fillTable());
    const heading = [createElement('h3', name), createElement('p', help, 'help')];
    this.element.append(...heading, this.canvas, this.note, this.details);
  }

  /** Adds the values of the latest time. @param times all times, the latest last */
  update(family: PageFamily, time: number, times: readonly number[]): void {
    const values = readLines(family, time, this.before);
    for (const key of values.keys()) {
      if (!this.lines.has(key)) this.lines.set(key, Array<number | null>(times.length - 1).fill(null));
    }
    for (const [key, line] of this.lines) {
      push(line, values.get(key) ?? null, times.length);
      if (!values.has(key) && line.every((value) => value === null)) this.lines.delete(key);
    }
    this.family = family;
    this.before = { time, series: new Map(family.series.map((series) => [labelText(series), series])) };
  }

  /** Leaves a gap at the latest time, at which the family was not served. */
  skip(times: readonly number[]): void {
    for (const line of this.lines.values()) push(line, null, times.length);
  }

  /** Shows the card if its name, help or labels contain the text. */
  filter(text: string): void {
    this.element.hidden = !this.searchText.includes(text);
  }

  /** Draws the chart and the table, if they can be seen. @param from the earliest time to draw */
  draw(times: readonly number[], from: number): void {
    if (!this.isVisible || this.element.hidden) return;
    const { size } = this.lines;
    if (size === 0) {
      this.note.textContent = 'No series yet';
      return;
    }
    const shown = this.largestLines();
    const hidden = size - shown.length + this.family.more;
    this.note.textContent = chartUnit(this.family) + (hidden > 0 ? `; ${hidden} more series are not shown` : '');
    const start = Math.max(
      0,
      times.findIndex((time) => time >= from),
    );
    const columns = [times, ...shown.map(([, line]) => line)].map((column) => column.slice(start));
    const names = shown.map(([key]) => key);
    const hasLegend = names.length > 1 || this.family.type === 'histogram';
    this.chart = drawChart(this.chart, this.canvas, names, columns, hasLegend);
    this.fillTable();
  }

  /** Forgets the chart, so that the next draw uses the current colours and size. */
  resetChart(): void {
    this.chart?.plot.destroy();
    this.chart = undefined;
  }

  /** The lines with the largest latest values, by name, so that a line keeps its colour while others change places. */
  private largestLines(): [string, Line][] {
    const latest = (line: Line) => line.at(-1) ?? Number.NEGATIVE_INFINITY;
    return [...this.lines]
      .sort(([, a], [, b]) => latest(b) - latest(a))
      .slice(0, MAX_LINES)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  private fillTable(): void {
    if (!this.details.open) return;
    const { name, series, type } = this.family;
    const rows = series.slice(0, MAX_TABLE_ROWS).map((each) => {
      const value =
        type === 'histogram'
          ? `count ${each.count}, sum ${shortNumber(each.sum ?? 0)}`
          : String(each.value ?? 'unknown');
      const row = createElement('tr');
      row.append(createElement('th', labelText(each) || name), createElement('td', value));
      return row;
    });
    this.table.replaceChildren(...rows);
  }
}

/** Appends a value and drops what is older than the times. */
function push(line: Line, value: number | null, length: number): void {
  line.push(value);
  if (line.length > length) line.splice(0, line.length - length);
}
