/** The page's own script: asks for the families again and again, and draws those that are in sight. */
import type UPlot from 'uplot';
import type { PageData, PageFamily, PageSeries } from './wire';

/** Loaded by a script of its own. */
declare const uPlot: typeof UPlot;

const EVERY_MILLIS = 2000;
const MOST_POINTS = 900_000 / EVERY_MILLIS;
/** More lines than this cannot be told apart. */
const MOST_LINES = 10;
const COLORS = [
  '#2f7ed8',
  '#d9480f',
  '#2b8a3e',
  '#9c36b5',
  '#c2255c',
  '#0b7285',
  '#e67700',
  '#5f3dc4',
  '#66a80f',
  '#495057',
];
const QUANTILES = [0.5, 0.95, 0.99];

/** What was seen of one line of a chart, as long as the times. */
type Line = (number | null)[];

interface Card {
  readonly element: HTMLElement;
  readonly canvas: HTMLElement;
  readonly table: HTMLTableElement;
  readonly note: HTMLElement;
  readonly text: string;
  readonly lines: Map<string, Line>;
  family: PageFamily;
  before: Map<string, PageSeries>;
  beforeTime: number;
  chart: UPlot | undefined;
  drawn: string;
  isVisible: boolean;
}

const cards = new Map<string, Card>();
const sections = new Map<string, HTMLElement>();
const times: number[] = [];
let isPaused = false;

function need<E extends HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element as E;
}

const main = need('families');
const status = need('status');
const search = need<HTMLInputElement>('search');
const range = need<HTMLSelectElement>('range');
const pause = need<HTMLButtonElement>('pause');

const sight = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const card = cards.get((target as HTMLElement).dataset.family ?? '');
      if (card === undefined) continue;
      card.isVisible = isIntersecting;
      if (isIntersecting) draw(card);
    }
  },
  { rootMargin: '200px' },
);

function make<K extends keyof HTMLElementTagNameMap>(tag: K, text = '', className = ''): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (text !== '') element.textContent = text;
  if (className !== '') element.className = className;
  return element;
}

function sectionFor({ catalog, section }: PageFamily): HTMLElement {
  const title = catalog === '' ? 'Undocumented' : section === '' ? catalog : `${catalog}: ${section}`;
  let element = sections.get(title);
  if (element === undefined) {
    element = make('section');
    element.append(make('h2', title));
    element.append(make('div', '', 'cards'));
    sections.set(title, element);
    // Those that no catalog documents come last.
    const last = sections.get('Undocumented');
    if (last !== undefined && last !== element && last.isConnected) main.insertBefore(element, last);
    else main.append(element);
  }
  return element.lastElementChild as HTMLElement;
}

function cardFor(family: PageFamily): Card {
  const element = make('article');
  element.dataset.family = family.name;
  element.append(make('h3', family.name));
  element.append(make('p', family.help, 'help'));
  const canvas = make('div', '', 'chart');
  canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', `Chart of ${family.name}`);
  const details = make('details');
  details.append(make('summary', 'Values'));
  const table = make('table');
  details.append(table);
  const note = make('p', '', 'note');
  element.append(canvas, note, details);
  details.addEventListener('toggle', () => fillTable(card));
  const card: Card = {
    element,
    canvas,
    table,
    note,
    text: `${family.name} ${family.help} ${family.series.map(({ labels }) => labels.flat().join(' ')).join(' ')}`.toLowerCase(),
    lines: new Map(),
    family,
    before: new Map(),
    beforeTime: 0,
    chart: undefined,
    drawn: '',
    isVisible: false,
  };
  cards.set(family.name, card);
  sectionFor(family).append(element);
  sight.observe(element);
  return card;
}

const labelText = ({ labels }: PageSeries): string => labels.map(([name, value]) => `${name}=${value}`).join(' ');

