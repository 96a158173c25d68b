/** The script of the dashboard: polls the families and draws those that can be seen. */
import type { PageData, PageFamily } from '../wire.ts';
import { AlertList } from './alert-list.ts';
import { FamilyCard } from './card.ts';
import { CardGroups } from './card-groups.ts';
import { createElement, elementById } from './elements.ts';

const POLL_MILLIS = 2000;
/** What the longest range of the page shows. */
const MAX_TIMES = 900_000 / POLL_MILLIS;
/** The section of the families that no catalog documents. */
const UNDOCUMENTED = 'Undocumented';

const cards = new Map<string, FamilyCard>();
const sections = new Map<string, HTMLElement>();
const groups = new CardGroups();
const times: number[] = [];
let isPaused = false;

const main = elementById('families');
const status = elementById('status');
const alertList = new AlertList(elementById('alerts'));
const search = elementById<HTMLInputElement>('search');
const range = elementById<HTMLSelectElement>('range');
const pause = elementById<HTMLButtonElement>('pause');

const visibility = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const card = cards.get((target as HTMLElement).dataset.family ?? '');
      if (card === undefined) continue;
      card.isVisible = isIntersecting;
      draw(card);
    }
  },
  { rootMargin: '200px' },
);

function addCard(family: PageFamily): FamilyCard {
  const card = new FamilyCard(family);
  cards.set(family.name, card);
  groups.place(card, cards, sectionOf(family));
  visibility.observe(card.element);
  return card;
}

/** Finds or creates the section of a family. The section of undocumented families is the last one. */
function sectionOf({ catalog, section }: PageFamily): HTMLElement {
  const title = catalog === '' ? UNDOCUMENTED : section === '' ? catalog : `${catalog}: ${section}`;
  let element = sections.get(title);
  if (element === undefined) {
    element = createElement('section');
    element.append(createElement('h2', title), createElement('div', '', 'cards'));
    main.insertBefore(element, title === UNDOCUMENTED ? null : (sections.get(UNDOCUMENTED) ?? null));
    sections.set(title, element);
  }
  return element.lastElementChild as HTMLElement;
}

function update({ time, families, alerts, traceUrl }: PageData): void {
  times.push(time / 1000);
  if (times.length > MAX_TIMES) times.shift();
  const served = new Set(families.map(({ name }) => name));
  for (const family of families) (cards.get(family.name) ?? addCard(family)).update(family, time, times, traceUrl);
  for (const [name, card] of cards) if (!served.has(name)) card.skip(times);
  alertList.update(alerts);
  refresh();
}

function refresh(): void {
  const text = search.value.trim().toLowerCase();
  for (const card of cards.values()) {
    card.filter(text);
    draw(card);
  }
  for (const section of sections.values()) section.hidden = section.querySelector('article:not([hidden])') === null;
}

function draw(card: FamilyCard): void {
  card.draw(times, (times.at(-1) ?? 0) - Number(range.value));
}

async function poll(): Promise<void> {
  if (isPaused) return;
  try {
    const response = await fetch('dashboard/data.json', {
      cache: 'no-store',
      signal: AbortSignal.timeout(POLL_MILLIS * 2),
    });
    if (!response.ok) throw new Error(`the server answered with status ${response.status}`);
    const data = (await response.json()) as PageData;
    update(data);
    const series = data.families.reduce((sum, family) => sum + family.series.length + family.rest.count, 0);
    status.textContent = `${data.families.length} families, ${series} series`;
    status.className = '';
  } catch (error) {
    status.textContent = `Cannot reach the server, retrying: ${(error as Error).message}`;
    status.className = 'fault';
  }
}

async function pollForever(): Promise<void> {
  for (;;) {
    await poll();
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
  }
}

function redraw(): void {
  for (const card of cards.values()) card.resetChart();
  refresh();
}

search.addEventListener('input', refresh);
range.addEventListener('change', refresh);
pause.addEventListener('click', () => {
  isPaused = !isPaused;
  pause.setAttribute('aria-pressed', String(isPaused));
  pause.textContent = isPaused ? 'Resume' : 'Pause';
});
elementById('theme').addEventListener('click', () => {
  const root = document.documentElement;
  const isDark = getComputedStyle(root).colorScheme.includes('dark') && root.dataset.theme !== 'light';
  root.dataset.theme = isDark ? 'light' : 'dark';
  redraw();
});
addEventListener('keydown', (event) => {
  // The key that search fields have on most sites.
  if (event.key !== '/' || event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement)
    return;
  event.preventDefault();
  search.focus();
});
addEventListener('resize', redraw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
void pollForever();
