import type UPlot from 'uplot';
import { shortNumber } from './format.ts';

/** Loaded by a script of its own. */
declare const uPlot: typeof UPlot;

/** A chart on the page, and the names of the lines that it was made for. */
export interface FamilyChart {
  readonly plot: UPlot;
  readonly names: string;
}

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

/**
 * Draws lines. A chart that has the same lines already gets new data; otherwise it is replaced.
 *
 * @param columns the times in seconds, and the values of each line
 */
export function drawChart(
  chart: FamilyChart | undefined,
  parent: HTMLElement,
  names: readonly string[],
  columns: readonly (readonly (number | null)[])[],
  hasLegend: boolean,
): FamilyChart {
  const data = columns as unknown as UPlot.AlignedData;
  const key = names.join('\n');
  if (chart?.names === key) {
    chart.plot.setData(data);
    return chart;
  }
  chart?.plot.destroy();
  return { plot: new uPlot(chartOptions(parent, names, hasLegend), data, parent), names: key };
}

function chartOptions(parent: HTMLElement, names: readonly string[], hasLegend: boolean): UPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const line = { stroke: style.getPropertyValue('--faint'), width: 1 };
  const axis = { stroke: style.getPropertyValue('--text'), grid: line, ticks: line };
  return {
    width: Math.max(200, parent.clientWidth),
    height: 160,
    cursor: { drag: { x: false, y: false } },
    legend: { show: hasLegend },
    scales: { x: { time: true } },
    axes: [axis, { ...axis, size: 64, values: (_, splits) => splits.map((value) => shortNumber(value)) }],
    series: [
      {},
      ...names.map((label, i) => ({
        label,
        stroke: COLORS[i % COLORS.length] as string,
        width: 1.5,
        value: (_: UPlot, value: number | null) => (value === null ? '–' : shortNumber(value)),
      })),
    ],
  };
}
