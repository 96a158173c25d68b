import type UPlot from 'uplot';

/** Loaded by a script of its own. */
declare const uPlot: typeof UPlot;

/** The number of colours that can be told apart, also by colour-blind people. */
export const MAX_COLORS = 8;

/** A chart on the page, and the names of the lines that it was made for. */
export interface FamilyChart {
  readonly plot: UPlot;
  readonly names: string;
}

/** Returns the colour of a line in the current theme. */
export function lineColor(i: number): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--line-${i % MAX_COLORS}`);
}

/**
 * Draws lines. A chart that has the same lines already gets new data; otherwise it is replaced.
 *
 * @param columns the times in seconds, and the values of each line
 * @param format returns a value as the axis shows it
 * @param pointed called with the column that the pointer is at, or null
 */
export function drawChart(
  chart: FamilyChart | undefined,
  parent: HTMLElement,
  names: readonly string[],
  columns: readonly (readonly (number | null)[])[],
  format: (value: number) => string,
  pointed: (column: number | null) => void,
): FamilyChart {
  const data = columns as unknown as UPlot.AlignedData;
  const key = names.join('\n');
  if (chart?.names === key) {
    chart.plot.setData(data);
    return chart;
  }
  chart?.plot.destroy();
  return { plot: new uPlot(chartOptions(parent, names, format, pointed), data, parent), names: key };
}

function chartOptions(
  parent: HTMLElement,
  names: readonly string[],
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
    axes: [axis, { ...axis, size: 72, values: (_, splits) => splits.map((value) => format(value)) }],
    series: [{}, ...names.map((label, i) => ({ label, stroke: lineColor(i), width: 1.5, points: { show: false } }))],
  };
}
