import type { PageFamily } from '../wire.ts';
import { drawChart, type FamilyChart, lineVariable, MAX_COLORS, moveCursor, removeCursor } from './chart.ts';
import { createElement, setText } from './elements.ts';
import { ExemplarLine } from './exemplar-line.ts';
import { findState, findUnit, formatRate, formatValue } from './format.ts';
import { describe } from './headline.ts';
import { Heatmap } from './heatmap.ts';
import { Legend } from './legend.ts';
import { bucketCounts, type EarlierSeries, labelText, type Recorded, readLines, readRecorded } from './readings.ts';
import { findShare, type Relation, type Whole } from './related.ts';

/** The values of one line of a chart; as many as there are times. */
type Line = (number | null)[];

const MAX_TABLE_ROWS = 50;
/** The number of lines that a card remembers. Series beyond the largest come and go. */
const MAX_LINES = 200;

/** A family on the page: its name, current value, chart, largest series, and table of values. */
export class FamilyCard {
  readonly element = createElement('article');
  isVisible = false;

  private readonly value = createElement('p', '–', 'value');
  private readonly detail = createElement('p', '', 'detail');
  private readonly canvas = createElement('div', '', 'chart');
  private readonly legend = new Legend();
  private readonly heatmap: Heatmap | undefined;
  private readonly exemplar = new ExemplarLine();
  private readonly details = createElement('details');
  private readonly table = createElement('table');
  private readonly lines = new Map<string, Line>();
  /** For a histogram, the number of values of each bucket at each time. */
  private readonly heat: (number[] | null)[] = [];
  private recorded: Recorded | undefined;
  private before: EarlierSeries = { time: 0, series: new Map() };
  private chart: FamilyChart | undefined;
  private shown: readonly [string, Line][] = [];
  private start = 0;

  private whole: { readonly relation: Relation; readonly card: FamilyCard } | undefined;
  private traceUrl: string | undefined;

  constructor(public family: PageFamily) {
    const { name, help, type } = family;
    this.element.dataset.family = name;
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', `Chart of ${name}`);
    this.canvas.tabIndex = 0;
    this.canvas.addEventListener('keydown', (event) => this.pressKey(event));
    this.canvas.addEventListener('blur', () => this.chart && removeCursor(this.chart));
    this.details.append(createElement('summary', 'Values'), this.table);
    this.details.addEventListener('toggle', () => this.fillTable());
    this.heatmap = type === 'histogram' ? new Heatmap(name) : undefined;
    const heading = [createElement('h3', name), createElement('p', help, 'help')];
    const heatmap = this.heatmap === undefined ? [] : [this.heatmap.element];
    this.element.append(
      ...heading,
      this.value,
      this.detail,
      this.canvas,
      this.legend.element,
      ...heatmap,
      this.exemplar.element,
      this.details,
    );
  }

  /**
   * Adds the values of the latest time.
   *
   * @param times all times, the latest last
   * @param traceUrl the URL of a trace, with `{trace_id}` in place of its id
   */
  update(family: PageFamily, time: number, times: readonly number[], traceUrl: string | undefined): void {
    const values = readLines(family, time, this.before);
    for (const key of values.keys()) {
      if (!this.lines.has(key)) this.lines.set(key, Array<number | null>(times.length - 1).fill(null));
    }
    for (const [key, line] of this.lines) {
      push(line, values.get(key) ?? null, times.length);
      const isOld = this.lines.size > MAX_LINES || line.every((value) => value === null);
      if (!values.has(key) && isOld) this.lines.delete(key);
    }
    if (family.type === 'histogram') {
      this.recorded = readRecorded(family, this.before);
      while (this.heat.length < times.length - 1) this.heat.push(null);
      push(this.heat, bucketCounts(this.recorded), times.length);
    }
    this.family = family;
    this.traceUrl = traceUrl;
    this.before = { time, series: new Map(family.series.map((series) => [labelText(series), series])) };
  }

  /** Leaves a gap at the latest time, at which the family was not served. */
  skip(times: readonly number[]): void {
    for (const line of this.lines.values()) push(line, null, times.length);
    if (this.heatmap !== undefined) push(this.heat, null, times.length);
  }

  /** Shows the card if its name, help or labels contain the text. */
  filter(text: string): void {
    const { name, help, series } = this.family;
    const contains = (searched: string) => searched.toLowerCase().includes(text);
    const isFound = contains(name) || contains(help) || series.some((each) => contains(labelText(each)));
    this.element.hidden = text !== '' && !isFound;
  }

  /** Shows the share that the values have in those of another family. What is left of a quantity gives way to all of it. */
  setWhole(relation: Relation, card: FamilyCard): void {
    if (this.whole === undefined || this.whole.relation.isRest) this.whole = { relation, card };
  }