/** What the lines of a family are now. */
function readings(card: Card, family: PageFamily, time: number): Map<string, number | null> {
  const now = new Map<string, number | null>();
  const seconds = (time - card.beforeTime) / 1000;
  if (family.type === 'histogram') {
    const [total, before] = [summed(family.series), summed([...card.before.values()])];
    for (const quantile of QUANTILES) now.set(`p${quantile * 100}`, quantileOf(quantile, total, before));
    return now;
  }
  for (const series of family.series) {
    const key = labelText(series) || family.name;
    if (family.type === 'gauge') now.set(key, series.value ?? null);
    else {
      const before = card.before.get(labelText(series))?.value;
      const grown = (series.value ?? 0) - (before ?? 0);
      // A counter that went back has begun anew.
      now.set(
        key,
        before === undefined || before === null ? null : (grown < 0 ? (series.value ?? 0) : grown) / seconds,
      );
    }
  }
  return now;
}

/** Cumulative counts of all series of a histogram together. */
function summed(series: readonly PageSeries[]): { bounds: readonly number[]; counts: number[] } {
  const counts: number[] = [];
  for (const { counts: own = [] } of series)
    own.forEach((count, i) => {
      counts[i] = (counts[i] ?? 0) + count;
    });
  return { bounds: series[0]?.bounds ?? [], counts };
}

function quantileOf(
  quantile: number,
  { bounds, counts }: ReturnType<typeof summed>,
  before: ReturnType<typeof summed>,
): number | null {
  const grown = counts.map((count, i) => Math.max(0, count - (before.counts[i] ?? 0)));
  const rank = quantile * (grown.at(-1) ?? 0);
  if (rank === 0 || before.counts.length === 0) return null;
  const i = grown.findIndex((count) => count >= rank);
  const [low, below] = [bounds[i - 1] ?? 0, grown[i - 1] ?? 0];
  const high = bounds[i];
  if (high === undefined) return low;
  return low + ((high - low) * (rank - below)) / ((grown[i] ?? 0) - below);
}

function take({ time, families }: PageData): void {
  times.push(time / 1000);
  if (times.length > MOST_POINTS) times.shift();
  const present = new Set<string>();
  for (const family of families) {
    present.add(family.name);
    const card = cards.get(family.name) ?? cardFor(family);
    const now = readings(card, family, time);
    for (const key of now.keys())
      if (!card.lines.has(key)) card.lines.set(key, Array<number | null>(times.length - 1).fill(null));
    for (const [key, line] of card.lines) {
      line.push(now.get(key) ?? null);
      while (line.length > times.length) line.shift();
      if (line.every((value) => value === null) && !now.has(key)) card.lines.delete(key);
    }
    card.family = family;
    card.before = new Map(family.series.map((series) => [labelText(series), series]));
    card.beforeTime = time;
  }
  for (const [name, card] of cards) if (!present.has(name)) pass(card);
  refresh();
}

/** Leaves a gap where nothing is known. */
function pass(card: Card): void {
  for (const line of card.lines.values()) {
    line.push(null);
    while (line.length > times.length) line.shift();
  }
}

function refresh(): void {
  const wanted = search.value.trim().toLowerCase();
  for (const card of cards.values()) {
    const isWanted = wanted === '' || card.text.includes(wanted);
    card.element.hidden = !isWanted;
    if (isWanted && card.isVisible) draw(card);
  }
  for (const section of sections.values()) section.hidden = section.querySelector('article:not([hidden])') === null;
}

function draw(card: Card): void {
  if (card.lines.size === 0) {
    card.note.textContent = 'No series yet';
    return;
  }
  const last = (line: Line) => line.at(-1) ?? Number.NEGATIVE_INFINITY;
  const largest = [...card.lines].sort(([, a], [, b]) => last(b) - last(a)).slice(0, MOST_LINES);
  // By name, so that a line keeps its colour while the others change places.
  const chosen = largest.sort(([a], [b]) => (a < b ? -1 : 1));
  const hiddenLines = card.lines.size - chosen.length + card.family.more;
  card.note.textContent = `${unitOf(card.family)}${hiddenLines > 0 ? `; ${hiddenLines} further series, see the metrics themselves` : ''}`;
  const from = (times.at(-1) ?? 0) - Number(range.value);
  const start = Math.max(
    0,
    times.findIndex((time) => time >= from),
  );
  const data = [times, ...chosen.map(([, line]) => line)].map((column) => column.slice(start)) as UPlot.AlignedData;
  const names = chosen.map(([key]) => key);
  const keys = names.join('\n');
  if (card.chart === undefined || card.drawn !== keys) {
    card.chart?.destroy();
    card.chart = new uPlot(options(card, names), data, card.canvas);
    card.drawn = keys;
  } else card.chart.setData(data);
  fillTable(card);
}

