import { createElement } from './elements.ts';
import { formatValue, type Unit } from './format.ts';

const HEIGHT = 72;

/** What a histogram recorded over time: a column for each time, a row for each bucket, the darker the more values. */
export class Heatmap {
  readonly element = createElement('figure', '', 'heatmap');
  private readonly canvas = createElement('canvas');
  private readonly caption = createElement('figcaption');

  constructor(name: string) {
    this.canvas.setAttribute('role', 'img');
    this.canvas.setAttribute('aria-label', `Heatmap of ${name}`);
    this.element.append(this.canvas, this.caption);
  }

  /** @param columns the number of values of each bucket at each time; null where nothing is known */
  draw(columns: readonly (readonly number[] | null)[], bounds: readonly number[], unit: Unit): void {
    const width = Math.max(200, this.element.clientWidth);
    const ratio = devicePixelRatio;
    this.canvas.width = width * ratio;
    this.canvas.height = HEIGHT * ratio;
    const context = this.canvas.getContext('2d');
    if (context === null) return;
    context.scale(ratio, ratio);
    context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--line-0');
    const rows = bounds.length + 1;
    const most = Math.max(1, ...columns.flatMap((column) => column ?? []));
    const [cellWidth, cellHeight] = [width / Math.max(1, columns.length), HEIGHT / rows];
    for (const [x, column] of columns.entries()) {
      for (const [row, count] of (column ?? []).entries()) {
        if (count <= 0) continue;
        context.globalAlpha = 0.15 + 0.85 * Math.sqrt(count / most);
        context.fillRect(
          x * cellWidth,
          HEIGHT - (row + 1) * cellHeight,
          Math.ceil(cellWidth),
          Math.max(1, cellHeight - 0.5),
        );
      }
    }
    const [lowest, highest] = [bounds[0], bounds.at(-1)];
    this.caption.textContent =
      lowest === undefined || highest === undefined
        ? ''
        : `Buckets from ${formatValue(lowest, unit)} (bottom) to above ${formatValue(highest, unit)} (top)`;
  }
}