  /** Draws everything that can be seen. @param from the earliest time to draw */
  draw(times: readonly number[], from: number): void {
    if (!this.isVisible || this.element.hidden) return;
    this.describe();
    if (this.lines.size === 0) return;
    this.shown = this.largestLines();
    this.start = Math.max(
      0,
      times.findIndex((time) => time >= from),
    );
    const columns = [times, ...this.shown.map(([, line]) => line)].map((column) => column.slice(this.start));
    this.chart = drawChart(this.chart, this.canvas, columns, this.format, (column) => this.updateLegend(column));
    this.updateLegend(this.chart.plot.cursor.idx ?? null);
    this.exemplar.update(this.family.exemplar, this.traceUrl, (value) => formatValue(value, findUnit(this.family)));
    this.heatmap?.draw(this.heat.slice(this.start), this.recorded?.bounds ?? [], findUnit(this.family));
    this.fillTable();
  }

  /** Forgets the chart, so that the next draw uses the current colours and size. */
  resetChart(): void {
    this.chart?.plot.destroy();
    this.chart = undefined;
  }

  private describe(): void {
    const { value, detail, hasErrors } = describe(this.family, this.latestValues(), this.recorded, this.findWhole());
    const isEmpty = this.lines.size === 0;
    setText(this.value, isEmpty ? 'No series yet' : value);
    this.value.classList.toggle('empty', isEmpty);
    setText(this.detail, isEmpty ? '' : detail);
    this.detail.classList.toggle('fault', hasErrors);
  }

  private latestValues(): Map<string, number | null> {
    return new Map([...this.lines].map(([key, line]) => [key, line.at(-1) ?? null]));
  }

  private findWhole(): Whole | undefined {
    return this.whole && { relation: this.whole.relation, latest: this.whole.card.latestValues() };
  }

  /** Moves through the values of the chart with the arrow keys. */
  private pressKey(event: KeyboardEvent): void {
    const columns = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (this.chart === undefined) return;
    if (columns !== undefined) moveCursor(this.chart, columns);
    else if (event.key === 'Escape') removeCursor(this.chart);
    else return;
    event.preventDefault();
  }

  private readonly format = (value: number): string => {
    const { type } = this.family;
    const unit = findUnit(this.family);
    if (type === 'counter') return formatRate(value, unit);
    // A line of the grid between two states has no name.
    if (this.family.states !== undefined && !Number.isInteger(value)) return '';
    return findState(this.family, value) ?? formatValue(value, unit);
  };

  /** @param column the column of the chart whose values are shown; null for the latest */
  private updateLegend(column: number | null): void {
    const lines = this.shown.map(([name, line], i) => ({
      name,
      color: `var(${lineVariable(i)})`,
      value: (column === null ? line.at(-1) : line[this.start + column]) ?? undefined,
    }));
    // One line without labels says nothing that is not written large.
    const isNeeded = lines.length > 1 || this.family.name !== lines[0]?.name || column !== null;
    const whole = column === null ? this.findWhole() : undefined;
    this.legend.update(isNeeded ? lines : [], this.describeRest(), (value, name) => {
      const share = whole && findShare(whole, name, value);
      return share === undefined ? this.format(value) : `${this.format(value)} (${formatValue(share, 'ratio')})`;
    });
  }

  /** Describes the series that have no line in the chart. */
  private describeRest(): string {
    const { type, series, rest } = this.family;
    const charted = new Set(this.shown.map(([key]) => key));
    const hidden =
      type === 'histogram' ? [] : series.filter((each) => !charted.has(labelText(each) || this.family.name));
    const count = hidden.length + rest.count;
    if (count === 0) return '';
    const all = `${count.toLocaleString('en')} more series`;
    if (type === 'histogram')
      return `and ${all} with ${formatValue(rest.sum, '')} values, which the quantiles leave out`;
    const sum = hidden.reduce((total, each) => total + (each.value ?? 0), rest.sum);
    const text = formatValue(sum, findUnit(this.family));
    // Counters are charted as rates, which are not known of all.
    return type === 'counter' ? `and ${all}, ${text} in total` : `and ${all}, sum ${text}`;
  }

  /** The lines with the largest latest values, by name, so that a line keeps its colour while others change places. */
  private largestLines(): [string, Line][] {
    const latest = (line: Line) => line.at(-1) ?? Number.NEGATIVE_INFINITY;
    return [...this.lines]
      .sort(([, a], [, b]) => latest(b) - latest(a))
      .slice(0, MAX_COLORS)
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }

  private fillTable(): void {
    if (!this.details.open) return;
    const { name, series, type } = this.family;
    const unit = findUnit(this.family);
    const rows = series.slice(0, MAX_TABLE_ROWS).map((each) => {
      const value =
        type === 'histogram'
          ? `count ${each.count}, sum ${formatValue(each.sum ?? 0, unit)}`
          : String(each.value ?? 'unknown');
      const row = createElement('tr');
      row.append(createElement('th', labelText(each) || name), createElement('td', value));
      return row;
    });
    this.table.replaceChildren(...rows);
  }
}

/** Appends a value and drops what is older than the times. */
function push<V>(line: V[], value: V, length: number): void {
  line.push(value);
  if (line.length > length) line.splice(0, line.length - length);
}