function options(card: Card, keys: readonly string[]): UPlot.Options {
  const color = getComputedStyle(document.documentElement).getPropertyValue('--faint');
  const axis = {
    stroke: getComputedStyle(document.documentElement).getPropertyValue('--text'),
    grid: { stroke: color, width: 1 },
    ticks: { stroke: color, width: 1 },
  };
  return {
    width: Math.max(200, card.canvas.clientWidth),
    height: 160,
    cursor: { drag: { x: false, y: false } },
    legend: { show: keys.length > 1 || card.family.type === 'histogram' },
    scales: { x: { time: true } },
    axes: [axis, { ...axis, size: 64, values: (_, splits) => splits.map((value) => short(value)) }],
    series: [
      {},
      ...keys.map((label, i) => ({
        label,
        stroke: COLORS[i % COLORS.length] as string,
        width: 1.5,
        value: (_: UPlot, value: number | null) => (value === null ? '–' : short(value)),
      })),
    ],
  };
}

function unitOf({ name, type }: PageFamily): string {
  const unit = /_(seconds|bytes|percent|ratio|mb|celsius)(_total)?$/.exec(name)?.[1] ?? '';
  if (type === 'counter') return `${unit === '' ? 'times' : unit} a second`;
  const measured = unit === '' ? 'value' : unit;
  return type === 'histogram' ? `${measured}; p50, p95, p99 of the last moments` : measured;
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${Number((value / 1e9).toPrecision(3))} G`;
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))} k`;
  return String(Number(value.toPrecision(3)));
}

function fillTable({ table, family, element }: Card): void {
  if (!(element.querySelector('details') as HTMLDetailsElement).open) return;
  const rows = family.series.slice(0, 50).map((series) => {
    const row = make('tr');
    row.append(make('th', labelText(series) || family.name));
    row.append(
      make(
        'td',
        family.type === 'histogram' ? `${series.count} measured, sum ${short(series.sum ?? 0)}` : String(series.value),
      ),
    );
    return row;
  });
  table.replaceChildren(...rows);
}

async function ask(): Promise<void> {
  if (isPaused) return;
  try {
    const response = await fetch('dashboard/data.json', {
      cache: 'no-store',
      signal: AbortSignal.timeout(EVERY_MILLIS * 2),
    });
    if (!response.ok) throw new Error(`the server answers ${response.status}`);
    const data = (await response.json()) as PageData;
    take(data);
    const series = data.families.reduce((sum, family) => sum + family.series.length + family.more, 0);
    status.textContent = `${data.families.length} families, ${series} series`;
    status.className = '';
  } catch (error) {
    status.textContent = `Not reachable, trying again: ${(error as Error).message}`;
    status.className = 'fault';
  }
}

async function run(): Promise<void> {
  for (;;) {
    await ask();
    await new Promise((resolve) => setTimeout(resolve, EVERY_MILLIS));
  }
}

function redraw(): void {
  for (const card of cards.values()) card.drawn = '';
  refresh();
}

search.addEventListener('input', refresh);
range.addEventListener('change', refresh);
pause.addEventListener('click', () => {
  isPaused = !isPaused;
  pause.setAttribute('aria-pressed', String(isPaused));
  pause.textContent = isPaused ? 'Go on' : 'Pause';
});
need('theme').addEventListener('click', () => {
  const root = document.documentElement;
  const isDark = getComputedStyle(root).colorScheme.includes('dark') && root.dataset.theme !== 'light';
  root.dataset.theme = isDark ? 'light' : 'dark';
  redraw();
});
addEventListener('resize', redraw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
void run();
