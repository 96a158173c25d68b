import type UPlot from 'uplot';

/** Loaded by a script of its own. */
declare const uPlot: typeof UPlot;

/** The number of colours that can be told apart, also by colour-blind people. */
export const MAX_COLORS = 8;

/** A chart on the page, and the number of lines that it was made for. */
export interface FamilyChart {
  readonly plot: UPlot;
  readonly lineCount: number;
}

/** Returns the variable of the style sheet that holds the colour of a line in the current theme. */
export function lineVariable(i: number): string {
  return `--line-${i % MAX_COLORS}`;
}

/** Moves the cursor of a chart by a number of columns, from the last one if there is no cursor yet. */
export function moveCursor({ plot }: FamilyChart, columns: number): void {
  const last = plot.data[0].length - 1;
  const column = Math.min(last, Math.max(0, (plot.cursor.idx ?? last) + columns));
  plot.setCursor({ left: plot.valToPos(plot.data[0][column] ?? 0, 'x'), top: 0 });
}

/** Removes the cursor of a chart. */
export function removeCursor({ plot }: FamilyChart): void {
  plot.setCursor({ left: -10, top: -10 });
}

/**
 * Draws lines. A chart that has as many lines already gets new data; otherwise it is replaced.
 *
 * @param columns the times in seconds, and the values of each line
 * @param format returns a value as the axis shows it
 * @param pointed called with the column that the pointer is at, or null
 */
export function drawChart(
  chart: FamilyChart | undefined,
  parent: HTMLElement,
  columns: readonly (readonly (number | null)[])[],
  format: (value: number) => string,
  pointed: (column: number | null) => void,
): FamilyChart {
  const data = columns as unknown as UPlot.AlignedData;
  const lineCount = columns.length - 1;
  if (chart?.lineCount === lineCount) {
    chart.plot.setData(data);
    return chart;
  }
  chart?.plot.destroy();
  return { plot: new uPlot(chartOptions(parent, lineCount, format, pointed), data, parent), lineCount };
}

function chartOptions(
  parent: HTMLElement,
  lineCount: number,
  format: (value: number) => string,
  pointed: (column: number | null) => void,
): UPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const line = { stroke: style.getPropertyValue('--faint'), width: 1 };
  const axis = { stroke: style.getPropertyValue('--text'), grid: line, ticks: line };
  return {
    width: Math.max(200, parent.clientWidth),
    height: 150,
    cursor: { drag: { x: false, y: false } },
    legend: { show: false },
    hooks: { setCursor: [({ cursor }) => pointed(cursor.idx ?? null)] },
    scales: { x: { time: true }, y: { range: (_, low, high) => [Math.min(0, low ?? 0), high > 0 ? high * 1.05 : 1] } },
    axes: [
      {
        ...axis,
        size: 30,
        space: 70,
        values: (_, splits, __, ___, seconds) => splits.map((time) => formatTime(time, seconds)),
      },
      { ...axis, size: 72, values: (_, splits) => splits.map((value) => format(value)) },
    ],
    series: [
      {},
      ...Array.from({ length: lineCount }, (_, i) => ({
        stroke: style.getPropertyValue(lineVariable(i)),
        width: 1.5,
        points: { show: false },
      })),
    ],
  };
}

/**
 * Returns a time of day, as short as the distance of the lines of the grid allows.
 *
 * @param distance of two lines, in seconds
 */
function formatTime(time: number, distance: number): string {
  const precision = distance < 60 ? ({ second: '2-digit' } as const) : {};
  return new Date(time * 1000).toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...precision,
  });
}
